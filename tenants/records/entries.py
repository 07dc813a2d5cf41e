"""The entries of a bundle: which are sound, under which identity each is stored, and whom it is about.

Nothing here knows the database.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from tenants.records.bundles import BundleRefused
from tenants.records.dates import parse_moment
from tenants.records.references import LOCAL, URN, reference_holders, url_key
from tenants.records.search_parameters import DECLARATIONS
from tenants.records.validation import RESOURCE_ID, Fault, Problem, problems_of


class BadPatient(BundleRefused):
    """The bundle's patient cannot be stored, so nothing of it is."""

    code = "bad_patient"
    message = _("The patient of this file cannot be stored, so nothing of the file was imported.")


@dataclass(frozen=True, slots=True)
class Refusal:
    """One entry that was not stored, or whose merge is held: its index in the bundle and everything wrong with it."""

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


@dataclass(slots=True)
class Entry:
    """An entry of a bundle that has an identity. ``address`` is ``Type/id``."""

    position: int
    resource: dict[str, Any]
    type: str
    fhir_id: str
    problems: list[Problem] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"{self.type}/{self.fhir_id}"


def read_entries(bundle: dict[str, Any], refusals: list[Refusal]) -> list[Entry]:
    """The entries that are sound in themselves, their references within the bundle already in stored form.

    Raises BadPatient.
    """
    entries: list[Entry] = []
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
            addresses.setdefault(url_key(raw["fullUrl"]), address)
        if problems:
            refusals.append(Refusal(position, kind if kind in DECLARATIONS else "", tuple(problems)))
            if kind == "Patient":
                raise BadPatient
            continue
        seen.add(address)
        resource["id"] = fhir_id
        entries.append(Entry(position, resource, kind, fhir_id))
    for entry in entries:
        for holder in reference_holders(entry.resource):
            local = addresses.get(url_key(holder["reference"]))
            if local:
                holder["reference"] = local
    return entries


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
    last = url_key(full_url).removeprefix(URN) if full_url.startswith(URN) else full_url.rpartition("/")[2]
    return last if RESOURCE_ID.fullmatch(last) else ""


def updated_at(entry: Entry) -> datetime | None:
    """When the source last changed a resource (``meta.lastUpdated``); None when it does not say."""
    said = entry.resource.get("meta", {}).get("lastUpdated")
    return parse_moment(said).start if said else None


def subject_of(entry: Entry) -> str:
    """The FHIR id of the patient a resource is about; empty when it names none."""
    if entry.type == "Patient":
        return entry.fhir_id
    find = DECLARATIONS[entry.type].patient
    for holder in find(entry.resource) if find else []:
        target = holder.get("reference", "")
        if target.startswith("Patient/"):
            return str(target.removeprefix("Patient/"))
    return ""
