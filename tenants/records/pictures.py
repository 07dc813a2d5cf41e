"""Charts of results, out of facts: where a value lies, and how it moved."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from kernel.i18n import formats
from tenants.records.amounts import PERCENT_IN_ARABIC, left_to_right, unit_words, with_unit
from tenants.records.dates import Moment, Precision
from tenants.records.facts.elements import moment_words
from tenants.records.facts.ranges import Range
from tenants.records.facts.results import Measure, Result
from tenants.records.selectors.results import Trend, TrendPoint
from tenants.records.wording import (
    compared,
    goal_of,
    judgement_of,
    range_in_sentence,
    range_words,
    test_name,
    unit,
    value_words,
)
from themes.charts import Point, RangeBar, TrendChart, Zone

_PERCENT = ("%", PERCENT_IN_ARABIC)


def range_bar(measure: Measure) -> RangeBar | None:
    """The value on a scale around the person's goal, else the usual range; None without a number or a range."""
    goal = goal_of(measure)
    usual, is_goal = goal or measure.usual_range, goal is not None
    if measure.number is None or measure.comparator or usual is None or not usual.has_bounds:
        return None
    low, high = usual.low, usual.high
    if low is not None and high is not None and low >= high:
        return None
    number = measure.number
    width = (high - low) if low is not None and high is not None else abs(high or low or Decimal(1)) or Decimal(1)
    words = unit(measure)
    # Below the zones there is room for a sign and not for a long unit; the sentences have it.
    sign = words if words in _PERCENT else ""
    middle = _("Your goal") if is_goal else pgettext("range of a test", "Usual")
    summary = (
        _("Your result is %(value)s. Your goal is: %(range)s.")
        if is_goal
        else _("Your result is %(value)s. The usual range is: %(range)s.")
    )
    zones = []
    if low is not None:
        bottom = min(number, low) - width / 2
        bottom = max(bottom, Decimal(0)) if min(number, low) >= 0 else bottom
        if low > bottom:
            below = _("Under %(low)s") % {"low": with_unit(low, sign)}
            zones.append(Zone(_("Below"), float(low), "warn", below))
    else:
        bottom = Decimal(0) if number >= 0 else number - width / 2
    top = max(number, high if high is not None else low or number) + width / 2
    if high is None:
        zones.append(Zone(middle, float(top), "ok", range_words(usual, sign)))
    else:
        # The upper border belongs to the range: a zone holds what is under its upper end.
        zones.append(Zone(middle, float(high) + float(width) * 1e-9, "ok", range_words(usual, sign)))
        zones.append(Zone(_("Above"), float(top), "warn", _("Over %(high)s") % {"high": with_unit(high, sign)}))
    shown = value_words(measure)
    return RangeBar(
        value=float(number),
        low=float(bottom),
        zones=zones,
        marker=_("You: %(value)s") % {"value": shown},
        title=_("Where your result lies"),
        summary=summary % {"value": shown, "range": range_in_sentence(usual, words)},
    )


def trend_chart(trend: Trend | None, here: UUID | None = None) -> TrendChart | None:
    """The last values of the same test, oldest first; None when there is only one.

    ``here`` is the result that the page is about: it is marked, and drawn also when it is older than the last ones.
    """
    if trend is None or len(trend.points) < 2:
        return None
    words = unit_words(trend.unit)
    sign = words if words in _PERCENT else ""
    drawn = _drawn(trend.points, here)
    labels = _labels(drawn)
    points = [
        Point(
            label=label,
            value=float(point.number),
            text=_text(point),
            full_label=_day_in(drawn, point),
            note=_note(point.reported),
            is_here=point.key == here,
        )
        for point, label in zip(drawn, labels, strict=True)
    ]
    name = test_name(trend.code, trend.name).plain
    bounds = range_in_sentence(Range(trend.low, trend.high), words)
    goal_label = _("Your goal: %(range)s") if trend.is_goal else _("Usual range: %(range)s")
    return TrendChart(
        points=points,
        title=_("%(test)s over time") % {"test": name},
        summary=_summary(drawn, _in_sentence(drawn[0], words), _in_sentence(drawn[-1], words)),
        tick=lambda number: with_unit(Decimal(f"{number:g}"), sign),
        goal_low=float(trend.low) if trend.low is not None else None,
        goal_high=float(trend.high) if trend.high is not None else None,
        goal_label=goal_label % {"range": bounds} if bounds else "",
        value_heading=f"{_('Result')} ({left_to_right(words)})" if words else _("Result"),
    )


