"""Importing FHIR R4 bundles: one transaction a bundle, the same result however often it runs, nothing guessed.

A bad resource is refused and listed while the patient's others are stored; references to it stay, marked unresolved,
until it arrives. A bad patient refuses the bundle, because everything else would hang in the air.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
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
from tenants.people.models import Patient
from tenants.people.services import IdentifierTaken, record_patient
from tenants.records import permissions
from tenants.records.bundles import MAXIMUM_BYTES, BundleRefused, BundleUnreadable, read_bundle, read_json
from tenants.records.events import BundleImported
from tenants.records.indexing import token
from tenants.records.models import ImportEntry, ImportRun, Resource, UnresolvedReference
from tenants.records.patients import patient_facts
from tenants.records.references import (
    LOCAL,
    SEARCH,
    URN,
    needs_a_target,
    paths_to,
    reference_holders,
    replace_references,
)
from tenants.records.search_parameters import DECLARATIONS
from tenants.records.services.storing import Draft, create_resources, digest_of, replace_resources
from tenants.records.validation import RESOURCE_ID, Fault, Problem, problems_of

# Serialises the imports of one hospital: two bundles may carry the same practitioner. Advisory locks belong to the
# whole database, so the schema's name is part of the key.
IMPORT_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || ':records.import', 0))"
_CHUNK = 5_000
_PATH_LENGTH = 200
_TARGET_LENGTH = 400
_FILE_ENDINGS = (".json", ".json.gz")
# Files of places and staff come first when a folder has them, so that visits find them.
_EARLY_NAMES = ("hospitalinformation", "organization", "practitionerinformation", "location")


class BadPatient(BundleRefused):
    """The bundle's patient cannot be stored, so nothing of it is."""

    code = "bad_patient"
    message = _("The patient of this file cannot be stored, so nothing of the file was imported.")


class PatientIdentifierTaken(BundleRefused):
    """One of the patient's numbers is another patient's."""

    code = "identifier_taken"
    message = _("Another patient already has an identifier of this file's patient. Nothing of the file was imported.")


class NothingToImport(BundleRefused):
    """The paths lead to no file that could be a bundle."""

    code = "nothing_to_import"
    message = _("There is no .json or .json.gz file at this path.")


@dataclass(frozen=True, slots=True)
class Refusal:
    """One entry that was not stored: its place in the bundle and everything wrong with it."""

    entry: int
    type: str
    problems: tuple[Problem, ...]

    def as_json(self) -> dict[str, Any]:
        """The form in which it is kept with the import."""
        return {
            "entry": self.entry,
            "type": self.type,
            "problems": [{"path": problem.path, "fault": problem.fault.value} for problem in self.problems],
        }


@dataclass(frozen=True, slots=True)
class BundleResult:
    """What became of one file. ``reason`` is empty unless the file was refused as a whole."""

    name: str
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refusals: tuple[Refusal, ...] = ()
    reason: str = ""
    patients: tuple[UUID, ...] = ()

    @property
    def refused(self) -> int:
        """How many entries were not stored."""
        return len(self.refusals)


@dataclass(slots=True)
class ImportSummary:
    """What became of all files of a run; ``results`` has only files with something to tell (refusals)."""

    files: int = 0
    skipped: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0
    results: list[BundleResult] = field(default_factory=list)

    def add(self, result: BundleResult) -> None:
        """Count one file."""
        self.files += 1
        self.created += result.created
        self.updated += result.updated
        self.unchanged += result.unchanged
        self.refused += result.refused
        if result.refusals or result.reason:
            self.results.append(result)


@dataclass(frozen=True, slots=True)
class ImportProgress:
    """Told after each file: how many of ``total`` are behind us, those of an earlier, stopped run included."""

    done: int
    total: int
    result: BundleResult


@dataclass(frozen=True, slots=True)
class _Known:
    """What is stored under an identity."""

    key: UUID
    version: int
    digest: bytes
    patient_id: UUID | None


@dataclass(slots=True)
class _Entry:
    """An entry of a bundle that has an identity. ``address`` is ``Type/id``."""

    position: int
    resource: dict[str, Any]
    type: str
    fhir_id: str
    problems: list[Problem] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"{self.type}/{self.fhir_id}"


