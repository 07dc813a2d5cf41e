"""Importing FHIR R4 bundles: one transaction a bundle, the same result however often it runs, nothing guessed.

A bad resource is refused and listed while the patient's others are stored; references to it stay, marked unresolved,
until it arrives. A bad patient refuses the bundle, because everything else would hang in the air. A merge of patients
that may be of two people is held and listed, and both stay as they are (tenants/people/merges.py).
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from kernel import audit, clock
from kernel.events import publish
from kernel.ids import uuid7
from kernel.permissions import Access
from kernel.tenancy.scope import current_hospital
from tenants.people.merges import Obstacle, held_merges, note_held
from tenants.people.models import Patient
from tenants.people.selectors import survivors
from tenants.people.services import IdentifierTaken, PatientFacts, record_patient, replace_patient
from tenants.records import permissions
from tenants.records.bundles import MAXIMUM_BYTES, BundleRefused, BundleUnreadable, read_bundle
from tenants.records.entries import Entry, Refusal, read_entries, subject_of, updated_at
from tenants.records.events import BundleImported
from tenants.records.models import ImportEntry, ImportRun, Resource, SeenResult, UnresolvedReference
from tenants.records.outcomes import BundleResult, ImportProgress, ImportSummary
from tenants.records.patients import patient_facts
from tenants.records.search_parameters import DECLARATIONS
from tenants.records.services.linking import resolve_references, resolve_waiting
from tenants.records.services.merging import move_resources, waiting_for
from tenants.records.services.storing import Draft, create_resources, digest_of, in_chunks, replace_resources
from tenants.records.validation import Fault, Problem

# Serialises the imports of one hospital: two bundles may carry the same practitioner. Advisory locks belong to the
# whole database, so the schema's name is part of the key.
IMPORT_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || ':records.import', 0))"
_FILE_ENDINGS = (".json", ".json.gz")
# Files of places and staff come first when a folder has them, so that visits find them.
_EARLY_NAMES = ("hospitalinformation", "organization", "practitionerinformation", "location")


class PatientIdentifierTaken(BundleRefused):
    """One of the patient's numbers is another patient's."""

    code = "identifier_taken"
    message = _("Another patient already has an identifier of this file's patient. Nothing of the file was imported.")


class ImportedBeside(Exception):
    """Another process imports the same files at the same time, and has done this one."""


class NothingToImport(BundleRefused):
    """The paths lead to no file that could be a bundle."""

    code = "nothing_to_import"
    message = _("There is no .json or .json.gz file at this path.")


@dataclass(frozen=True, slots=True)
class _Known:
    """What is stored under an identity."""

    key: UUID
    version: int
    digest: bytes
    patient_id: UUID | None
    source: str
    source_updated_at: datetime | None

    def is_newer_than(self, entry: Entry, source: str) -> bool:
        """Whether the same source has sent a later version already: an old export must not undo a new one.

        Clocks of two sources say nothing about each other, and a version without a time is taken as it comes.
        """
        said = updated_at(entry)
        return (
            source == self.source
            and said is not None
            and self.source_updated_at is not None
            and said < self.source_updated_at
        )


def import_bundle(
    *, access: Access, content: bytes, source: str, name: str = "", run: ImportRun | None = None, position: int = 0
) -> BundleResult:
    """Store the resources of one bundle (JSON or gzip of it) in the hospital in context.

    ``source`` names the system it came from, ``name`` the file; ``run`` and ``position`` belong to ``import_paths``.
    Raises a BundleRefused when the file as a whole is not taken; that, too, is kept as an ImportEntry. Raises
    ImportedBeside when the run has the file already.
    """
    access.require(permissions.IMPORT)
    if run is None:
        run = ImportRun.objects.create(source=source, key=_digest(content), total=1, started_at=clock.now())
        try:
            return import_bundle(access=access, content=content, source=source, name=name, run=run)
        finally:
            _finish(run)
    entry = ImportEntry(run=run, position=position, name=name[-255:], digest=_digest(content), finished_at=clock.now())
    refusals: list[Refusal] = []
    try:
        entries = read_entries(read_bundle(content), refusals)
        with transaction.atomic():
            _begin(run, position)
            result = _store_entries(entries, access, source, name, refusals)
            entry.state = ImportEntry.State.IMPORTED
            entry.created, entry.updated, entry.unchanged = result.created, result.updated, result.unchanged
            entry.refused = result.refused
            entry.refusals = [refusal.as_json() for refusal in result.refusals]
            entry.save(force_insert=True)
            audit.record(
                access,
                action="records.imported",
                target=entry,
                subject=result.patients[0] if len(result.patients) == 1 else None,
                detail={
                    "source": source,
                    "created": result.created,
                    "updated": result.updated,
                    "unchanged": result.unchanged,
                    "refused": result.refused,
                    "held": result.held,
                },
            )
            if result.created or result.updated:
                publish(
                    BundleImported(
                        entry_id=entry.pk, patients=result.patients, created=result.created, updated=result.updated
                    )
                )
    except BundleRefused as refusal:
        with transaction.atomic():
            _begin(run, position)
            entry.state, entry.reason = ImportEntry.State.REFUSED, refusal.code
            entry.refused, entry.refusals = len(refusals), [one.as_json() for one in refusals]
            entry.save(force_insert=True)
            _record_refused(access, entry)
        raise
    return result


def import_paths(
    *,
    access: Access,
    paths: Sequence[Path],
    source: str,
    progress: Callable[[ImportProgress], None] | None = None,
) -> ImportSummary:
    """Import files and folders (``.json``, ``.json.gz``), a transaction each.

    A run that was stopped is continued by the same call, as long as path, size and time of change of every file
    are the same: files that were done are not read again. Two processes that import the same files at the same time
    share a run: each file is imported by one of them. A run of files that are all done starts over and finds
    everything unchanged. Refused files are counted and listed, not raised, also those of a run that was stopped.
    Raises NothingToImport.
    """
    access.require(permissions.IMPORT)
    files = bundle_files(paths)
    if not files:
        raise NothingToImport
    run, done = _open_run(files, source)
    summary = ImportSummary(skipped=len(done))
    for entry in run.entries.exclude(refusals=[], reason="").order_by("position"):
        summary.add_refusals(_result_of(entry, files[entry.position]))
    for position, path in enumerate(files):
        if position in done:
            continue
        try:
            result = _import_file(access, path, source, run, position)
            summary.add(result)
        except ImportedBeside:
            result = _result_of(run.entries.get(position=position), path)
            summary.skipped += 1
            summary.add_refusals(result)
        if progress is not None:
            progress(ImportProgress(done=summary.files + summary.skipped, total=len(files), result=result))
    _finish(run)
    return summary


def rehearse_paths(
    *,
    access: Access,
    paths: Sequence[Path],
    source: str,
    progress: Callable[[ImportProgress], None] | None = None,
) -> ImportSummary:
    """What ``import_paths`` would do with each file as things are now: every file is stored and taken back.

    Nothing is kept, no run either. A file does not see what those before it would have brought.
    Raises NothingToImport.
    """
    access.require(permissions.IMPORT)
    files = bundle_files(paths)
    if not files:
        raise NothingToImport
    summary = ImportSummary()
    for path in files:
        result = _rehearse_file(access, path, source)
        summary.add(result)
        if progress is not None:
            progress(ImportProgress(done=summary.files, total=len(files), result=result))
    return summary


def _rehearse_file(access: Access, path: Path, source: str) -> BundleResult:
    name = _printable(str(path))
    refusals: list[Refusal] = []
    try:
        entries = read_entries(read_bundle(_content(path)), refusals)
        with transaction.atomic():
            _wait_for_other_imports()
            result = _store_entries(entries, access, source, name, refusals)
            transaction.set_rollback(True)
    except OSError:
        return BundleResult(name=name, reason=BundleUnreadable.code)
    except BundleRefused as refusal:
        return BundleResult(name=name, reason=refusal.code, refusals=tuple(refusals))
    return result


def _content(path: Path) -> bytes:
    # One byte more than the limit is enough to refuse, however large the file is or grows.
    with path.open("rb") as file:
        return file.read(MAXIMUM_BYTES + 1)


def bundle_files(paths: Iterable[Path]) -> list[Path]:
    """The files behind paths, folders searched to any depth, in an order that does not change."""
    found: dict[Path, None] = {}
    for path in paths:
        inside = sorted(path.rglob("*")) if path.is_dir() else [path]
        files = [file for file in inside if file.is_file() and file.name.lower().endswith(_FILE_ENDINGS)]
        for file in sorted(files, key=lambda file: not file.name.lower().startswith(_EARLY_NAMES)):
            found[file] = None
    return list(found)


def _import_file(access: Access, path: Path, source: str, run: ImportRun, position: int) -> BundleResult:
    name = _printable(path.name)
    try:
        content = _content(path)
    except OSError:
        with transaction.atomic():
            _begin(run, position)
            entry = ImportEntry.objects.create(
                run=run,
                position=position,
                name=name[-255:],
                digest=_digest(b""),
                finished_at=clock.now(),
                state=ImportEntry.State.REFUSED,
                reason=BundleUnreadable.code,
            )
            _record_refused(access, entry)
        return _result_of(entry, path)
    try:
        result = import_bundle(access=access, content=content, source=source, name=name, run=run, position=position)
    except BundleRefused:
        return _result_of(ImportEntry.objects.get(run=run, position=position), path)
    return replace(result, name=_printable(str(path)))


def _result_of(entry: ImportEntry, path: Path) -> BundleResult:
    return BundleResult(
        name=_printable(str(path)),
        reason=entry.reason,
        refusals=tuple(_refusal_from(one) for one in entry.refusals),
    )


def _record_refused(access: Access, entry: ImportEntry) -> None:
    audit.record(access, action="records.import_refused", target=entry, detail={"reason": entry.reason})


def _printable(name: str) -> str:
    """A file's name as it can be stored and printed: one that somebody made up can hold lines, colours and no UTF-8."""
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in name)


