"""What people set for themselves, and what staff open: the day's list and the search."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.dateparse import parse_date
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kernel import audit
from kernel.accounts.models import Account
from kernel.i18n.digits import read_digits
from kernel.lists import ListFilter, Listing, ListOptions, ListState, heading, listing
from kernel.permissions import Access, NotFound, NotPermitted, Permission
from kernel.registries import home_cards
from tenants.people import selectors as people
from tenants.people.models import Patient
from tenants.people.permissions import VIEW as VIEW_PATIENT
from tenants.people.services import open_record
from tenants.portal import permissions
from tenants.portal.models import ReadingChoice
from tenants.portal.reading import NAMES
from tenants.records.care import practitioner_of, reaches_care_only
from tenants.records.facts.visits import Visit
from tenants.records.permissions import VIEW, VIEW_VISITS
from tenants.records.selectors.visits import day_sheet, next_day
from themes.shell import Reading


def keep_reading(*, access: Access, reading: Reading, language: str) -> None:
    """Remember how the acting account reads, and in which language.

    ``language`` is a code that the hospital speaks; the caller's form has checked it.
    Raises NotPermitted for visitors: theirs is kept in a cookie only.
    """
    account_id = access.actor.account_id
    if account_id is None:
        raise NotPermitted
    with transaction.atomic():
        ReadingChoice.objects.update_or_create(
            account_id=account_id, defaults={name: getattr(reading, name) for name in NAMES}
        )
        Account.objects.filter(pk=account_id).update(language=language)
        audit.record(
            access,
            action="accounts.reading_changed",
            target=("accounts.Account", account_id),
            fields=(*NAMES, "language"),
        )


def look_at_home(*, access: Access) -> list[dict[str, Any]]:
    """What the home page shows of the access's subject, card by card. One line in the trail stands for all of them."""
    with transaction.atomic():
        cards = [
            {"template": card.template, "context": context, "beside": card.beside}
            for card in home_cards
            if (context := card.build(access)) is not None
        ]
        audit.record(access, action="records.home_viewed")
    return cards


@dataclass(frozen=True, slots=True)
class DayLine:
    """One visit of the day with its patient."""

    visit: Visit
    patient: Patient


@dataclass(frozen=True, slots=True)
class DaySheet:
    """A day's visits: those of the acting clinician, or of the whole hospital for others."""

    lines: tuple[DayLine, ...]
    is_own: bool
    # The first later day with visits, asked for when this one has none.
    next_day: date | None = None
    # What the role lacks without which no day shows anything: an empty day must not be read as a free one.
    lacking: tuple[Permission, ...] = ()
    # Whether it is empty because nobody said yet which visits of the records are the reader's.
    is_unconnected: bool = False


def look_at_day(*, access: Access, day: date) -> DaySheet:
    """The visits of ``day``. A clinician sees the visits in which they take part, the front desk everybody's."""
    access.require(permissions.VIEW_DAY)
    lacking = tuple(needed for needed in (VIEW_VISITS, VIEW_PATIENT) if not access.can(needed))
    if lacking:
        return DaySheet((), is_own=False, lacking=lacking)
    practitioner = practitioner_of(access.actor.account_id) if access.actor.account_id else ""
    if not practitioner and reaches_care_only(access, VIEW_VISITS):
        return DaySheet((), is_own=True, is_unconnected=True)
    with transaction.atomic():
        visits = day_sheet(access, day, practitioner=practitioner)
        wanted = {visit.patient_id for visit in visits if visit.patient_id is not None}
        found = {patient.pk: patient for patient in people.patients(access).filter(pk__in=wanted)}
        audit.record_each(access, action="records.day_viewed", subjects=found.keys())
    lines = tuple(DayLine(visit, found[visit.patient_id]) for visit in visits if visit.patient_id in found)
    following = None if lines else next_day(access, day, practitioner=practitioner)
    return DaySheet(lines, is_own=bool(practitioner), next_day=following)


TOO_SHORT = _("Type at least two letters of the name, or the whole number.")
PATIENT_LIST = ListOptions(
    sorts={"fit": (), "name": ("family_names", "given_names"), "born": ("born_on",)}, filters={"born": None}
)


def search_patients(*, access: Access, state: ListState) -> "Listing[Patient]":
    """Patients by name, number or date of birth, as far as the access reaches; those on the page count as found."""
    born_on, problem = _day_of_birth(state.filters["born"])
    if not problem and born_on is None and state.search and people.is_too_short(state.search):
        problem = TOO_SHORT
    ordering = () if state.sort.removeprefix("-") == "fit" else state.ordering
    is_asked = state.is_narrowed and not problem
    with transaction.atomic():
        found = (
            []
            if problem
            else people.find_patients(
                access, state.search, born_on=born_on, limit=people.MAXIMUM_FOUND, ordering=ordering
            )
        )
        if len(found) == people.MAXIMUM_FOUND:
            problem = _("There are more than these. Type more of the name, or the date of birth.")
        shown = listing(
            state,
            found,
            [
                heading(state, _("Name"), "name"),
                heading(state, _("Born"), "born"),
                heading(state, _("Gender")),
                heading(state, _("Telephone")),
            ],
            filters=[ListFilter("born", _("Date of birth"))],
            problem=problem,
        )
        if (
            not audit.record_each(access, action="people.searched", subjects=[row.pk for row in shown.page])
            and is_asked
        ):
            # Somebody who tries one name after the other is seen, although nobody was found.
            audit.record(access, action="people.nobody_found")
    return shown


def _day_of_birth(text: str) -> tuple[date | None, str | Promise]:
    """The day of the address in any digits, and what is wrong with it."""
    if not text:
        return None, ""
    try:
        born_on = parse_date(read_digits(text))
    except ValueError:
        born_on = None
    wrong = _("Enter the date of birth as year, month and day, like 1984-03-27.")
    return born_on, "" if born_on is not None else wrong


@dataclass(frozen=True, slots=True)
class PatientRow:
    """A patient as a line of a list; without a telephone where none is known or it is not for this access."""

    patient: Patient
    telephone: str
    number: str


def as_rows(access: Access, patients: Iterable[Patient]) -> list[PatientRow]:
    """Patients as lines, with the number to call and that of the record."""
    rows = list(patients)
    keys = [row.pk for row in rows]
    telephones = people.telephones(access, keys) if rows else {}
    numbers = people.record_numbers(access, keys) if rows else {}
    return [PatientRow(row, telephones.get(row.pk, ""), numbers.get(row.pk, "")) for row in rows]


def recent_patients(*, access: Access, keys: Sequence[UUID]) -> Sequence[Patient]:
    """Patients by their keys in the given order, as far as the access still reaches."""
    if not keys:
        return []
    with transaction.atomic():
        found = {patient.pk: patient for patient in people.patients(access).filter(pk__in=keys)}
        audit.record_each(access, action="people.listed", subjects=found)
    return [found[key] for key in keys if key in found]


def open_patient(*, access: Access, key: UUID) -> Patient:
    """A patient whose chart may be opened. Raises NotFound for all others, whether they exist or not.

    The line of the chart summary says that it was opened; who may not see that sees who the patient is all the same.
    """
    patient = people.patients(access).filter(pk=key).first()
    if patient is None or not access.can(permissions.OPEN_CHART, key):
        raise NotFound
    if not access.can(VIEW, key):
        open_record(access=access, patient_id=key)
    return patient
