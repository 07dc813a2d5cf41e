"""Plain words for coded things: the plain name first, the laboratory's second (UX section 5).

Only names are given here, never advice. What a code is not listed for keeps the words that its source sent.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from kernel.i18n import formats
from tenants.records.amounts import unit_words, with_unit
from tenants.records.facts.ranges import Range
from tenants.records.facts.results import Measure, Reading, Result, place_of
from tenants.records.known_tests import LOINC, TESTS

# A report that is named after one of its tests is called otherwise than that test.
REPORTS: Mapping[str, str | Promise] = {
    "9318-7": _("Urine test for protein"),
    "14959-1": _("Urine test for protein"),
}

# SNOMED writes what kind of thing a name is in brackets at its end; nobody needs to read it.
_TAG = re.compile(
    r"\((?:disorder|procedure|finding|situation|regime/therapy|substance|product|event|observable entity|morphologic"
    r" abnormality|qualifier value|body structure|organism|environment|person|record artifact)\)\Z"
)


@dataclass(frozen=True, slots=True)
class Name:
    """What to call a test. ``medical`` is the second, smaller name, empty when it would repeat the first."""

    plain: str
    medical: str = ""


def plain_words(words: str) -> str:
    """The source's words without SNOMED's classifier: ``Viral sinusitis (disorder)`` becomes ``Viral sinusitis``."""
    return _TAG.sub("", words.rstrip()).rstrip()


def test_name(code: str, words: str) -> Name:
    """The name of a test by ``system|code``; without plain words of ours, the source's."""
    system, _bar, number = code.rpartition("|")
    if number in TESTS and system in (LOINC, ""):
        plain, medical = TESTS[number]
        shown = str(plain)
        return Name(shown, medical if medical.casefold() != shown.casefold() else "")
    return Name(plain_words(words) or str(_("Test without a name")))


def report_words(code: str, words: str) -> str:
    """The plain name of a report by ``system|code``; without one of ours, the source's."""
    system, _bar, number = code.rpartition("|")
    return str(REPORTS[number]) if number in REPORTS and system == LOINC else test_name(code, words).plain


def amount(measure: Measure) -> str:
    """Number or words of a value, without its unit."""
    if measure.number is None:
        return measure.words or gettext("No value was sent")
    return compared(formats.number(measure.number), measure.comparator)


def compared(text: str, comparator: str) -> str:
    """A number that is only known to be under or over what is written: ``Under 5``."""
    sentence = {
        "<": gettext("Under %(value)s"),
        "<=": gettext("At most %(value)s"),
        ">": gettext("Over %(value)s"),
        ">=": gettext("At least %(value)s"),
    }.get(comparator)
    return sentence % {"value": text} if sentence else text


def unit(measure: Measure) -> str:
    """The unit of a number as readers know it."""
    return unit_words(measure.unit) if measure.number is not None else ""


def value_words(measure: Measure) -> str:
    """Value and unit in one piece: ``6.9%``, ``5.1 mmol/L``."""
    if measure.number is None:
        return amount(measure)
    return compared(with_unit(measure.number, unit(measure)), measure.comparator)


def range_words(usual: Range | None, words: str = "") -> str:
    """``3.5 to 5.1 mmol/L``, ``Up to 5.7%``, ``From 40``: bounds belong to a range (R4). ``words`` is the unit."""
    if usual is None:
        return ""
    if usual.low is not None and usual.high is not None:
        bounds = {"low": formats.number(usual.low), "high": with_unit(usual.high, words)}
        return gettext("%(low)s to %(high)s") % bounds
    if usual.high is not None:
        return gettext("Up to %(high)s") % {"high": with_unit(usual.high, words)}
    if usual.low is not None:
        return gettext("From %(low)s") % {"low": with_unit(usual.low, words)}
    return usual.text


def range_in_sentence(usual: Range | None, words: str = "") -> str:
    """``range_words`` after a colon: ``up to 5.7%``. What the laboratory wrote itself stays as it is."""
    shown = range_words(usual, words)
    is_ours = usual is not None and (usual.low is not None or usual.high is not None)
    return shown[:1].lower() + shown[1:] if is_ours else shown


_RANGE_KINDS: Mapping[str, str | Promise] = {
    "normal": "",
    "recommended": _("Recommended"),
    "treatment": _("Treatment is considered"),
}
_AGES: Mapping[str, str | Promise] = {
    "a": pgettext_lazy("age", "years"),
    "mo": pgettext_lazy("age", "months"),
    "wk": pgettext_lazy("age", "weeks"),
    "d": pgettext_lazy("age", "days"),
}