def import_bundle(
    *, access: Access, content: bytes, source: str, name: str = "", run: ImportRun | None = None, position: int = 0
) -> BundleResult:
    """Store the resources of one bundle (JSON or gzip of it) in the hospital in context.

    ``source`` names the system it came from, ``name`` the file; ``run`` and ``position`` belong to ``import_paths``.
    Raises a BundleRefused when the file as a whole is not taken; that, too, is kept as an ImportEntry.
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
        bundle = read_bundle(content)
        with transaction.atomic():
            result = _store_bundle(bundle, access, source, name, refusals)
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
            entry.state, entry.reason = ImportEntry.State.REFUSED, refusal.code
            entry.refused, entry.refusals = len(refusals), [one.as_json() for one in refusals]
            entry.save(force_insert=True)
            audit.record(access, action="records.import_refused", target=entry, detail={"reason": refusal.code})
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

    A run that was stopped is continued by the same call: files that were done are not read again. A run of files that
    are all done starts over and finds everything unchanged. Refused files are counted and listed, not raised.
    Raises NothingToImport.
    """
    access.require(permissions.IMPORT)
    files = bundle_files(paths)
    if not files:
        raise NothingToImport
    run, done = _open_run(files, source)
    summary = ImportSummary(skipped=len(done))
    for position, path in enumerate(files):
        if position in done:
            continue
        result = _import_file(access, path, source, run, position)
        summary.add(result)
        if progress is not None:
            progress(ImportProgress(done=summary.files + summary.skipped, total=len(files), result=result))
    _finish(run)
    return summary


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
        # One byte more than the limit is enough to refuse, however large the file is or grows.
        with path.open("rb") as file:
            content = file.read(MAXIMUM_BYTES + 1)
    except OSError:
        ImportEntry.objects.create(
            run=run,
            position=position,
            name=name[-255:],
            digest=_digest(b""),
            finished_at=clock.now(),
            state=ImportEntry.State.REFUSED,
            reason=BundleUnreadable.code,
        )
        return BundleResult(name=name, reason=BundleUnreadable.code)
    try:
        return import_bundle(access=access, content=content, source=source, name=name, run=run, position=position)
    except BundleRefused as refusal:
        entry = ImportEntry.objects.get(run=run, position=position)
        return BundleResult(
            name=name, reason=refusal.code, refusals=tuple(_refusal_from(one) for one in entry.refusals)
        )


def _printable(name: str) -> str:
    """A file's name as it can be stored and printed: one that somebody made up can hold lines, colours and no UTF-8."""
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in name)


def _refusal_from(stored: dict[str, Any]) -> Refusal:
    problems = tuple(Problem(one["path"], Fault(one["fault"])) for one in stored["problems"])
    return Refusal(stored["entry"], stored["type"], problems)


def _open_run(files: Sequence[Path], source: str) -> tuple[ImportRun, set[int]]:
    """The unfinished run of exactly these files, with the positions it has done, or a new one."""
    listing = "\n".join([source, *(f"{file.resolve()}\t{file.stat().st_size}" for file in files)])
    key = _digest(listing.encode(errors="surrogateescape"))
    run = ImportRun.objects.filter(key=key, state=ImportRun.State.RUNNING).order_by("-started_at").first()
    if run is None:
        run = ImportRun.objects.create(source=source, key=key, total=len(files), started_at=clock.now())
        return run, set()
    return run, set(run.entries.values_list("position", flat=True))


def _finish(run: ImportRun) -> None:
    run.state, run.finished_at = ImportRun.State.FINISHED, clock.now()
    run.save(update_fields=["state", "finished_at"])


def _digest(content: bytes) -> str:
    return blake2b(content, digest_size=16).hexdigest()


