"""Keeping who patients are."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db import transaction
from django.db.models import Model, Q
from django.utils.translation import gettext_lazy as _

from kernel import audit, clock
from kernel.audit.selectors import by_day, by_others, who_looked
from kernel.errors import DomainError
from kernel.permissions import Access
from tenants.people import permissions
from tenants.people.models import ContactPoint, Patient, PatientIdentifier, PatientName
from tenants.people.names import number_key, search_key, written
from tenants.people.selectors import survivors

NAME_LENGTH = 400
# Lines of the trail a page.
LINES = 30


class IdentifierTaken(DomainError):
    """A number of the bundle's patient is another patient's: a person has to look, a program must not guess."""

    code = "identifier_taken"
    message = _("Another patient already has this identifier.")


@dataclass(frozen=True, slots=True)
class IdentifierFact:
    """A number and who gave it. ``kind`` is the HL7 v2 table 0203 code (MR, SS, DL ...) or empty."""

    system: str
    value: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class NameFact:
    """A name by which the patient can be found, with one of PatientName.Use."""

    use: str
    text: str


@dataclass(frozen=True, slots=True)
class ContactFact:
    """A telephone number, e-mail address or other way of contact, with one of ContactPoint.System."""

    system: str
    value: str
    use: str = ""
    rank: int | None = None


@dataclass(frozen=True, slots=True)
class PatientFacts:
    """Everything the source says about who a patient is. Empty means that the source does not say."""

    fhir_id: str
    given_names: str = ""
    family_names: str = ""
    family_first: bool = False
    preferred_name: str = ""
    pronouns: str = ""
    gender: str = Patient.Gender.UNKNOWN
    sex: str = Patient.Sex.UNKNOWN
    born_on: date | None = None
    birth_precision: str = Patient.BirthPrecision.DAY
    is_deceased: bool = False
    deceased_at: datetime | None = None
    language: str = ""
    country: str = ""
    is_active: bool = True
    replaced_by_fhir_id: str = ""
    identifiers: tuple[IdentifierFact, ...] = ()
    other_names: tuple[NameFact, ...] = ()
    contact_points: tuple[ContactFact, ...] = ()


_NOBODY: Mapping[str, PatientFacts] = MappingProxyType({})
_PLAIN_FACTS = (
    "given_names",
    "family_names",
    "family_first",
    "preferred_name",
    "pronouns",
    "gender",
    "sex",
    "born_on",
    "birth_precision",
    "is_deceased",
    "deceased_at",
    "language",
    "country",
    "is_active",
)


def record_patient(
    *, access: Access, facts: PatientFacts, source: str, beside: Mapping[str, PatientFacts] = _NOBODY
) -> Patient:
    """Create or update the patient with the source's FHIR id so that the record says what ``facts`` say.

    Names, identifiers and contact points that the source no longer has are removed; equal ones keep their rows.
    A number of somebody merged belongs to whoever replaced them, as long as both are said to have it. ``beside`` are
    the facts, by FHIR id, of all whom the same act records or merges, in any order.
    It is a step of a larger act (an import, a registration) whose audit line covers it.
    Raises IdentifierTaken when a number belongs to another patient; nothing is changed then.
    """
    access.require(permissions.KEEP)
    with transaction.atomic():
        patient = Patient.objects.select_for_update().filter(fhir_id=facts.fhir_id).first()
        if patient is None:
            patient = Patient(fhir_id=facts.fhir_id)
        identifiers = _claimed(patient, facts, beside)
        for name in _PLAIN_FACTS:
            setattr(patient, name, getattr(facts, name))
        patient.replaced_by = _successor(patient, facts.replaced_by_fhir_id)
        patient.source, patient.received_at = source, clock.now()
        patient.save()
        _replace(PatientName, patient, ("use", "text"), _names(facts))
        _replace(
            PatientIdentifier,
            patient,
            ("system", "value", "kind"),
            [
                PatientIdentifier(patient=patient, system=fact.system, value=fact.value, kind=fact.kind)
                for fact in identifiers
            ],
        )
        _replace(
            ContactPoint,
            patient,
            ("system", "use", "value", "rank"),
            [
                ContactPoint(
                    patient=patient,
                    system=fact.system,
                    use=fact.use,
                    value=fact.value,
                    search_key=contact_key(fact.system, fact.value),
                    rank=fact.rank,
                )
                for fact in facts.contact_points
            ],
        )
    return patient


def replace_patient(*, access: Access, fhir_id: str, by: str) -> None:
    """Say that the source merged a patient into another, both by their FHIR ids. A step of a larger act.

    Whether a merge may be followed is asked before (merges.py). Nothing happens where one of the two is not known, or
    where it would lead in a circle.
    """
    access.require(permissions.KEEP)
    patient = Patient.objects.filter(fhir_id=fhir_id).first()
    if patient is not None:
        patient.replaced_by = _successor(patient, by)
        patient.save(update_fields=["replaced_by"])


def _successor(patient: Patient, fhir_id: str) -> Patient | None:
    """The patient with this FHIR id, unless whoever follows it leads back: two cannot replace each other."""
    found = Patient.objects.filter(fhir_id=fhir_id).first() if fhir_id else None
    if found is None or patient.pk in (found.pk, survivors([found.pk])[found.pk]):
        return None
    return found


def contact_key(system: str, value: str) -> str:
    """What equal contact points have in common however they are written: digits of a number, folded e-mail."""
    return value.strip().casefold() if system in {"email", "url"} else number_key(value) or value.strip().casefold()


def _names(facts: PatientFacts) -> list[PatientName]:
    official = written(facts.given_names, facts.family_names, family_first=facts.family_first)
    found = [NameFact(PatientName.Use.OFFICIAL, official), *facts.other_names]
    if facts.preferred_name:
        found.append(NameFact(PatientName.Use.PREFERRED, written(facts.preferred_name, facts.family_names)))
    return [
        PatientName(use=name.use, text=name.text[:NAME_LENGTH], search_key=search_key(name.text))
        for name in dict.fromkeys(found)
    ]


def _claimed(patient: Patient, facts: PatientFacts, beside: Mapping[str, PatientFacts]) -> Sequence[IdentifierFact]:
    """Those of the patient's numbers that the patient is to have, taken from others who have them no longer.

    Raises IdentifierTaken.
    """
    wanted = Q()
    for fact in facts.identifiers:
        wanted |= Q(system=fact.system, value=fact.value)
    if not facts.identifiers:
        return ()
    others = PatientIdentifier.objects.filter(wanted).exclude(patient_id=patient.pk).select_related("patient")
    today = {**beside, facts.fhir_id: facts}
    mine, left = _followed(facts.fhir_id, today), set()
    for row in others:
        holder, number = row.patient.fhir_id, (row.system, row.value)
        theirs, said = _followed(holder, today), beside.get(holder)
        dropped = said is not None and number not in {(fact.system, fact.value) for fact in said.identifiers}
        # A merge that is taken back: the number came from this patient.
        returned = said is None and holder in _followed(facts.fhir_id, _NOBODY)
        if facts.fhir_id not in theirs and not dropped and not set(mine).isdisjoint(theirs):
            left.add(number)
        elif facts.fhir_id in theirs or dropped or returned:
            row.delete()
        else:
            raise IdentifierTaken
    return [fact for fact in facts.identifiers if (fact.system, fact.value) not in left]


def _followed(fhir_id: str, today: Mapping[str, PatientFacts]) -> list[str]:
    """A patient, whoever replaced them, and so on: as ``today`` says it, else as stored."""
    found: dict[str, None] = {}
    while fhir_id and fhir_id not in found:
        found[fhir_id] = None
        if fhir_id in today:
            fhir_id = today[fhir_id].replaced_by_fhir_id
        else:
            stored = Patient.objects.filter(fhir_id=fhir_id).values_list("replaced_by__fhir_id", flat=True)
            fhir_id = stored.first() or ""
    return list(found)


def _replace(model: type[Model], patient: Patient, facts: tuple[str, ...], wanted: Iterable[Model]) -> None:
    """Make the patient's rows of ``model`` equal to ``wanted``; rows that stay keep their key."""
    stored = {
        tuple(row[1:]): row[0] for row in model._default_manager.filter(patient=patient).values_list("pk", *facts)
    }
    new: dict[tuple[object, ...], Model] = {}
    for row in wanted:
        key = tuple(getattr(row, name) for name in facts)
        if stored.pop(key, None) is None:
            row.patient = patient  # type: ignore[attr-defined]
            new.setdefault(key, row)
    if stored:
        model._default_manager.filter(pk__in=stored.values()).delete()
    model._default_manager.bulk_create(new.values())


def open_record(*, access: Access, patient_id: UUID) -> None:
    """Somebody chose whose record to look at, one's own or another's: a line for that patient (S33)."""
    with transaction.atomic():
        audit.record(access.about(patient_id), action="people.opened")


def note_listed(*, access: Access, patient_ids: Iterable[UUID]) -> None:
    """The names of these patients were shown to choose from: a line for each (S33)."""
    with transaction.atomic():
        audit.record_each(access, action="people.listed", subjects=patient_ids)


def look_at_trail(
    *, access: Access, subject: UUID, number: str | None, with_own: bool
) -> tuple[Page[dict[str, Any]], int]:
    """A page of who did what with a patient's record, newest first, and how often it was the reader.

    The reader's own are left out unless ``with_own``, because they hide the others; ``number`` is the page as it stands
    in the address. That somebody looked is a line of the trail itself (S33).
    """
    with transaction.atomic():
        everything = who_looked(access, subject)
        others = by_others(access, everything)
        page: Page[dict[str, Any]] = Paginator(by_day(everything if with_own else others), LINES).get_page(number)
        own = everything.filter(actor_id=access.actor.account_id).count()
        audit.record(access, action="people.trail_viewed", subject=subject)
    return page, own
