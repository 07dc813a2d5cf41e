"""Which of the merges that a source tells of are followed, and which are held until what speaks against them is put
right: in the source, or by ending an account's link.

FHIR R4 (Patient.link, LinkType) says of a patient with a link ``replaced-by`` that the record it leads to must be used
instead. Whoever owns the first then reads the second as their own, so a single wrong entry would open somebody else's
record to them. Two people in one record (AHIMA calls it an overlay) are worse than one person in two, and taking them
apart again undoes nothing that was read. So a merge is followed by itself only where nothing speaks against it:

* both were born on the same day, and the day is known, not only its month or year. Twins have this and the family name
  in common, so
* they share a whole name, however it is spelt: today's, an old one, one in another script. A nickname is none. Sources
  that put records together leave the other name with the one that stays.
* at most one of the two is the own record of an account: which of two accounts is right, a program must not guess;
* the one who is replaced does not come as another person in the same entry, and the one who replaces not under another
  name in the same act, else every record could be made to fit;
* nobody is replaced by themselves in the end: all of such a circle would be gone.

What is held leaves both records apart, and is judged again when the source sends either of them again. What was once
followed is not judged again, because names change in life: it stands until the source takes it back, or tells of
another merge in its place, also of one that is held.

What this cannot see: a source that first writes one patient over another, in an act of its own, and merges them later.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from django.db.models import Q

from kernel import audit, clock
from kernel.audit.models import AuditEntry
from kernel.permissions import Access
from tenants.people import permissions
from tenants.people.models import Patient, PatientLink, PatientName
from tenants.people.names import search_key, written
from tenants.people.selectors import replaced
from tenants.people.services import PatientFacts

_CHUNK = 5_000
# What people are called tells nobody from anybody: two of a family may be called the same.
_CALLED = (PatientName.Use.PREFERRED, PatientName.Use.NICKNAME)


class Obstacle(StrEnum):
    """Why a merge is held. The words are stored with imports and in the trail."""

    OTHER_PERSON = "merge_other_person"
    TWO_ACCOUNTS = "merge_two_accounts"
    CHANGED_PERSON = "merge_changed_person"
    CIRCLE = "merge_circle"


@dataclass(frozen=True, slots=True)
class _Person:
    """What tells one person from another: the day of birth with its precision, and the keys of whole names."""

    born: tuple[date, str] | None
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Row:
    """A stored patient."""

    key: UUID
    replaced_by: str
    born: tuple[date, str] | None


def held_merges(*, access: Access, beside: Mapping[str, PatientFacts]) -> dict[str, Obstacle]:
    """Whose merge is not to be followed, by FHIR id, and why: before anything of ``beside`` is recorded.

    ``beside`` are the facts, by FHIR id, of all whom one act records or merges. Merges into somebody unknown wait and
    are judged when they come, but who comes as another person is held at once. A step of a larger act, in its
    transaction; the act sees to it that no other merges meanwhile. The rows of those concerned stay locked, so that no
    account gets one of the records as its own meanwhile (links.py).
    """
    access.require(permissions.KEEP)
    claims = {fhir_id: facts.replaced_by_fhir_id for fhir_id, facts in beside.items() if facts.replaced_by_fhir_id}
    if not claims:
        return {}
    asked = {*beside, *claims.values()}
    rows = _locked(asked)
    stands = {fhir_id for fhir_id, other in claims.items() if fhir_id in rows and rows[fhir_id].replaced_by == other}
    found = {
        fhir_id: Obstacle.CHANGED_PERSON
        for fhir_id in claims.keys() - stands
        if fhir_id in rows and _is_somebody_else(rows[fhir_id], beside[fhir_id])
    }
    # Whoever is not taken as they come must not be what others are judged by either.
    families = _Families({fhir_id: facts for fhir_id, facts in beside.items() if fhir_id not in found}, rows, asked)
    # What stands comes first: what is new has to fit to it.
    for fhir_id in sorted(stands):
        families.join(fhir_id, claims[fhir_id])
    for fhir_id in sorted(claims.keys() - stands - found.keys()):
        if not families.knows(claims[fhir_id]):
            continue
        obstacle = families.obstacle(fhir_id, claims[fhir_id])
        if obstacle is None:
            families.join(fhir_id, claims[fhir_id])
        else:
            found[fhir_id] = obstacle
    return found


def note_held(*, access: Access, merges: Mapping[str, tuple[str, Obstacle]]) -> None:
    """A line for each known record of a merge that is held (FHIR id → by whom, and why): once, however often the source
    repeats it."""
    wanted = {*merges, *(other for other, _why in merges.values())}
    keys = {fhir_id: row.key for fhir_id, row in _locked(wanted).items()}
    for fhir_id, (other, why) in merges.items():
        if fhir_id not in keys:
            continue
        detail = {"from": str(keys[fhir_id]), "to": str(keys.get(other, "")), "why": why.value}
        said = AuditEntry.objects.filter(
            subject=keys[fhir_id],
            target_id=str(keys[fhir_id]),
            action__in=("people.merge_held", "people.merged", "people.unmerged"),
        )
        last = said.order_by("-at", "-id").first()
        if last is not None and last.action == "people.merge_held" and last.details["to"] == detail["to"]:
            continue
        for subject in dict.fromkeys(keys[one] for one in (fhir_id, other) if one in keys):
            audit.record(
                access,
                action="people.merge_held",
                target=("people.Patient", keys[fhir_id]),
                subject=subject,
                detail=detail,
                result="refused",
            )


class _Families:
    """Who stands under whom, as it is stored and as the act at hand will leave it."""

    def __init__(self, beside: Mapping[str, PatientFacts], rows: Mapping[str, _Row], asked: Iterable[str]) -> None:
        self._beside, self._rows, self._asked = beside, dict(rows), set(asked)
        self._next = dict.fromkeys(beside, "")
        self._joined: dict[str, set[str]] = defaultdict(set)
        self._met: dict[str, _Person] = {}

    def knows(self, fhir_id: str) -> bool:
        """Whether there is, or will be, such a patient."""
        return fhir_id in self._rows or fhir_id in self._beside

    def join(self, fhir_id: str, other: str) -> None:
        """Put a patient, with all who stand under them, under whoever ``other`` stands under."""
        joining, head = self._members(fhir_id), self._head(other)
        self._next[fhir_id] = head
        self._joined[head] |= joining

    def obstacle(self, fhir_id: str, other: str) -> Obstacle | None:
        """What speaks against putting a patient under another."""
        head = self._head(other)
        if head == fhir_id:
            return Obstacle.CIRCLE
        joining, there = self._members(fhir_id), self._members(head)
        people = self._people(joining | there)
        born = people[head].born
        mine = frozenset().union(*(people[one].names for one in joining))
        theirs = frozenset().union(*(people[one].names for one in there))
        is_known = born is not None and born[1] == Patient.BirthPrecision.DAY
        if not is_known or any(people[one].born != born for one in joining) or mine.isdisjoint(theirs):
            return Obstacle.OTHER_PERSON
        if self._is_renamed(head):
            return Obstacle.OTHER_PERSON
        accounts, others = _accounts(joining), _accounts(there)
        return Obstacle.TWO_ACCOUNTS if accounts and others and accounts != others else None

    def _head(self, fhir_id: str) -> str:
        walked: dict[str, None] = {}
        while fhir_id not in walked and (following := self._following(fhir_id)):
            walked[fhir_id] = None
            fhir_id = following
        self._next.update(dict.fromkeys(walked.keys() - {fhir_id}, fhir_id))
        return fhir_id

    def _following(self, fhir_id: str) -> str:
        if fhir_id not in self._next:
            self._learn([fhir_id])
            self._next[fhir_id] = self._rows[fhir_id].replaced_by if fhir_id in self._rows else ""
        return self._next[fhir_id]

    def _members(self, head: str) -> set[str]:
        """A patient and all who stand under them."""
        found = {head, *self._joined[head]}
        if head in self._rows:
            keys = replaced([self._rows[head].key])
            stored = list(Patient.objects.filter(pk__in=keys).values_list("fhir_id", flat=True))
            self._learn(stored)
            found |= {fhir_id for fhir_id in stored if self._head(fhir_id) == self._head(head)}
        return found

    def _is_renamed(self, fhir_id: str) -> bool:
        """Whether a stored patient comes without any name they had."""
        if fhir_id not in self._rows or fhir_id not in self._beside:
            return False
        before = _stored_people({fhir_id: self._rows[fhir_id]})[fhir_id]
        return before.names.isdisjoint(_person(self._beside[fhir_id]).names)

    def _people(self, fhir_ids: Collection[str]) -> dict[str, _Person]:
        new = [fhir_id for fhir_id in fhir_ids if fhir_id not in self._met]
        stored = [fhir_id for fhir_id in new if fhir_id not in self._beside]
        self._learn(stored)
        self._met |= _stored_people({fhir_id: self._rows[fhir_id] for fhir_id in stored})
        self._met |= {fhir_id: _person(self._beside[fhir_id]) for fhir_id in new if fhir_id in self._beside}
        return self._met

    def _learn(self, fhir_ids: Collection[str]) -> None:
        if missing := set(fhir_ids) - self._asked:
            self._asked |= missing
            self._rows.update(_locked(missing))


def _locked(fhir_ids: Iterable[str]) -> dict[str, _Row]:
    """The stored ones of these patients. Locked in one order, so that two who lock several do not wait in a circle."""
    found, wanted = {}, sorted(fhir_ids)
    for start in range(0, len(wanted), _CHUNK):
        rows = Patient.objects.select_for_update(of=("self",), no_key=True).filter(
            fhir_id__in=wanted[start : start + _CHUNK]
        )
        for fhir_id, key, following, born_on, precision in rows.order_by("fhir_id").values_list(
            "fhir_id", "pk", "replaced_by__fhir_id", "born_on", "birth_precision"
        ):
            found[fhir_id] = _Row(key, following or "", (born_on, precision) if born_on else None)
    return found


def _is_somebody_else(row: _Row, facts: PatientFacts) -> bool:
    """Whether a known patient comes with another day of birth, or without any name they had."""
    before, now = _stored_people({facts.fhir_id: row})[facts.fhir_id], _person(facts)
    return before != now and (before.born != now.born or before.names.isdisjoint(now.names))


def _person(facts: PatientFacts) -> _Person:
    official = written(facts.given_names, facts.family_names, family_first=facts.family_first)
    names = [official, *(name.text for name in facts.other_names if name.use not in _CALLED)]
    born = (facts.born_on, str(facts.birth_precision)) if facts.born_on else None
    return _Person(born, frozenset(search_key(name) for name in names) - {""})


def _stored_people(rows: Mapping[str, _Row]) -> dict[str, _Person]:
    names: dict[UUID, set[str]] = defaultdict(set)
    stored = PatientName.objects.filter(patient__in=[row.key for row in rows.values()]).exclude(use__in=_CALLED)
    for patient, key in stored.values_list("patient", "search_key"):
        names[patient].add(key)
    return {fhir_id: _Person(row.born, frozenset(names[row.key]) - {""}) for fhir_id, row in rows.items()}


def _accounts(fhir_ids: Collection[str]) -> set[UUID]:
    """The accounts to which these records are their own, today or from some day on."""
    own = PatientLink.objects.filter(kind=PatientLink.Kind.SELF, patient__fhir_id__in=fhir_ids)
    return set(own.filter(Q(ends=None) | Q(ends__gt=clock.now())).values_list("account_id", flat=True))