def _store_bundle(
    bundle: dict[str, Any], access: Access, source: str, name: str, refusals: list[Refusal]
) -> BundleResult:
    """The whole of one bundle inside the caller's transaction; ``refusals`` is filled even when it raises."""
    zone = ZoneInfo(current_hospital().time_zone)
    received_at = clock.now()
    entries = _read_entries(bundle, refusals)
    with connection.cursor() as cursor:
        cursor.execute(IMPORT_LOCK)
    stored = _stored({entry.fhir_id for entry in entries})
    arriving = {entry.fhir_id for entry in entries if entry.type == "Patient"}
    patients = _known_patients(arriving | {subject for entry in entries if (subject := _subject(entry))})
    accepted = []
    for entry in entries:
        entry.problems = _problems_with_patient(entry, stored, patients, arriving)
        if entry.problems:
            refusals.append(Refusal(entry.position, entry.type, tuple(entry.problems)))
        else:
            accepted.append(entry)
    created: list[Draft] = []
    updated: list[Draft] = []
    for entry in sorted(accepted, key=lambda entry: entry.type != "Patient"):
        known, digest = stored.get((entry.type, entry.fhir_id)), digest_of(entry.resource)
        is_unchanged = known is not None and known.digest == digest
        if entry.type == "Patient" and not (is_unchanged and entry.fhir_id in patients):
            patients[entry.fhir_id] = _record_patient(entry, access, source)
        if is_unchanged:
            continue
        patient_id = patients.get(_subject(entry))
        if known is None:
            created.append(Draft(uuid7(), entry.resource, patient_id, 1, digest))
        else:
            updated.append(Draft(known.key, entry.resource, patient_id, known.version + 1, digest))
    unresolved = _resolve_references(created + updated, {entry.address for entry in accepted})
    create_resources(created, source=source, received_at=received_at, zone=zone)
    replace_resources(updated, source=source, received_at=received_at, zone=zone)
    UnresolvedReference.objects.filter(resource__in=[draft.key for draft in updated]).delete()
    UnresolvedReference.objects.bulk_create(unresolved)
    _welcome(created, source=source, received_at=received_at, zone=zone)
    refusals.sort(key=lambda refusal: refusal.entry)
    subjects = dict.fromkeys(_subject(entry) for entry in accepted)
    return BundleResult(
        name=name,
        created=len(created),
        updated=len(updated),
        unchanged=len(accepted) - len(created) - len(updated),
        refusals=tuple(refusals),
        patients=tuple(patients[subject] for subject in subjects if subject),
    )


def _read_entries(bundle: dict[str, Any], refusals: list[Refusal]) -> list[_Entry]:
    """The entries that are sound in themselves, their references within the bundle already in stored form.

    Raises BadPatient.
    """
    entries: list[_Entry] = []
    addresses: dict[str, str] = {}
    seen: set[str] = set()
    for position, raw in enumerate(bundle.get("entry", [])):
        found = raw.get("resource") if isinstance(raw, dict) else None
        problems = problems_of(found)
        resource: dict[str, Any] = found if isinstance(found, dict) else {}
        kind = str(resource.get("resourceType", ""))
        fhir_id = _identity(raw, resource) if resource else ""
        address = f"{kind}/{fhir_id}"
        if not problems:
            problems = _problems_with_identity(raw, kind, fhir_id, is_repeated=address in seen)
        if LOCAL.fullmatch(address) and isinstance(raw.get("fullUrl"), str):
            # Also for an entry that is refused: what refers to it knows its name when it comes another day.
            addresses.setdefault(_url_key(raw["fullUrl"]), address)
        if problems:
            refusals.append(Refusal(position, kind if kind in DECLARATIONS else "", tuple(problems)))
            if kind == "Patient":
                raise BadPatient
            continue
        seen.add(address)
        resource["id"] = fhir_id
        entries.append(_Entry(position, resource, kind, fhir_id))
    for entry in entries:
        for holder in reference_holders(entry.resource):
            local = addresses.get(_url_key(holder["reference"]))
            if local:
                holder["reference"] = local
    return entries


def _url_key(url: str) -> str:
    """UUIDs compare without case (RFC 9562 section 4), other addresses with it."""
    return url.lower() if url.startswith(URN) else url


def _problems_with_identity(raw: dict[str, Any], kind: str, fhir_id: str, *, is_repeated: bool) -> list[Problem]:
    if not fhir_id:
        return [Problem(f"{kind}.id", Fault.NO_IDENTITY)]
    if is_repeated:
        return [Problem(f"{kind}.id", Fault.DUPLICATE)]
    request = raw.get("request", {})
    if not isinstance(request, dict) or request.get("method", "PUT") not in ("POST", "PUT"):
        return [Problem("request.method", Fault.NOT_SUPPORTED)]
    return []


