"""The one renderer of dates, times and numbers, for pages, mail and files alike (UX section 5).

Language is the active one, zone, country and digits are those of the hospital in scope; outside a hospital: UTC and the
language alone. Dates say the month in words, never 03/04. Nothing here reads the database.
"""

import unicodedata
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, format_skeleton, get_period_names
from babel.numbers import format_decimal
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from kernel import clock
from kernel.i18n.digits import digits_for, write_digits
from kernel.i18n.digits import write_number as _write_number
from kernel.tenancy.scope import peek_scope

# Babel's own guess for a missing skeleton shortens the words; these are CLDR's patterns for the day in full.
_DAY_WITHOUT_YEAR = {"en": "EEEE, MMMM d", "es": "EEEE, d 'de' MMMM", "ar": "EEEE\u060c d MMMM"}
# More decimals than a laboratory reports come from converted or generated values.
_MOST_DECIMALS = 3
_ROUNDED_DECIMALS = Decimal("0.01")
# Digits of the longest number that is shown: more than any that an import lets in.
_PRECISION = 200


@lru_cache(maxsize=256)
def _locale(language: str, country: str) -> Locale:
    code = language.replace("-", "_")
    for wanted in (f"{code}_{country}", code, code.split("_")[0]):
        try:
            return Locale.parse(wanted)
        except (UnknownLocaleError, ValueError):
            continue
    return Locale("en")


def reader_locale() -> Locale:
    """The active language in the hospital's country."""
    scope = peek_scope()
    country = scope.hospital.country if scope and scope.hospital else ""
    return _locale(get_language() or "en", country)


def reader_zone() -> ZoneInfo:
    """The hospital's time zone."""
    scope = peek_scope()
    return ZoneInfo(scope.hospital.time_zone if scope and scope.hospital else "UTC")


def reader_digits() -> str:
    """The digit system of the page being made: ``latn``, ``arab`` ..."""
    scope = peek_scope()
    return digits_for(get_language() or "en", scope.hospital.digits if scope and scope.hospital else "latn")


def in_digits(text: object) -> str:
    """Already formatted text in the reader's digits."""
    return write_digits(str(text), reader_digits())


def dialled(number: str) -> str:
    """A telephone number as a ``tel:`` link has it (RFC 3966): in Latin digits, without the signs that group them."""
    latin = (str(unicodedata.digit(sign)) if sign.isdecimal() else sign for sign in str(number))
    return "".join(sign for sign in latin if sign in "+0123456789*#")


def today() -> date:
    """The calendar day it is now at the hospital."""
    return clock.now().astimezone(reader_zone()).date()


def local(moment: datetime) -> datetime:
    """An aware moment in the hospital's zone."""
    return moment.astimezone(reader_zone())


def _as_day(value: date | datetime) -> date:
    return local(value).date() if isinstance(value, datetime) else value


def _skeleton(skeleton: str, day: date) -> str:
    # A naive midnight: Babel would move an aware one into another zone.
    return format_skeleton(skeleton, datetime(day.year, day.month, day.day), locale=reader_locale())


def day(value: date | datetime) -> str:
    """``Tuesday, December 1``; with the year when it is not this year's."""
    wanted = _as_day(value)
    locale = reader_locale()
    if wanted.year != today().year:
        return in_digits(format_date(wanted, "full", locale=locale))
    pattern = locale.datetime_skeletons.get("MMMMEEEEd") or _DAY_WITHOUT_YEAR.get(locale.language)
    if pattern is None:
        return in_digits(_skeleton("MMMMEEEEd", wanted))
    return in_digits(format_date(wanted, str(getattr(pattern, "pattern", pattern)), locale=locale))


def date_in_full(value: date | datetime) -> str:
    """``December 1, 2026``: always with the year, as for a date of birth."""
    return in_digits(format_date(_as_day(value), "long", locale=reader_locale()))


def short_date(value: date | datetime) -> str:
    """``Nov 18``; with the year when it is not this year's."""
    wanted = _as_day(value)
    return in_digits(_skeleton("MMMd" if wanted.year == today().year else "yMMMd", wanted))


def short_date_with_year(value: date | datetime) -> str:
    """``Nov 18, 2026``."""
    return in_digits(_skeleton("yMMMd", _as_day(value)))


def month(value: date | datetime) -> str:
    """``November 2026``."""
    return in_digits(_skeleton("yMMMM", _as_day(value)))


def short_month(value: date | datetime) -> str:
    """``Nov``."""
    return format_date(_as_day(value), "LLL", locale=reader_locale()).rstrip(".")


def weekday(value: date | datetime) -> str:
    """``Tuesday``."""
    return format_date(_as_day(value), "EEEE", locale=reader_locale())


def year(value: date | datetime) -> str:
    """``2026``."""
    return in_digits(_as_day(value).year)