def pressure_chart(measure: Measure, courses: Sequence[Trend], here: UUID | None = None) -> TrendChart | None:
    """The last values of a blood pressure as two lines, oldest first; None when there is only one, or two units.

    ``courses`` are those of the upper and of the lower value, ``here`` is as in ``trend_chart``.
    """
    if len(courses) != 2 or unit_words(courses[0].unit) != unit_words(courses[1].unit):
        return None
    upper, lower = courses
    below = {point.key: point for point in lower.points}
    both = [point for point in upper.points if point.key in below]
    if len(both) < 2:
        return None
    words, drawn = unit_words(upper.unit), _drawn(both, here)
    first, last = (f"{_text(point)}/{_in_sentence(below[point.key], words)}" for point in (drawn[0], drawn[-1]))
    names = [test_name(course.code, course.name).plain for course in courses]
    return TrendChart(
        points=[
            Point(
                label=label,
                value=float(point.number),
                text=_text(point),
                full_label=_day_in(drawn, point),
                note=_note(point.reported),
                is_here=point.key == here,
                lower=float(below[point.key].number),
                lower_text=_text(below[point.key]),
                lower_note=_note(below[point.key].reported),
            )
            for point, label in zip(drawn, _labels(drawn), strict=True)
        ],
        title=_("%(test)s over time") % {"test": test_name(measure.code, measure.name).plain},
        summary=_summary(drawn, first, last),
        tick=lambda number: with_unit(Decimal(f"{number:g}"), ""),
        value_heading=names[0],
        lower_heading=names[1],
        unit=left_to_right(words),
        line_names=(names[0], names[1]),
    )


def apart(*courses: Trend | None) -> tuple[Result, ...]:
    """The results of some courses that are in a unit which cannot be drawn with the others; each once."""
    found = (one for course in courses if course is not None for one in course.apart)
    return tuple({one.origin.key: one for one in found}.values())


def _summary(drawn: Sequence[TrendPoint], first: str, last: str) -> str:
    """How many results are drawn, and what the first and the last of them was and when."""
    values = {"count": formats.in_digits(len(drawn)), "first": first, "last": last}
    if _need_days(drawn):
        values |= {"since": _day_in(drawn, drawn[0]), "until": _day_in(drawn, drawn[-1])}
        summary = ngettext(
            "%(count)s result: %(last)s on %(until)s.",
            "%(count)s results, from %(first)s on %(since)s to %(last)s on %(until)s.",
            len(drawn),
        )
    else:
        values |= {"since": _month(drawn[0].taken), "until": _month(drawn[-1].taken)}
        summary = ngettext(
            "%(count)s result: %(last)s in %(until)s.",
            "%(count)s results, from %(first)s in %(since)s to %(last)s in %(until)s.",
            len(drawn),
        )
    return summary % values


def _text(point: TrendPoint) -> str:
    return compared(formats.number(point.number), point.reported.comparator)


def _drawn(points: Sequence[TrendPoint], here: UUID | None) -> Sequence[TrendPoint]:
    """The last points that have room side by side on a phone, with the one of the page."""
    longest = max(len(_text(point)) for point in points[-6:])
    most = 6 if longest <= 7 else 4 if longest <= 9 else 3
    last = points[-most:]
    earlier = [point for point in points[:-most] if point.key == here]
    return [*earlier, *last[1:]] if earlier else last


def _labels(points: Sequence[TrendPoint]) -> list[str]:
    """Months under the points; the days of those that fall into one month of this year."""
    labels = [
        moment_words(point.taken)
        if point.taken.precision is Precision.YEAR
        else formats.short_month_and_year(point.taken.start)
        for point in points
    ]
    return [
        formats.short_date(point.taken.start)
        if labels.count(label) > 1 and _has_day(point.taken) and _is_this_year(point.taken)
        else label
        for point, label in zip(points, labels, strict=True)
    ]


def _need_days(points: Sequence[TrendPoint]) -> bool:
    """Whether months would not tell some of the results apart, and all of their days are known."""
    months = {formats.month(point.taken.start) for point in points}
    return len(months) < len(points) and all(_has_day(point.taken) for point in points)


def _day_in(points: Sequence[TrendPoint], point: TrendPoint) -> str:
    """The day of a point as far as it is known, and the time where another of ``points`` is of the same day."""
    day = moment_words(point.taken)
    is_alone = sum(moment_words(other.taken) == day for other in points) == 1
    return (
        day if is_alone or point.taken.precision is not Precision.TIME else f"{day} · {formats.time(point.taken.start)}"
    )


def _has_day(taken: Moment) -> bool:
    return taken.precision in (Precision.DAY, Precision.TIME)


def _is_this_year(taken: Moment) -> bool:
    return formats.local(taken.start).year == formats.today().year


def _in_sentence(point: TrendPoint, words: str) -> str:
    shown = compared(with_unit(point.number, words), point.reported.comparator)
    return shown[:1].lower() + shown[1:] if point.reported.comparator else shown


def _month(taken: Moment) -> str:
    """``August 2026``, or only the year when no more was said."""
    return moment_words(taken) if taken.precision is Precision.YEAR else formats.month(taken.start)


def _note(measure: Measure) -> str:
    judgement = judgement_of(measure)
    return judgement.short if judgement is not None and judgement.tone in ("warn", "crit") else ""


def value_before(trend: Trend | None, key: UUID) -> dict[str, str] | None:
    """The value before the one with ``key``, and its month, or its day when both are of one month."""
    if trend is None:
        return None
    pairs = zip(trend.points, trend.points[1:], strict=False)
    found = next(((point, following) for point, following in pairs if following.key == key), None)
    if found is None:
        return None
    before, after = found
    told = {"value": _in_sentence(before, unit_words(trend.unit))}
    if _has_day(before.taken) and _month(before.taken) == _month(after.taken):
        return {**told, "day": moment_words(before.taken)}
    return {**told, "when": _month(before.taken)}