def range_name(told: Range) -> str:
    """What a range is and for whom, as far as the laboratory says: ``Female, 18 to 50 years``."""
    parts = [str(_RANGE_KINDS.get(told.kind, told.name)), *told.groups]
    if told.ages is not None:
        parts.append(range_in_sentence(told.ages, str(_AGES.get(told.ages.unit, told.ages.unit))))
    return ", ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Judgement:
    """A status in words, short for lists. ``tone`` is red for critical values only: red means "act now".

    ``weight`` is how much it asks to be looked at, from 0 for what is as it should be.
    """

    words: str
    short: str
    tone: str
    weight: int = 0


_TONES = {
    Reading.IN_RANGE: "ok",
    **dict.fromkeys((Reading.NEGATIVE, Reading.POSITIVE), "info"),
    **dict.fromkeys((Reading.NOT_REACTIVE, Reading.WEAKLY_REACTIVE, Reading.REACTIVE, Reading.UNCLEAR), "info"),
    **dict.fromkeys((Reading.SUSCEPTIBLE, Reading.INTERMEDIATE, Reading.RESISTANT), "info"),
}
# What the laboratory says beyond these is not weighed against a goal: a critical value stays one.
_UNDER_A_GOAL = frozenset({Reading.UNKNOWN, Reading.IN_RANGE, Reading.LOW, Reading.HIGH})


def goal_of(measure: Measure) -> Range | None:
    """The goal that a value may be weighed against; none beside a critical value or a word that we do not know."""
    is_weighed = measure.reading in _UNDER_A_GOAL and not measure.remark and not measure.is_critical
    return measure.goal if is_weighed else None


def judgement_of(measure: Measure) -> Judgement | None:
    """Where a value lies: against the goal set for this person when there is one, else as the laboratory says."""
    goal, number = goal_of(measure), measure.number
    if goal is not None and number is not None and not measure.comparator:
        if goal.low is not None and number < goal.low:
            return Judgement(gettext("Below your goal"), gettext("Below goal"), "warn", Reading.LOW.weight)
        if goal.high is not None and number > goal.high:
            return Judgement(gettext("Above your goal"), gettext("Above goal"), "warn", Reading.HIGH.weight)
        return Judgement(gettext("In your goal range"), gettext("In goal range"), "ok")
    if measure.reading is Reading.UNKNOWN:
        return Judgement(measure.remark, measure.remark, "info", Reading.UNCLEAR.weight) if measure.remark else None
    words = str(measure.reading.label)
    short = gettext("In range") if measure.reading is Reading.IN_RANGE else words
    tone = "crit" if measure.is_critical else _TONES.get(measure.reading, "warn")
    return Judgement(measure.remark or words, short, tone, measure.reading.weight + measure.is_critical)


def weight_of(result: Result) -> int:
    """How much a result asks to be looked at: as the weightiest of what is said of the whole and of its parts.

    Of which nobody says anything is as unclear as what is called so.
    """
    told = map(judgement_of, (result.measure, *result.parts))
    return max((one.weight for one in told if one is not None), default=Reading.UNCLEAR.weight)


# Where a number lies → the laboratory's words that say so too. Words about something else contradict nothing.
_SAYS_LOW, _SAYS_HIGH = {Reading.LOW, Reading.VERY_LOW}, {Reading.HIGH, Reading.VERY_HIGH}
_SAYS_OUTSIDE = {Reading.ABNORMAL, Reading.VERY_ABNORMAL}
_AGREEING: Mapping[Reading, set[Reading]] = {
    Reading.IN_RANGE: {Reading.IN_RANGE},
    Reading.LOW: _SAYS_LOW | _SAYS_OUTSIDE,
    Reading.HIGH: _SAYS_HIGH | _SAYS_OUTSIDE,
}
_ABOUT_RANGES = {Reading.IN_RANGE} | _SAYS_LOW | _SAYS_HIGH | _SAYS_OUTSIDE


def judgement_note(measure: Measure) -> str:
    """A sentence under the status: whose word it is when the number lies elsewhere, or why there is no status."""
    judgement, place = judgement_of(measure), place_of(measure)
    usual = measure.usual_range
    if judgement is None:
        cannot_be_judged = measure.comparator and usual is not None and usual.has_bounds
        return (
            gettext("The number alone does not say whether it is in the usual range. Ask your care team.")
            if cannot_be_judged
            else ""
        )
    is_by_goal = goal_of(measure) is not None and not measure.comparator
    if is_by_goal or measure.reading not in _ABOUT_RANGES or measure.reading in _AGREEING.get(place, _ABOUT_RANGES):
        return ""
    words = gettext("The laboratory marked this as: %(word)s. Your care team can tell you why.")
    return words % {"word": measure.reading.label}
