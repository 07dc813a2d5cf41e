"""Facts of the record in the reader's words: ``{% load records %}{{ result.measure|value }}``.

Facts come from tenants/records/facts; nothing here queries.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django import template
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext as _

from kernel.i18n import formats
from kernel.tenancy.scope import peek_scope
from tenants.records.amounts import PERCENT_IN_ARABIC, is_right_to_left, unit_words
from tenants.records.dates import Moment, Precision
from tenants.records.demonstration.people import SOURCE as DEMONSTRATION
from tenants.records.facts.elements import moment_words
from tenants.records.facts.ranges import Range
from tenants.records.facts.results import Measure, Reading, Report, Result
from tenants.records.facts.visits import VisitState
from tenants.records.known_tests import PRESSURES
from tenants.records.selectors.results import ResultGroup
from tenants.records.wording import (
    Judgement,
    amount,
    compared,
    goal_of,
    judgement_note,
    judgement_of,
    plain_words,
    range_in_sentence,
    range_name,
    range_words,
    report_words,
    test_name,
    unit,
    value_words,
)

register = template.Library()

_VISIT_TONES = {
    VisitState.BOOKED: "ok",
    VisitState.ARRIVED: "ok",
    VisitState.IN_PROGRESS: "info",
    VisitState.REQUESTED: "info",
    VisitState.CANCELLED: "warn",
    VisitState.MISSED: "warn",
}


@register.filter
def when(moment: Moment | None) -> str:
    """A date with no more precision than was said: ``2024``, ``March 2024``, ``Mar 7, 2024``."""
    return moment_words(moment) if moment is not None else ""


@register.filter
def on_day(moment: Moment | None) -> str:
    """``Tuesday, December 1``; less precise dates as far as they were said."""
    if moment is None:
        return _("No date was given")
    return formats.day(moment.start) if moment.precision in (Precision.DAY, Precision.TIME) else when(moment)


@register.filter
def as_date(moment: Moment | None) -> Any:
    """The day at the hospital for a date tile; None when no day is known."""
    if moment is None or moment.precision not in (Precision.DAY, Precision.TIME):
        return None
    return formats.local(moment.start).date()


@register.filter
def at_time(visit: Any) -> str:
    """``10:20 am to 10:50 am``; empty when no time of day is known or it lasted days."""
    starts, ends = visit.starts, visit.ends
    if starts is None or starts.precision is not Precision.TIME:
        return ""
    if (
        ends is None
        or ends.precision is not Precision.TIME
        or formats.local(ends.start).date() != formats.local(starts.start).date()
    ):
        return formats.time(starts.start)
    return formats.time_range(starts.start, ends.start)


@register.filter
def start_time(moment: Moment | None) -> str:
    """``10:20 am``."""
    return formats.time(moment.start) if moment is not None and moment.precision is Precision.TIME else ""


@register.filter
def plain(words: str) -> str:
    """The source's words without the classifier that SNOMED adds in brackets."""
    return plain_words(words)


@register.filter
def sourced(words: str) -> SafeString:
    """Words that the hospital sent: isolated, and in the hospital's own language where the page has another."""
    if not words:
        return conditional_escape("")
    language = _language_of_source()
    if not language or language == get_language():
        return format_html("<bdi>{}</bdi>", words)
    return format_html('<bdi lang="{}">{}</bdi>', language, words)


def _language_of_source() -> str:
    scope = peek_scope()
    return scope.hospital.languages[0] if scope is not None and scope.hospital is not None else ""


@register.filter
def named_test(measure: Measure) -> SafeString:
    """The plain name of a test for text: ours in the language of the page, or else the source's as its own."""
    words = test_name(measure.code, measure.name).plain
    return sourced(words) if words == plain_words(measure.name) else conditional_escape(words)


@register.filter
def plain_test(measure: Measure) -> str:
    """The plain name of a test, to compare with others."""
    return test_name(measure.code, measure.name).plain


@register.filter
def clinical_test(measure: Measure) -> SafeString:
    """The name that clinicians read first: on English pages our medical one, else the laboratory's own in its language.

    On a page of another language ours, which the reader understands.
    """
    medical = _english_name(measure)
    if medical:
        return format_html('<bdi lang="en">{}</bdi>', medical)
    return sourced(_own_name(measure)) if _leads_with_own(measure) else named_test(measure)


@register.filter
def clinical_second(measure: Measure) -> SafeString:
    """The name below the clinicians' first: the plain one below a medical one, else the laboratory's own."""
    if _english_name(measure) or _leads_with_own(measure):
        return named_test(measure)
    return conditional_escape("") if _is_english() else sourced(_own_name(measure))


@register.filter
def second_name(measure: Measure) -> SafeString:
    """The medical name below the plain one: an English one of ours on English pages, or else the laboratory's own."""
    medical = _english_name(measure)
    return format_html('<bdi lang="en">{}</bdi>', medical) if medical else sourced(_own_name(measure))


