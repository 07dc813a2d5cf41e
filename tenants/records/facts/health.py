"""The lasting facts of a record: problems, allergies, medicines, vaccines, procedures and documents."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tenants.records.dates import Moment
from tenants.records.facts.elements import (
    Directory,
    Note,
    Origin,
    choice_of,
    contained_in,
    content_of,
    moment_of,
    names_of,
    narrative_of,
    notes_of,
    origin_of,
    words_of,
)
from tenants.records.facts.people import age_words
from tenants.records.facts.results import Report, Stated, report_of
from tenants.records.models import Resource


class MedicineState(StrEnum):
    """Whether a medicine is taken."""

    CURRENT = "current"
    PAUSED = "paused"
    PLANNED = "planned"
    PAST = "past"
    UNKNOWN = "unknown"

    @property
    def label(self) -> Promise:
        """The word for people."""
        return _MEDICINE_STATES[self]


_MEDICINE_STATES: dict[MedicineState, Promise] = {
    MedicineState.CURRENT: _("Current"),
    MedicineState.PAUSED: _("Paused"),
    MedicineState.PLANNED: _("Planned"),
    MedicineState.PAST: _("Past"),
    MedicineState.UNKNOWN: _("Not known"),
}

_MEDICINE_STATUSES = {
    "active": MedicineState.CURRENT,
    "on-hold": MedicineState.PAUSED,
    "intended": MedicineState.PLANNED,
    "completed": MedicineState.PAST,
    "stopped": MedicineState.PAST,
    "cancelled": MedicineState.PAST,
}


class ProcedureState(StrEnum):
    """How far a procedure went."""

    DONE = "done"
    IN_PROGRESS = "in_progress"
    PAUSED = "paused"
    STOPPED = "stopped"
    UNKNOWN = "unknown"

    @property
    def label(self) -> Promise:
        """The word for people."""
        return _PROCEDURE_STATES[self]


_PROCEDURE_STATES: dict[ProcedureState, Promise] = {
    ProcedureState.DONE: _("Done"),
    ProcedureState.IN_PROGRESS: _("In progress"),
    ProcedureState.PAUSED: _("Paused"),
    ProcedureState.STOPPED: _("Stopped before its end"),
    ProcedureState.UNKNOWN: _("Not known"),
}

_PROCEDURE_STATUSES = {
    "completed": ProcedureState.DONE,
    "in-progress": ProcedureState.IN_PROGRESS,
    "on-hold": ProcedureState.PAUSED,
    "stopped": ProcedureState.STOPPED,
}


@dataclass(frozen=True, slots=True)
class Condition:
    """A health problem. ``is_unconfirmed``: it is only suspected."""

    origin: Origin
    name: str
    is_active: bool
    is_unconfirmed: bool
    since: Moment | None
    recorded: Moment | None
    until: Moment | None
    severity: str
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class Allergy:
    """An allergy or intolerance and what it does. ``is_unconfirmed``: it is only suspected."""

    origin: Origin
    name: str
    is_active: bool
    is_unconfirmed: bool
    is_dangerous: bool
    reactions: tuple[str, ...]
    recorded: Moment | None
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class Medicine:
    """A medicine that is or was prescribed or taken; ``directions`` is the dose in words.

    ``state_reason`` says why it is paused or was stopped, ``until`` when a statement says that it ended.
    """

    origin: Origin
    name: str
    state: MedicineState
    state_reason: str
    directions: str
    reason: str
    prescribed: Moment | None
    prescriber: str
    until: Moment | None = None


@dataclass(frozen=True, slots=True)
class Vaccination:
    """A vaccine that was given, or deliberately not. ``given_in_words`` is when, where the source gives no date.

    ``is_subpotent`` is whether the dose was too weak to count (R4, Immunization.isSubpotent).
    """

    origin: Origin
    name: str
    was_given: bool
    given: Moment | None
    given_in_words: str
    dose: str
    lot_number: str
    place: str
    is_subpotent: bool


@dataclass(frozen=True, slots=True)
class Procedure:
    """Something that was done, or begun. ``done_in_words`` is when, where the source gives no date, and ``age`` how old
    the person was, in words of ours.
    """

    origin: Origin
    name: str
    state: ProcedureState
    done: Moment | None
    done_in_words: str
    age: str
    performers: tuple[str, ...]
    reason: str
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class Document(Stated):
    """A letter, note or picture. ``has_file`` tells whether its bytes are stored here.

    ``words`` is what a note says without a file.
    """

    origin: Origin
    name: str
    written: Moment | None
    authors: tuple[str, ...]
    content_type: str
    size: int | None
    has_file: bool
    words: str = ""


def condition_of(row: Resource, directory: Directory) -> Condition:
    """A Condition."""
    content = content_of(row)
    return Condition(
        origin=origin_of(row),
        name=words_of(content.get("code")) or narrative_of(content),
        is_active=row.status in {"active", "recurrence", "relapse", ""}
        and not any(element.startswith("abatement") for element in content),
        is_unconfirmed=_is_unconfirmed(content),
        since=moment_of(choice_of(content, "onset", "DateTime", "Period")),
        recorded=moment_of(content.get("recordedDate")),
        until=moment_of(choice_of(content, "abatement", "DateTime", "Period")),
        severity=words_of(content.get("severity")),
        notes=notes_of(content, directory),
    )


def allergy_of(row: Resource, directory: Directory) -> Allergy:
    """An AllergyIntolerance."""
    content = content_of(row)
    reactions = content.get("reaction", [])
    substances = (words_of(one.get("substance")) for one in reactions)
    return Allergy(
        origin=origin_of(row),
        name=words_of(content.get("code")) or next(filter(None, substances), "") or narrative_of(content),
        is_active=row.status in {"active", ""},
        is_unconfirmed=_is_unconfirmed(content),
        is_dangerous=content.get("criticality") == "high" or any(one.get("severity") == "severe" for one in reactions),
        reactions=tuple(
            words for one in reactions for sign in one.get("manifestation", []) if (words := words_of(sign))
        ),
        recorded=moment_of(content.get("recordedDate")),
        notes=notes_of(content, directory),
    )


def medicine_of(row: Resource, directory: Directory) -> Medicine:
    """A MedicationRequest or MedicationStatement."""
    content = content_of(row)
    dosages = content.get("dosageInstruction") or content.get("dosage") or []
    reference = content.get("medicationReference", {})
    return Medicine(
        origin=origin_of(row),
        name=words_of(content.get("medicationCodeableConcept"))
        or words_of(contained_in(content, reference).get("code"))
        or next(iter(names_of(reference, directory)), "")
        or narrative_of(content),
        state=_MEDICINE_STATUSES.get(row.status, MedicineState.UNKNOWN),
        state_reason=_state_reason(content),
        directions=" ".join(one.get("patientInstruction") or one.get("text", "") for one in dosages).strip(),
        reason=next((words_of(one) for one in content.get("reasonCode", [])), ""),
        prescribed=moment_of(content.get("authoredOn") or choice_of(content, "effective", "DateTime", "Period")),
        prescriber=next(iter(names_of(content.get("requester"), directory)), ""),
        until=moment_of((content.get("effectivePeriod") or {}).get("end")),
    )


def _state_reason(content: Mapping[str, Any]) -> str:
    """A request has one reason, a statement may have several."""
    reasons = content.get("statusReason") or []
    return next((words_of(one) for one in (reasons if isinstance(reasons, list) else [reasons])), "")


def _is_unconfirmed(content: Mapping[str, Any]) -> bool:
    codes = {coding.get("code") for coding in content.get("verificationStatus", {}).get("coding", []) if coding}
    return bool(codes & {"unconfirmed", "provisional", "differential"})


def vaccination_of(row: Resource, directory: Directory) -> Vaccination:
    """An Immunization."""
    content = content_of(row)
    protocol: dict[str, Any] = next(iter(content.get("protocolApplied", [])), {})
    dose = choice_of(protocol, "doseNumber", "PositiveInt", "String")
    return Vaccination(
        origin=origin_of(row),
        name=words_of(content["vaccineCode"]),
        was_given=row.status == "completed",
        given=moment_of(content.get("occurrenceDateTime")),
        given_in_words=content.get("occurrenceString", ""),
        dose="" if dose is None else str(dose),
        lot_number=content.get("lotNumber", ""),
        place=next(iter(names_of(content.get("location"), directory)), ""),
        is_subpotent=row.status == "completed" and content.get("isSubpotent") is True,
    )


def procedure_of(row: Resource, directory: Directory) -> Procedure:
    """A Procedure."""
    content = content_of(row)
    return Procedure(
        origin=origin_of(row),
        name=words_of(content.get("code")),
        state=_PROCEDURE_STATUSES.get(row.status, ProcedureState.UNKNOWN),
        done=moment_of(choice_of(content, "performed", "DateTime", "Period")),
        done_in_words=content.get("performedString", ""),
        age=age_words(content.get("performedAge") or content.get("performedRange") or {}),
        performers=names_of([one.get("actor") for one in content.get("performer", [])], directory),
        reason=next((words_of(one) for one in content.get("reasonCode", [])), ""),
        notes=notes_of(content, directory),
    )


def document_of(row: Resource, directory: Directory) -> Document:
    """A DocumentReference, or a DiagnosticReport that is a clinical note."""
    content = content_of(row)
    if row.type == "DiagnosticReport":
        return _document_of_note(report_of(row, directory), content)
    attachment: dict[str, Any] = next((one["attachment"] for one in content["content"] if one), {})
    return Document(
        origin=origin_of(row),
        name=content.get("description") or attachment.get("title") or words_of(content.get("type")),
        written=moment_of(content.get("date") or attachment.get("creation")),
        authors=names_of(content.get("author"), directory),
        content_type=attachment.get("contentType", ""),
        size=attachment.get("size"),
        has_file="data" in attachment,
    )


def _document_of_note(report: Report, content: Mapping[str, Any]) -> Document:
    forms = [one for one in content.get("presentedForm", []) if one]
    # The form that a download gives.
    form: Mapping[str, Any] = next((one for one in forms if "data" in one), forms[0] if forms else {})
    return Document(
        origin=report.origin,
        name=report.name,
        written=report.taken or report.reported,
        authors=report.performers,
        content_type=form.get("contentType", ""),
        size=form.get("size"),
        has_file=report.has_file,
        words=report.conclusion,
    )