def _identity(raw: dict[str, Any], resource: dict[str, Any]) -> str:
    """The id under which a resource is stored: its own, else that of its ``fullUrl``; never an invented one.

    A server would invent ids for a transaction's new resources; then importing twice would store everything twice.
    """
    own = resource.get("id")
    if own is not None:
        return own if isinstance(own, str) and RESOURCE_ID.fullmatch(own) else ""
    full_url = raw.get("fullUrl")
    if not isinstance(full_url, str):
        return ""
    last = _url_key(full_url).removeprefix(URN) if full_url.startswith(URN) else full_url.rpartition("/")[2]
    return last if RESOURCE_ID.fullmatch(last) else ""


def _subject(entry: _Entry) -> str:
    """The FHIR id of the patient a resource is about; empty when it names none."""
    if entry.type == "Patient":
        return entry.fhir_id
    find = DECLARATIONS[entry.type].patient
    for holder in find(entry.resource) if find else []:
        target = holder.get("reference", "")
        if target.startswith("Patient/"):
            return str(target.removeprefix("Patient/"))
    return ""


def _problems_with_patient(
    entry: _Entry, stored: Mapping[tuple[str, str], _Known], patients: Mapping[str, UUID], arriving: set[str]
) -> list[Problem]:
    """What is about somebody must be about somebody we know, and about the same person as before."""
    parameter = DECLARATIONS[entry.type].by_name.get("patient")
    if parameter is None:
        return []
    subject = _subject(entry)
    known = stored.get((entry.type, entry.fhir_id))
    if subject not in patients and subject not in arriving:
        return [Problem(f"{entry.type}.{parameter.path}", Fault.NO_PATIENT)]
    if known is not None and known.patient_id != patients.get(subject):
        return [Problem(f"{entry.type}.{parameter.path}", Fault.OTHER_PATIENT)]
    return []


def _record_patient(entry: _Entry, access: Access, source: str) -> UUID:
    try:
        return record_patient(access=access, facts=patient_facts(entry.resource), source=source).pk
    except IdentifierTaken as error:
        raise PatientIdentifierTaken from error


def _stored(fhir_ids: Iterable[str]) -> dict[tuple[str, str], _Known]:
    return {
        (kind, fhir_id): _Known(key, version, bytes(digest), patient_id)
        for some in _chunks(fhir_ids)
        for kind, fhir_id, key, version, digest, patient_id in Resource.objects.filter(fhir_id__in=some).values_list(
            "type", "fhir_id", "pk", "version", "digest", "patient_id"
        )
    }


def _known_patients(fhir_ids: Iterable[str]) -> dict[str, UUID]:
    return {
        fhir_id: key
        for some in _chunks(fhir_ids)
        for fhir_id, key in Patient.objects.filter(fhir_id__in=some).values_list("fhir_id", "pk")
    }


def _chunks(values: Iterable[str]) -> Iterator[list[str]]:
    """Lists short enough for one statement: PostgreSQL takes 65,535 parameters."""
    rest = sorted(values)
    for start in range(0, len(rest), _CHUNK):
        yield rest[start : start + _CHUNK]


def _resolve_references(drafts: Sequence[Draft], present: set[str]) -> list[UnresolvedReference]:
    """Give what refers to stored resources in other words its local form, and list what leads nowhere yet.

    The digest stays that of the source's words, so the same bundle is unchanged the next time.
    """
    wanted: dict[UUID, set[str]] = {}
    for draft in drafts:
        targets = {holder["reference"] for holder in reference_holders(draft.resource)}
        missing = {target for target in targets if target not in present and needs_a_target(target)}
        if missing:
            wanted[draft.key] = missing
    if not wanted:
        return []
    found = _find_targets(set().union(*wanted.values()), drafts)
    unresolved = []
    for draft in drafts:
        missing = wanted.get(draft.key, set())
        lost = {target for target in missing if target not in found}
        replace_references(draft.resource, {target: found[target] for target in missing - lost})
        unresolved += [
            UnresolvedReference(
                resource_id=draft.key, path=path[:_PATH_LENGTH], target=_url_key(target)[:_TARGET_LENGTH]
            )
            for path, target in paths_to(draft.resource, lost)
        ]
    return unresolved