@register.filter
def further_name(measure: Measure) -> SafeString:
    """The laboratory's own name where another medical one is below the title."""
    medical, own = _english_name(measure), _own_name(measure)
    return sourced(own if medical and own.casefold() != medical.casefold() else "")


def _is_english() -> bool:
    return (get_language() or "en").startswith("en")


def _english_name(measure: Measure) -> str:
    """Our medical name of a test, an English one; empty on other pages and when it would repeat the plain one."""
    return test_name(measure.code, measure.name).medical if _is_english() else ""


def _leads_with_own(measure: Measure) -> bool:
    return not _is_english() and _language_of_source() == get_language() and bool(_own_name(measure))


def _own_name(measure: Measure) -> str:
    """What the laboratory calls a test; empty when the title already says so."""
    own = plain_words(measure.name)
    return "" if own.casefold() == plain_test(measure).casefold() else own


@register.filter
def named_report(report: Any) -> SafeString:
    """The plain name of a report for text, the source's own words as its own."""
    words = report_words(report.code, report.name)
    return sourced(words) if words == plain_words(report.name) else conditional_escape(words)


@register.filter
def clinical_report(report: Report) -> SafeString:
    """What clinicians call a report: on English pages as its source does, on others ours in their language."""
    own = sourced(plain_words(report.name)) if _is_english() else named_report(report)
    return own or conditional_escape(_("No name was given"))


@register.filter
def day_of(moment: Moment | None) -> str:
    """A date with its year, or that there is none."""
    return when(moment) or _("No date was given")


@register.filter
def group_name(group: ResultGroup) -> str:
    """What a table of results is called where no markup can be."""
    name = plain_words(group.report.name) if group.report else ""
    return " · ".join(filter(None, (name, day_of(group.taken))))


@register.filter
def tells_more(results: Sequence[Result]) -> bool:
    """Whether something is said of one of the results, or there is a range to compare it with."""
    return not results or any(judged(one) or one.measure.ranges for one in results)


@register.filter
def report_name(report: Any) -> str:
    """The plain name of a report where no markup can be."""
    return report_words(report.code, report.name)


@register.filter
def source_name(source: str) -> SafeString:
    """Where an entry came from, in words. The demonstration stands for the hospital's own records."""
    scope = peek_scope()
    if source == DEMONSTRATION and scope is not None and scope.hospital is not None:
        return sourced(scope.hospital.name)
    return sourced(source)


@register.filter
def shared_origin(items: Sequence[Any]) -> Any:
    """The origin of the first of ``items`` when all came from one source on one day; None otherwise."""
    origins = [item.origin for item in items]
    if len({(origin.source, formats.local(origin.received_at).date()) for origin in origins}) != 1:
        return None
    return origins[0]


@register.filter
def by_name(items: Sequence[Any]) -> list[dict[str, Any]]:
    """Entries of one name together: the newest, and the earlier ones. They must come newest first."""
    groups: dict[str, list[Any]] = {}
    for item in items:
        groups.setdefault(item.name.casefold(), []).append(item)
    return [{"newest": found[0], "earlier": found[1:]} for found in groups.values()]


@register.filter
def is_this_year(moment: Moment | None) -> bool:
    """Whether a date needs no year to be understood."""
    return moment is not None and formats.local(moment.start).year == formats.today().year


@register.filter
def figure(measure: Measure) -> SafeString:
    """The large value of a page: number and unit in one piece, the words of a comparator around them."""
    words = unit(measure)
    if measure.number is None or not words:
        return format_html("<bdi>{}</bdi>", amount(measure))
    piece = format_html(
        '<span class="figure-piece">{}{}<bdi class="figure-number-unit" dir="{}">{}</bdi></span>',
        formats.number(measure.number),
        "" if words in ("%", PERCENT_IN_ARABIC) else " ",
        "auto" if is_right_to_left(words) else "ltr",
        words,
    )
    return format_html(compared("{}", measure.comparator), piece)


@register.filter
def value(result: Result | Measure) -> SafeString:
    """The value of a result in one line, isolated from the direction of the text around it."""
    measure = result.measure if isinstance(result, Result) else result
    if not isinstance(result, Result) or not result.parts or measure.number is not None or measure.words:
        words = value_words(measure)
        return format_html("<bdi>{}</bdi>", words) if measure.number is None else _number_first(words)
    by_code = {part.code: part for part in result.parts if part.number is not None}
    if len(result.parts) == 2 and by_code.keys() == set(PRESSURES):
        upper, lower = (by_code[code] for code in PRESSURES)
        if upper.unit_code == lower.unit_code:
            return _number_first(f"{amount(upper)}/{value_words(lower)}")
    named = ((named_test(part), value(part)) for part in result.parts)
    return format_html_join(" · ", "{}: {}", named)


