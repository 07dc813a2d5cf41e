"""What facts of every kind are read from: FHIR's elements as words, names, moments and notes.

Nothing in this package queries or decides who may see what.
"""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from kernel.i18n import formats
from kernel.plain import may_hide, plain_document, plain_line
from kernel.tenancy.scope import current_hospital
from tenants.records.bundles import read_json
from tenants.records.dates import Moment, Precision, WrongDate, parse_moment
from tenants.records.models import Resource

_MARKUP = re.compile(r"<[^<>]*>")
_NARRATIVE_LENGTH = 200

Directory = Mapping[str, str]
"""Names of practitioners, places, organisations and medicines by ``Type/id``."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a fact comes from: said on screen with every fact."""

    key: UUID
    fhir_id: str
    status: str
    source: str
    received_at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class Note:
    """A remark by somebody."""

    text: str
    author: str
    written: Moment | None


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def content_of(row: Resource) -> dict[str, Any]:
    """The resource's JSON with its numbers exact, and its texts without signs that nobody sees."""
    content = bytes(row.content)
    document: dict[str, Any] = read_json(content)
    return plain_document(document) if may_hide(content) else document


def origin_of(row: Resource) -> Origin:
    """Where the fact comes from."""
    return Origin(row.pk, row.fhir_id, row.status, row.source, row.received_at, row.version)


def words_of(concept: Any) -> str:
    """A CodeableConcept or Coding in words: its text, else the first display, else the first code."""
    if not isinstance(concept, dict):
        return ""
    if concept.get("text"):
        return str(concept["text"])
    codings = [coding for coding in concept.get("coding", [concept]) if coding]
    for name in ("display", "code"):
        for coding in codings:
            if coding.get(name):
                return str(coding[name])
    return ""


def contained_in(content: Mapping[str, Any], reference: Mapping[str, Any]) -> Mapping[str, Any]:
    """The resource inside this one to which ``#id`` leads; an empty one when there is none."""
    target = reference.get("reference", "")
    inside = content.get("contained", []) if target.startswith("#") else []
    return next((one for one in inside if f"#{one.get('id')}" == target), {})


def narrative_of(content: Mapping[str, Any]) -> str:
    """The resource's own words about itself, without markup: what is left where it codes nothing."""
    words = html.unescape(_MARKUP.sub(" ", content.get("text", {}).get("div", "")))
    # What was written in markup's own way shows only now.
    return plain_line(words)[:_NARRATIVE_LENGTH]


def moment_of(element: Any) -> Moment | None:
    """When something was, from a date, dateTime, instant or Period (its start, else its end)."""
    if isinstance(element, dict):
        element = element.get("start") or element.get("end")
    if not isinstance(element, str):
        return None
    try:
        return parse_moment(element, _zone(current_hospital().time_zone))
    except WrongDate:
        return None


def moment_words(moment: Moment) -> str:
    """A date with no more precision than was said: ``2024``, ``March 2024``, ``Mar 7, 2024``."""
    if moment.precision is Precision.YEAR:
        return formats.year(formats.local(moment.start))
    if moment.precision is Precision.MONTH:
        return formats.month(moment.start)
    return formats.short_date_with_year(moment.start)


def iso_words(moment: Moment) -> str:
    """A date at the hospital with no more precision than was said, for names of files: ``2026-03-14``, ``2026-03``."""
    length = {Precision.YEAR: 4, Precision.MONTH: 7}.get(moment.precision, 10)
    return formats.local(moment.start).date().isoformat()[:length]


def choice_of(resource: Mapping[str, Any], stem: str, *types: str) -> Any:
    """The value of a choice element (``effective[x]``), whichever of the types it has."""
    return next((resource[stem + kind] for kind in types if stem + kind in resource), None)


def references_of(content: Mapping[str, Any]) -> set[str]:
    """The practitioners, places, organisations and medicines whose names a page about this resource shows."""
    holders: list[Any] = [*content.get("performer", []), *content.get("author", [])]
    holders += [content.get("requester"), content.get("location"), content.get("serviceProvider")]
    holders += [note.get("authorReference") for note in content.get("note", []) if note]
    holders.append(content.get("medicationReference"))
    for participant in content.get("participant", []):
        holders += [participant.get("individual"), participant.get("actor")]
    flat = [item for holder in holders for item in (holder if isinstance(holder, list) else [holder])]
    flat += [item.get("actor") or item.get("location") for item in flat if isinstance(item, dict)]
    return {
        item["reference"]
        for item in flat
        if isinstance(item, dict) and not item.get("display") and isinstance(item.get("reference"), str)
    }


def name_of_person(name: Mapping[str, Any]) -> str:
    """A HumanName in one line."""
    if name.get("text"):
        return str(name["text"])
    parts = [*name.get("prefix", []), *name.get("given", []), name.get("family", "")]
    return " ".join(part for part in parts if part)


def directory_name(content: Mapping[str, Any]) -> str:
    """The name of a practitioner, organisation, place or medicine."""
    name = content.get("name", "")
    if isinstance(name, list):
        return name_of_person(name[0]) if name else ""
    return str(name) or words_of(content.get("code"))


def names_of(holders: Any, directory: Directory) -> tuple[str, ...]:
    """The names behind References: what they display, else what the directory knows; each once."""
    if isinstance(holders, dict):
        holders = [holders]
    found = [
        holder.get("display") or directory.get(holder.get("reference", ""), "") for holder in holders or [] if holder
    ]
    return tuple(name for name in dict.fromkeys(found) if name)


def notes_of(content: dict[str, Any], directory: Directory) -> tuple[Note, ...]:
    """The remarks of a resource."""
    return tuple(
        Note(
            text=note["text"],
            author=note.get("authorString") or next(iter(names_of(note.get("authorReference"), directory)), ""),
            written=moment_of(note.get("time")),
        )
        for note in content.get("note", [])
        if note
    )


def first_words(concepts: Any) -> str:
    """The first of some concepts that has words."""
    return next((words for concept in concepts or [] if (words := words_of(concept))), "")
