"""Writing resources: new ones by COPY, replaced ones with their history. A step of an import, not an act of its own."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from hashlib import blake2b
from typing import Any
from uuid import UUID

from django.db import connection

from kernel.ids import uuid7
from tenants.records.bundles import write_json
from tenants.records.indexing import LABORATORY, OBSERVATION_CATEGORIES, Indexed, index_resource, token
from tenants.records.models import Resource, ResourceHistory, SearchValue

# COPY and pipelined updates are several times faster than the ORM here, and importing is bound by Python (PERFORMANCE
# xii). The statements are constants; values are parameters.
_COPY_RESOURCES = """
    COPY records_resource (id, type, fhir_id, version, patient_id, category, code, status, starts, ends, tokens,
                           content, digest, source, received_at, source_updated_at)
    FROM STDIN
"""
_COPY_VALUES = """
    COPY records_searchvalue (id, resource_id, parameter, text, starts, ends, number, unit) FROM STDIN
"""
_UPDATE_RESOURCE = """
    UPDATE records_resource
    SET version = %s, patient_id = %s, category = %s, code = %s, status = %s, starts = %s, ends = %s, tokens = %s,
        content = %s, digest = %s, source = %s, received_at = %s, source_updated_at = %s
    WHERE id = %s
"""
# What a laboratory's report lists is the laboratory's, when the source has not said what else it is.
_SORT_MEMBERS = """
    UPDATE records_resource AS member
    SET category = %s
    WHERE member.type = 'Observation'
        AND member.category <> ALL(%s)
        AND (member.id = ANY(%s) OR member.fhir_id = ANY(%s))
        AND EXISTS (
            SELECT FROM records_resource AS report
            WHERE report.type = 'DiagnosticReport'
                AND report.category = %s
                AND report.status <> 'entered-in-error'
                AND report.patient_id = member.patient_id
                AND report.tokens @> ARRAY['result=Observation/' || member.fhir_id]
        )
"""
_CHUNK = 5_000


@dataclass(slots=True)
class Draft:
    """A resource on its way into the store. ``key`` is the primary key; a new one for a resource not stored yet.

    ``source_updated_at`` is when its source last changed it, if the source says so.
    """

    key: UUID
    resource: dict[str, Any]
    patient_id: UUID | None
    version: int
    digest: bytes
    source: str
    received_at: datetime
    source_updated_at: datetime | None = None

    @property
    def type(self) -> str:
        """The resource's type."""
        return str(self.resource["resourceType"])

    @property
    def fhir_id(self) -> str:
        """The resource's id."""
        return str(self.resource["id"])


def digest_of(resource: dict[str, Any]) -> bytes:
    """The fingerprint of what the source says: canonical order, without what the store itself adds to ``meta``."""
    meta = {name: value for name, value in resource.get("meta", {}).items() if name not in {"versionId", "lastUpdated"}}
    plain = {name: value for name, value in resource.items() if name != "meta"}
    if meta:
        plain["meta"] = meta
    return blake2b(write_json(plain, sort_keys=True), digest_size=16).digest()


def content_of(draft: Draft) -> bytes:
    """The bytes that are served: id and version first, the rest in the order in which it came."""
    rest = {name: value for name, value in draft.resource.items() if name not in {"resourceType", "id", "meta"}}
    stamp = draft.received_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    meta = {**draft.resource.get("meta", {}), "versionId": str(draft.version), "lastUpdated": stamp}
    return write_json({"resourceType": draft.type, "id": draft.fhir_id, "meta": meta, **rest})


def create_resources(drafts: Sequence[Draft], *, zone: tzinfo) -> None:
    """Store new resources and everything that finds them."""
    if not drafts:
        return
    indexed = [index_resource(draft.resource, zone) for draft in drafts]
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(_COPY_RESOURCES) as copy:
        for draft, index in zip(drafts, indexed, strict=True):
            copy.write_row((draft.key, draft.type, draft.fhir_id, *_columns(draft, index)))
    _copy_values(zip((draft.key for draft in drafts), indexed, strict=True))
    _sort_members(drafts, indexed)


def replace_resources(drafts: Sequence[Draft], *, zone: tzinfo) -> None:
    """Store new versions of resources; what they replace goes to the history."""
    if not drafts:
        return
    keys = [draft.key for draft in drafts]
    ResourceHistory.objects.bulk_create(
        ResourceHistory(resource_id=key, version=version, content=bytes(content), source=origin, received_at=received)
        for key, version, content, origin, received in Resource.objects.filter(pk__in=keys).values_list(
            "pk", "version", "content", "source", "received_at"
        )
    )
    rewrite_resources(drafts, zone=zone)


def rewrite_resources(drafts: Sequence[Draft], *, zone: tzinfo) -> None:
    """Store other content under resources without keeping what was there; only for data that nobody relies on."""
    keys = [draft.key for draft in drafts]
    SearchValue.objects.filter(resource__in=keys).delete()
    indexed = [index_resource(draft.resource, zone) for draft in drafts]
    with connection.cursor() as cursor:
        cursor.executemany(
            _UPDATE_RESOURCE,
            [(*_columns(draft, index), draft.key) for draft, index in zip(drafts, indexed, strict=True)],
        )
    _copy_values(zip(keys, indexed, strict=True))
    _sort_members(drafts, indexed)


def _columns(draft: Draft, index: Indexed) -> tuple[Any, ...]:
    """What a new resource and a replaced one both store, in the order of the two statements."""
    return (
        draft.version,
        draft.patient_id,
        index.category,
        index.code,
        index.status,
        index.starts,
        index.ends,
        index.tokens,
        content_of(draft),
        draft.digest,
        draft.source,
        draft.received_at,
        draft.source_updated_at,
    )


def _sort_members(drafts: Sequence[Draft], indexed: Sequence[Indexed]) -> None:
    """Count observations without a category of HL7's as laboratory when a stored report of a laboratory lists them.

    Report and observations may come together or one after the other, so both sides look for the other.
    """
    both = list(zip(drafts, indexed, strict=True))
    observations = [(draft, index.category) for draft, index in both if draft.type == "Observation"]
    loose = [draft.key for draft, category in observations if category not in OBSERVATION_CATEGORIES]
    sorted_out = {draft.fhir_id for draft, category in observations if category in OBSERVATION_CATEGORIES}
    prefix = token("result", "Observation/")
    listed = {
        entry.removeprefix(prefix)
        for draft, index in both
        if draft.type == "DiagnosticReport" and index.category == LABORATORY
        for entry in index.tokens
        if entry.startswith(prefix)
    }
    members = sorted(listed - sorted_out)
    if loose or members:
        with connection.cursor() as cursor:
            known = sorted(OBSERVATION_CATEGORIES)
            cursor.execute(_SORT_MEMBERS, [LABORATORY, known, loose, members, LABORATORY])


def _copy_values(rows: Iterable[tuple[UUID, Indexed]]) -> None:
    values = [(key, value) for key, index in rows for value in index.values]
    if not values:
        return
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(_COPY_VALUES) as copy:
        for key, value in values:
            copy.write_row(
                (uuid7(), key, value.parameter, value.text, value.starts, value.ends, value.number, value.unit)
            )


def in_chunks(values: Iterable[str]) -> Iterator[list[str]]:
    """Lists short enough for one statement: PostgreSQL takes 65,535 parameters."""
    rest = sorted(values)
    for start in range(0, len(rest), _CHUNK):
        yield rest[start : start + _CHUNK]