def _number_first(words: str) -> SafeString:
    """Number before unit in the direction of reading, as in sentences; what the source says has its own direction."""
    return format_html('<bdi dir="rtl">{}</bdi>' if get_language_bidi() else "<bdi>{}</bdi>", words)


register.filter("judgement_note", judgement_note)
register.filter("range_words", range_words)


@register.filter
def goal_words(measure: Measure) -> str:
    """The person's own goal in a sentence: ``up to 7.0%``; empty without one."""
    goal = goal_of(measure)
    return range_in_sentence(goal, unit(measure)) if goal is not None else ""


@register.filter
def usual_words(measure: Measure) -> str:
    """The usual range of a test in a sentence: ``up to 5.7%``."""
    return range_in_sentence(measure.usual_range, unit(measure))


@register.filter
def told_ranges(measure: Measure) -> list[SafeString]:
    """The ranges that we compare with nothing, each with those for whom it is: ``Female: 12 to 16 g/dL``."""
    told = [(sourced(range_name(one)), _range_as_told(one)) for one in measure.told_ranges]
    return [format_html("{}: {}", name, words) if name else words for name, words in told]


def _range_as_told(told: Range) -> SafeString:
    words = range_words(told, unit_words(told.unit))
    return format_html("<bdi>{}</bdi>", words) if told.has_bounds else sourced(words)


@register.filter
def isolated(words: str) -> SafeString:
    """A code or a number that keeps its own direction in any text; nothing stays nothing."""
    return format_html("<bdi>{}</bdi>", words) if words else conditional_escape("")


@register.filter
def judged(result: Result | Measure) -> Judgement | None:
    """What a result says in words: against the person's own goal when one was set, else the usual range.

    Of a composed result it is the weightiest of what is said of the whole and of its parts. Comfort is given only when
    nothing else is said: one part that is in range does not speak for another.
    """
    if isinstance(result, Measure):
        found = judgement_of(result)
        if found is None or not result.remark:
            return found
        short = sourced(found.short) if found.short == found.words else found.short
        return replace(found, words=sourced(found.words), short=short)
    own = judged(result.measure)
    parts = [judged(part) for part in result.parts]
    told = [one for one in (own, *parts) if one is not None]
    if not told:
        return None
    weightiest = max(told, key=lambda one: one.weight)
    if weightiest.weight:
        return weightiest
    is_whole = own is not None or all(parts)
    return told[0] if is_whole and len({one.words for one in told}) == 1 else None


@register.filter
def without_word(result: Result) -> str:
    """Why a list has a number without a word of what it means. Measurements, such as weight, seldom have a range."""
    measures = [one for one in (result.measure, *result.parts) if one.number is not None]
    if result.is_vital or not measures or any(map(judged, (result.measure, *result.parts))):
        return ""
    return _("Not compared") if any(one.ranges for one in measures) else str(Reading.UNKNOWN.label)


@register.filter
def nothing_said(result: Result) -> str:
    """A sentence for a number without a usual range, and for words of which nobody said what they mean; else empty."""
    measures = (result.measure, *result.parts)
    bare = [one for one in measures if one.usual_range is None and not one.told_ranges]
    if any(one.number is not None for one in bare):
        if result.is_vital:
            return _("No usual range was given. Your care team can tell you what is usual for you.")
        return _("The laboratory gave no usual range for this test. Your care team can tell you what is usual for you.")
    if any(one.words and not judged(one) for one in bare):
        return _("Nothing was given to compare this with. Your care team can tell you what it means for you.")
    return ""


@register.filter
def outside(results: Sequence[Result]) -> int:
    """How many of the results lie outside the person's goal or the usual range."""
    return sum(1 for judgement in map(judged, results) if judgement is not None and judgement.tone in ("warn", "crit"))


@register.filter
def most_critical(results: Sequence[Result]) -> Judgement | None:
    """The weightiest of what a laboratory calls critical; None without such a result."""
    told = [one for one in map(judged, results) if one is not None and one.tone == "crit"]
    return max(told, key=lambda one: one.weight, default=None)


@register.filter
def count_in(results: Sequence[Result], keys: Any) -> int:
    """How many of the results have one of ``keys``."""
    return sum(1 for result in results if result.origin.key in keys)


@register.filter
def visit_tone(state: VisitState) -> str:
    """The colour of a visit's status."""
    return _VISIT_TONES.get(state, "")


@register.filter
def minutes(count: int | None) -> str:
    """``30 minutes``; nothing for visits without an end or of days."""
    return formats.minutes_words(count) if count and 0 < count < 24 * 60 else ""


@register.filter
def with_detail(names: Sequence[str], detail: str) -> str:
    """``Dr. Amara Osei · Endocrinology``."""
    return " · ".join([*names, *([plain_words(detail)] if detail else [])])


@register.filter
def is_in(key: Any, keys: Any) -> bool:
    """Whether ``key`` is one of ``keys``: a set cannot be asked in a template otherwise."""
    return key in keys