def _refusal_from(stored: dict[str, Any]) -> Refusal:
    problems = tuple(Problem(one["path"], Fault(one["fault"])) for one in stored["problems"])
    return Refusal(stored["entry"], stored["type"], problems)


def _open_run(files: Sequence[Path], source: str) -> tuple[ImportRun, set[int]]:
    """The unfinished run of exactly these files, with the positions it has done, or a new one."""
    states = [(file.resolve(), file.stat()) for file in files]
    listing = "\n".join([source, *(f"{file}\t{state.st_size}\t{state.st_mtime_ns}" for file, state in states)])
    key = _digest(listing.encode(errors="surrogateescape"))
    run = ImportRun.objects.filter(key=key, state=ImportRun.State.RUNNING).order_by("-started_at").first()
    if run is None:
        run = ImportRun.objects.create(source=source, key=key, total=len(files), started_at=clock.now())
        return run, set()
    return run, set(run.entries.values_list("position", flat=True))


def _wait_for_other_imports() -> None:
    """From here to the end of the transaction, no other bundle is stored in this hospital."""
    with connection.cursor() as cursor:
        cursor.execute(IMPORT_LOCK)


def _begin(run: ImportRun, position: int) -> None:
    """Raises ImportedBeside when the run has this file; from here on nobody else does it."""
    _wait_for_other_imports()
    if run.entries.filter(position=position).exists():
        raise ImportedBeside