def _find_targets(targets: set[str], drafts: Sequence[Draft]) -> dict[str, str]:
    """The local form of each wanted reference whose target is stored or in this bundle, and is the only one."""
    local = {target: f"{match[1]}/{match[2]}" for target in targets if (match := LOCAL.fullmatch(target))}
    urns = {target: _url_key(target).removeprefix(URN) for target in targets if target.startswith(URN)}
    types: dict[str, set[str]] = defaultdict(set)
    for some in _chunks({address.partition("/")[2] for address in local.values()} | set(urns.values())):
        for kind, fhir_id in Resource.objects.filter(fhir_id__in=some).values_list("type", "fhir_id"):
            types[fhir_id].add(kind)
    found = {
        target: target
        for target, address in local.items()
        if address.partition("/")[0] in types[address.partition("/")[2]]
    }
    for target, fhir_id in urns.items():
        if len(types[fhir_id]) == 1:
            found[target] = f"{next(iter(types[fhir_id]))}/{fhir_id}"
    found.update(_find_by_identifier({target for target in targets if SEARCH.fullmatch(target)}, drafts))
    return found


def _find_by_identifier(searches: set[str], drafts: Sequence[Draft]) -> dict[str, str]:
    if not searches:
        return {}
    owners: dict[str, set[str]] = defaultdict(set)
    for draft in drafts:
        for search in _identifier_searches(draft.resource):
            owners[search].add(f"{draft.type}/{draft.fhir_id}")
    tokens = {token("identifier", search.partition("?identifier=")[2]): search for search in searches}
    kinds = {search.partition("?")[0] for search in searches}
    rows = Resource.objects.filter(type__in=kinds, tokens__overlap=list(tokens)).values_list(
        "type", "fhir_id", "tokens"
    )
    for kind, fhir_id, entries in rows:
        for entry in entries:
            if tokens.get(entry, "").startswith(f"{kind}?"):
                owners[tokens[entry]].add(f"{kind}/{fhir_id}")
    return {search: next(iter(owners[search])) for search in searches if len(owners[search]) == 1}


def _identifier_searches(resource: dict[str, Any]) -> list[str]:
    """The searches by which others may refer to this resource."""
    identifiers = resource.get("identifier", [])
    return [
        f"{resource['resourceType']}?identifier={one['system']}|{one['value']}"
        for one in (identifiers if isinstance(identifiers, list) else [identifiers])
        if one.get("system") and one.get("value")
    ]


def _welcome(created: Sequence[Draft], *, source: str, received_at: datetime, zone: tzinfo) -> None:
    """Resolve what has been waiting for these resources. Waiting words (urn, search) become local references."""
    names: dict[str, str] = {}
    for draft in created:
        address = f"{draft.type}/{draft.fhir_id}"
        for name in (address, f"{URN}{draft.fhir_id.lower()}", *_identifier_searches(draft.resource)):
            names[name[:_TARGET_LENGTH]] = address
    waiting = [row for some in _chunks(names) for row in UnresolvedReference.objects.filter(target__in=some)]
    reworded = [row for row in waiting if row.target != names[row.target]]
    replacements: dict[UUID, dict[str, str]] = defaultdict(dict)
    for row in reworded:
        replacements[row.resource_id][row.target] = names[row.target]
    drafts = []
    for stored in Resource.objects.filter(pk__in=replacements):
        resource = read_json(bytes(stored.content))
        words = {holder["reference"] for holder in reference_holders(resource)}
        known = replacements[stored.pk]
        replace_references(resource, {word: known[_url_key(word)] for word in words if _url_key(word) in known})
        drafts.append(Draft(stored.pk, resource, stored.patient_id, stored.version + 1, bytes(stored.digest)))
    replace_resources(drafts, source=source, received_at=received_at, zone=zone)
    UnresolvedReference.objects.filter(pk__in=[row.pk for row in waiting]).delete()
