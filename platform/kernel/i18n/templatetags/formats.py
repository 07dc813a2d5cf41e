"""The renderer of dates, times and numbers as template filters: ``{% load formats %}{{ visit.starts|day }}``.

An empty value stays empty: a missing date is the template's to explain.
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from kernel.i18n import formats

register = template.Library()


def _unless_empty(render: Callable[[Any], str]) -> Callable[[Any], str]:
    def rendered(value: Any) -> str:
        return "" if value is None or value == "" else render(value)

    return rendered


_RENDERERS: dict[str, Callable[[Any], str]] = {
    "day": formats.day,
    "date_in_full": formats.date_in_full,
    "short_date": formats.short_date,
    "short_date_with_year": formats.short_date_with_year,
    "month": formats.month,
    "short_month": formats.short_month,
    "weekday": formats.weekday,
    "clock_time": formats.time,
    "day_and_time": formats.day_and_time,
    "moment_ago": formats.moment_ago,
    "number": formats.number,
    "digits": formats.in_digits,
    "age": formats.age,
}
for name, render in _RENDERERS.items():
    register.filter(name, _unless_empty(render))


@register.filter
def age_on(born: date, moment: date | datetime) -> str:
    """How old somebody was at a moment: ``82 years``."""
    return formats.age(born, moment)


@register.filter
def day_number(value: Any) -> str:
    """The day of the month: ``1``."""
    return formats.in_digits(formats._as_day(value).day)


@register.filter
def dialled(number: str) -> str:
    """What a link to a telephone number dials: ``href="tel:{{ phone|dialled }}"``."""
    return formats.dialled(number)


@register.filter
def phone_words(number: str) -> SafeString:
    """A telephone number in the reader's digits, from left to right in any text.

    Isolation is not enough: groups of Arabic digits change places at the spaces between them, also from left to right.
    """
    return format_html('<bdo dir="ltr">{}</bdo>', formats.in_digits(number))