def _finish(run: ImportRun) -> None:
    run.state, run.finished_at = ImportRun.State.FINISHED, clock.now()
    run.save(update_fields=["state", "finished_at"])


def _digest(content: bytes) -> str:
    return blake2b(content, digest_size=16).hexdigest()


def _store_entries(
    entries: Sequence[Entry], access: Access, source: str, name: str, refusals: list[Refusal]
) -> BundleResult:
    """The sound entries of one bundle inside the caller's transaction, which keeps other imports out.

    ``refusals`` has those of the others, and is filled even when it raises.
    """
    zone = ZoneInfo(current_hospital().time_zone)
    received_at = clock.now()
    stored = _stored({entry.fhir_id for entry in entries})
    arriving = {entry.fhir_id for entry in entries if entry.type == "Patient"}
    patients = _known_patients(arriving | {subject for entry in entries if (subject := subject_of(entry))})
    accepted = []
    for entry in entries:
        entry.problems = _problems_with_patient(entry, stored, patients, arriving)
        if entry.problems:
            refusals.append(Refusal(entry.position, entry.type, tuple(entry.problems)))
        else:
            accepted.append(entry)
    digests = {entry.address: digest_of(entry.resource) for entry in accepted}
    unchanged = {
        entry.address
        for entry in accepted
        if (known := stored.get((entry.type, entry.fhir_id))) is not None
        and (known.digest == digests[entry.address] or known.is_newer_than(entry, source))
    }
    kept = _record_patients(
        [entry for entry in accepted if entry.type == "Patient"], unchanged, patients, access, source, refusals
    )
    accepted = [entry for entry in accepted if entry.type != "Patient" or entry.address in kept]
    created: list[Draft] = []
    updated: list[Draft] = []
    for entry in sorted(accepted, key=lambda entry: entry.type != "Patient"):
        known, digest = stored.get((entry.type, entry.fhir_id)), digests[entry.address]
        if entry.address in unchanged:
            continue
        patient_id = patients.get(subject_of(entry))
        key, version = (uuid7(), 1) if known is None else (known.key, known.version + 1)
        draft = Draft(key, entry.resource, patient_id, version, digest, source, received_at, updated_at(entry))
        (created if known is None else updated).append(draft)
    unresolved = resolve_references(created + updated, {entry.address for entry in accepted})
    create_resources(created, zone=zone)
    replace_resources(updated, zone=zone)
    # Whoever opened the version before has not seen this one.
    SeenResult.objects.filter(resource__in=[draft.key for draft in updated]).delete()
    _keep_newer_times([entry for entry in accepted if entry.address in unchanged], stored, source)
    UnresolvedReference.objects.filter(resource__in=[draft.key for draft in updated]).delete()
    UnresolvedReference.objects.bulk_create(unresolved)
    resolve_waiting(created, zone=zone)
    refusals.sort(key=lambda refusal: refusal.entry)
    subjects = dict.fromkeys(subject_of(entry) for entry in accepted)
    return BundleResult(
        name=name,
        created=len(created),
        updated=len(updated),
        unchanged=len(accepted) - len(created) - len(updated),
        refusals=tuple(refusals),
        patients=tuple(dict.fromkeys(patients[subject] for subject in subjects if subject)),
    )


