"""Whom a value is about, as far as ranges for men and women and for ages ask: what is not known is never guessed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kernel.i18n import formats
from tenants.people.models import Patient
from tenants.records.dates import Moment, Precision

# SNOMED CT, HL7's administrative gender and HL7 v3 of the same; a code of another list may mean anything.
_MALE, _FEMALE = Patient.Gender.MALE.value, Patient.Gender.FEMALE.value
_SEXES = {
    "http://snomed.info/sct": {"248153007": _MALE, "248152002": _FEMALE},
    "http://hl7.org/fhir/administrative-gender": {"male": _MALE, "female": _FEMALE},
    "http://terminology.hl7.org/CodeSystem/v3-AdministrativeGender": {"M": _MALE, "F": _FEMALE},
}
_DAYS = (Precision.DAY, Precision.TIME)


class Unit(StrEnum):
    """What ages are counted in."""

    YEARS = "years"
    MONTHS = "months"
    WEEKS = "weeks"
    DAYS = "days"


AGE_UNITS = {
    **dict.fromkeys(("a", "y", "yr", "year", "years"), Unit.YEARS),
    **dict.fromkeys(("mo", "month", "months"), Unit.MONTHS),
    **dict.fromkeys(("wk", "week", "weeks"), Unit.WEEKS),
    **dict.fromkeys(("d", "day", "days"), Unit.DAYS),
}
_AGES_IN: Mapping[Unit, Promise] = {
    Unit.YEARS: _("Age in years: %(age)s"),
    Unit.MONTHS: _("Age in months: %(age)s"),
    Unit.WEEKS: _("Age in weeks: %(age)s"),
    Unit.DAYS: _("Age in days: %(age)s"),
}


def age_words(element: Mapping[str, Any]) -> str:
    """An Age, or a Range of ages, in words: ``Age in years: 40 to 45``; empty when its unit is not one of ages."""
    ends = [element[side] for side in ("low", "high") if element.get(side)] if "value" not in element else [element]
    units = {AGE_UNITS.get(end.get("code") or end.get("unit", "")) for end in ends}
    unit = units.pop() if len(units) == 1 else None
    if unit is None or any("value" not in end for end in ends):
        return ""
    said = [end.get("comparator", "") + formats.number(Decimal(str(end["value"]))) for end in ends]
    if len(said) == 2:
        age = gettext("%(low)s to %(high)s") % {"low": said[0], "high": said[1]}
    elif "low" in element:
        age = gettext("from %(low)s") % {"low": said[0]}
    else:
        age = gettext("up to %(high)s") % {"high": said[0]} if "high" in element else said[0]
    return str(_AGES_IN[unit]) % {"age": age}


@dataclass(frozen=True, slots=True)
class Person:
    """Who somebody was when a value was taken. ``sex`` is empty when it is not known, or said in two ways.

    They were born on a day from ``earliest`` to ``latest``, both None when it is not known, like ``day``.
    """

    sex: str = ""
    earliest: date | None = None
    latest: date | None = None
    day: date | None = None

    @classmethod
    def of(cls, patient: Patient | None, taken: Moment | None) -> "Person":
        """The patient on the day of a sample; a moment that is less precise than a day leaves the age open."""
        if patient is None:
            return cls()
        said = {one for one in (patient.gender, patient.sex) if one != Patient.Gender.UNKNOWN}
        sex = said.pop() if len(said) == 1 else ""
        day = formats.local(taken.start).date() if taken and taken.precision in _DAYS else None
        earliest = latest = patient.born_on
        if patient.born_on and patient.birth_precision == Patient.BirthPrecision.YEAR:
            earliest, latest = patient.born_on.replace(month=1, day=1), patient.born_on.replace(month=12, day=31)
        elif patient.born_on and patient.birth_precision == Patient.BirthPrecision.MONTH:
            earliest = patient.born_on.replace(day=1)
            latest = (earliest + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        return cls(sex, earliest, latest, day)

    def belongs_to(self, group: dict[str, Any]) -> bool | None:
        """Whether this is one of a coded group; None when the group is not one of sex, or the sex is not known."""
        codings = [coding for coding in group.get("coding", []) if coding]
        meant = {_SEXES.get(one.get("system", ""), {}).get(one.get("code", "")) for one in codings}
        if len(meant) != 1 or None in meant or self.sex not in (_MALE, _FEMALE):
            return None
        return self.sex in meant

    def is_aged(self, low: Decimal | None, high: Decimal | None, unit: Unit) -> bool | None:
        """Whether the age in whole units lies between bounds that belong to the range; None when it may or may not.

        Somebody of 50 years and some months is in "18 to 50 years", as laboratories mean it.
        """
        if self.earliest is None or self.latest is None or self.day is None or self.latest > self.day:
            return None
        ages = [_age(born, self.day, unit) for born in (self.latest, self.earliest)]
        inside = {(low is None or age >= low) and (high is None or age <= high) for age in ages}
        return inside.pop() if len(inside) == 1 else None


def _age(born: date, day: date, unit: Unit) -> int:
    if unit in (Unit.DAYS, Unit.WEEKS):
        return (day - born).days // (7 if unit is Unit.WEEKS else 1)
    months = (day.year - born.year) * 12 + day.month - born.month - (day.day < born.day)
    return months // 12 if unit is Unit.YEARS else months