def time(value: datetime) -> str:
    """``10:20 am`` in the hospital's zone, or ``10:20`` where 24 hours are counted."""
    locale = reader_locale()
    moment = local(value)
    pattern = locale.time_formats["short"].pattern
    if "a" not in pattern and "B" not in pattern:
        return in_digits(format_datetime(moment, pattern, tzinfo=moment.tzinfo, locale=locale))
    numbers = format_datetime(moment, "h:mm", tzinfo=moment.tzinfo, locale=locale)
    half = "am" if moment.hour < 12 else "pm"
    names = get_period_names("abbreviated", context="format", locale=locale)
    word = {"ar": {"am": "صباحًا", "pm": "مساءً"}}.get(locale.language, {}).get(half) or names[half].lower()
    return f"{in_digits(numbers)}\u00a0{word}"


def day_and_time(value: datetime) -> str:
    """``Tuesday, December 1 at 10:20 am``."""
    return _("%(day)s at %(time)s") % {"day": day(value), "time": time(value)}


def time_range(start: datetime, end: datetime | None) -> str:
    """``10:20 am to 10:50 am``; only the start when there is no end."""
    if end is None or end <= start:
        return time(start)
    return _("%(start)s to %(end)s") % {"start": time(start), "end": time(end)}


def minutes(length: timedelta) -> str:
    """``30 minutes``; from two hours on in hours when they are whole."""
    return minutes_words(round(length.total_seconds() / 60))


def minutes_words(count: int) -> str:
    """``30 minutes`` for a number of minutes; from two hours on in hours when they are whole."""
    if count >= 120 and count % 60 == 0:
        hours = count // 60
        return ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": in_digits(hours)}
    return ngettext("%(count)s minute", "%(count)s minutes", count) % {"count": in_digits(count)}


def moment_ago(value: datetime) -> str:
    """``20 minutes ago`` under 24 hours, else the date and time: relative times lose their meaning after a day."""
    passed = clock.now() - value
    if timedelta(0) <= passed < timedelta(minutes=1):
        return _("Just now")
    if timedelta(0) <= passed < timedelta(hours=1):
        count = int(passed.total_seconds() // 60)
        return ngettext("%(count)s minute ago", "%(count)s minutes ago", count) % {"count": in_digits(count)}
    if timedelta(0) <= passed < timedelta(hours=24):
        count = int(passed.total_seconds() // 3600)
        return ngettext("%(count)s hour ago", "%(count)s hours ago", count) % {"count": in_digits(count)}
    return day_and_time(value)


def zone_name() -> str:
    """``Chicago``: the city by whose time the hospital lives, in the reader's language; the provider's is ``UTC``."""
    zone = reader_zone()
    return zone.key if zone.key == "UTC" else _exemplar_city(zone.key)


def _exemplar_city(key: str) -> str:
    city = reader_locale().time_zones.get(key, {}).get("city")
    return str(city or key.rsplit("/", 1)[-1].replace("_", " "))


def number(value: Decimal | float | int) -> str:
    """A number with the decimals it was given, ``6.90`` stays so; beyond three decimals it is rounded to two."""
    exact = value if isinstance(value, Decimal) else Decimal(str(value))
    # Python's own precision of 28 digits refuses to round what is longer.
    with localcontext(prec=_PRECISION):
        text = _formatted(exact)
    return _write_number(text, reader_digits())


def _formatted(exact: Decimal) -> str:
    exponent = exact.as_tuple().exponent
    decimals = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    if decimals > _MOST_DECIMALS:
        # A tiny value must not be rounded to nothing.
        exact = exact.quantize(_ROUNDED_DECIMALS, ROUND_HALF_UP) if abs(exact) >= 1 else exact.normalize()
        exact = exact if abs(exact) >= 1 else Decimal(f"{exact:.2g}")
        exponent = exact.normalize().as_tuple().exponent
        decimals = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    pattern = "#,##0." + "0" * decimals if decimals else "#,##0"
    return str(format_decimal(exact, format=pattern, locale=reader_locale(), decimal_quantization=False))


def count(value: int) -> str:
    """A whole number with the reader's group separators."""
    return number(Decimal(value))


def age(born: date, on: date | datetime | None = None) -> str:
    """``7 years``; under two years in months, under two months in days."""
    to = _as_day(on) if on else today()
    years = to.year - born.year - ((to.month, to.day) < (born.month, born.day))
    if years >= 2:
        return ngettext("%(count)s year", "%(count)s years", years) % {"count": in_digits(years)}
    months = (to.year - born.year) * 12 + to.month - born.month - (to.day < born.day)
    if months >= 2:
        return ngettext("%(count)s month", "%(count)s months", months) % {"count": in_digits(months)}
    days = max((to - born).days, 0)
    return ngettext("%(count)s day", "%(count)s days", days) % {"count": in_digits(days)}


def short_month_and_year(value: date | datetime) -> str:
    """``Nov`` in this year, ``Nov 2025`` in others: for the foot of a chart."""
    wanted = _as_day(value)
    if wanted.year == today().year:
        return short_month(wanted)
    return in_digits(_skeleton("yMMM", wanted))