def _problems_with_patient(
    entry: Entry, stored: Mapping[tuple[str, str], _Known], patients: Mapping[str, UUID], arriving: set[str]
) -> list[Problem]:
    """What is about somebody must be about somebody we know, and about the same person as before."""
    parameter = DECLARATIONS[entry.type].by_name.get("patient")
    if parameter is None:
        return []
    subject = subject_of(entry)
    known = stored.get((entry.type, entry.fhir_id))
    if subject not in patients and subject not in arriving:
        return [Problem(f"{entry.type}.{parameter.path}", Fault.NO_PATIENT)]
    if known is not None and known.patient_id != patients.get(subject):
        return [Problem(f"{entry.type}.{parameter.path}", Fault.OTHER_PATIENT)]
    return []


def _record_patients(
    entries: Sequence[Entry],
    unchanged: Collection[str],
    patients: dict[str, UUID],
    access: Access,
    source: str,
    refusals: list[Refusal],
) -> set[str]:
    """Keep who patients are, and move what is stored about those whom the source has merged, or no longer merges.

    ``patients`` (FHIR id → the patient under whom it all stands) is brought up to date. Merges that are held are listed
    in ``refusals`` and change neither record. Returns the addresses of the entries to store: all but those of patients
    who stay as they are because they come as somebody else.
    Raises PatientIdentifierTaken, with the entry in ``refusals``.
    """
    new = [entry for entry in entries if not (entry.address in unchanged and entry.fhir_id in patients)]
    arriving = {entry.fhir_id: patient_facts(entry.resource) for entry in new}
    again = {entry.fhir_id for entry in entries if "link" in entry.resource and entry.fhir_id not in arriving}
    waiting = waiting_for(arriving, besides=arriving, themselves=again)
    beside = waiting | arriving
    if not beside:
        return {entry.address for entry in entries}
    held = held_merges(access=access, beside=beside)
    _list_held(held, beside, entries, refusals)
    note = {fhir_id: (beside[fhir_id].replaced_by_fhir_id, why) for fhir_id, why in held.items()}
    stay = {fhir_id for fhir_id, why in held.items() if why is Obstacle.CHANGED_PERSON}
    beside = {
        fhir_id: replace(one, replaced_by_fhir_id="") if fhir_id in held else one
        for fhir_id, one in beside.items()
        if fhir_id not in stay
    }
    new = [entry for entry in new if entry.fhir_id not in stay]
    before = survivors(Patient.objects.filter(fhir_id__in=waiting).values_list("pk", flat=True))
    recorded = {entry.fhir_id: _record_patient(entry, beside, access, source, refusals) for entry in new}
    before |= {key: patients.get(fhir_id, key) for fhir_id, key in recorded.items()}
    patients.update({fhir_id: key for fhir_id, key in recorded.items() if fhir_id not in patients})
    for one in beside.values():
        # Whoever replaces somebody may stand behind them in the file, or have come long after them.
        if one.replaced_by_fhir_id:
            replace_patient(access=access, fhir_id=one.fhir_id, by=one.replaced_by_fhir_id)
    note_held(access=access, merges=note)
    if move_resources(access=access, before=before):
        patients.update(_known_patients(patients))
    return {entry.address for entry in entries if entry.fhir_id not in stay}


def _list_held(
    held: Mapping[str, Obstacle],
    beside: Mapping[str, PatientFacts],
    entries: Sequence[Entry],
    refusals: list[Refusal],
) -> None:
    """List what is held at the entry that says so; at that of the one who would replace, where it came alone."""
    at = {entry.fhir_id: entry for entry in entries}
    for fhir_id, why in held.items():
        entry = at.get(fhir_id)
        path = "Patient.link"
        if entry is None:
            entry, path = at[beside[fhir_id].replaced_by_fhir_id], "Patient"
        refusals.append(Refusal(entry.position, "Patient", (Problem(path, Fault(why)),)))


def _record_patient(
    entry: Entry, beside: Mapping[str, PatientFacts], access: Access, source: str, refusals: list[Refusal]
) -> UUID:
    try:
        return record_patient(access=access, facts=beside[entry.fhir_id], source=source, beside=beside).pk
    except IdentifierTaken as error:
        taken = Problem("Patient.identifier", Fault.IDENTIFIER_TAKEN)
        refusals.append(Refusal(entry.position, entry.type, (taken,)))
        raise PatientIdentifierTaken from error


def _keep_newer_times(entries: Iterable[Entry], stored: Mapping[tuple[str, str], _Known], source: str) -> None:
    """A version that says the same as the stored one, and was written later, is what older ones compare with."""
    newer = []
    for entry in entries:
        known, said = stored[entry.type, entry.fhir_id], updated_at(entry)
        if (
            said is not None
            and source == known.source
            and (known.source_updated_at is None or said > known.source_updated_at)
        ):
            newer.append(Resource(pk=known.key, source_updated_at=said))
    Resource.objects.bulk_update(newer, ["source_updated_at"], batch_size=500)


def _stored(fhir_ids: Iterable[str]) -> dict[tuple[str, str], _Known]:
    return {
        (kind, fhir_id): _Known(key, version, bytes(digest), patient_id, source, source_updated_at)
        for some in in_chunks(fhir_ids)
        for kind, fhir_id, key, version, digest, patient_id, source, source_updated_at in Resource.objects.filter(
            fhir_id__in=some
        ).values_list("type", "fhir_id", "pk", "version", "digest", "patient_id", "source", "source_updated_at")
    }


def _known_patients(fhir_ids: Iterable[str]) -> dict[str, UUID]:
    """Under which patient everything about each of them is stored: a merged one's, under whoever replaced them."""
    found, merged = {}, set()
    for some in in_chunks(fhir_ids):
        rows = Patient.objects.filter(fhir_id__in=some).values_list("fhir_id", "pk", "replaced_by_id")
        for fhir_id, key, replaced_by in rows:
            found[fhir_id] = key
            if replaced_by is not None:
                merged.add(key)
    today = survivors(merged) if merged else {}
    return {fhir_id: today.get(key, key) for fhir_id, key in found.items()}
