"""Searching a trail: the same list for a hospital's own and for the provider's. Who calls this has asked permission."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Case, CharField, F, JSONField, Q, QuerySet, Value, When
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.db.models.lookups import In
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from kernel.accounts.models import Account
from kernel.audit.models import AuditEntry, UnsealedEntry
from kernel.audit.searching import beginning, narrowed, searched_since
from kernel.audit.sentences import area_of, sentences, words_of
from kernel.audit.targets import as_keys, names_of_targets, targets
from kernel.i18n.formats import in_digits, local, reader_zone, short_date_with_year, zone_name
from kernel.lists import ListFilter, Listing, ListOptions, ListState, heading, listing
from kernel.permissions import NotFound, permissions
from kernel.permissions.directory import same_people
from kernel.tenancy.scope import current_scope

AUDIT_LIST = ListOptions(
    sorts={"at": ("-at",), "actor": ("actor_name", "-at"), "action": ("action", "-at")},
    filters={
        "action": None, "result": AuditEntry.Result.values, "since": None, "until": None, "patient": None,
        "actor": None, "target": None, "person": None,
    },
)  # fmt: skip

RESULTS: list[tuple[str, str | Promise]] = [
    (AuditEntry.Result.DONE.value, _("Done")),
    (AuditEntry.Result.REFUSED.value, _("Refused")),
    (AuditEntry.Result.FAILED.value, _("Failed")),
]

# Patients by the text that is looked for.
Patients = Mapping[str, Collection[UUID]]
_NOT_STAFF = ("patient", "helper", "anonymous")

# Who acted, in words.
KINDS: dict[str, str | Promise] = {
    "patient": _("Patient"),
    "helper": _("Helper"),
    "clinician": _("Clinician"),
    "front_desk": _("Front desk"),
    "billing": _("Billing"),
    "hospital_admin": _("Hospital administrator"),
    "privacy_officer": _("Privacy officer"),
    "network_admin": _("Network administrator"),
    "operator": _("Provider"),
    "system": _("Portico itself"),
    "anonymous": _("Somebody not signed in"),
    "account": _("Account"),
}


def kind_in_words(kind: str, *, has_account: bool) -> str:
    """What an actor was, in words: an account to which no role belonged was somebody signed in."""
    return str(KINDS["account" if kind == "anonymous" and has_account else kind] if kind in KINDS else kind)


def role_of(name: str, kind: str) -> str:
    """What an actor of this name was at that time, in words; empty where the name says it."""
    if not name or kind in ("system", "anonymous"):
        return ""
    return str(KINDS.get(kind, kind))


def as_uuid(text: str) -> UUID | None:
    """A key of the address; None for what is none."""
    try:
        return UUID(text)
    except ValueError:
        return None


def find_entries(state: ListState, patients: Patients | None = None) -> "QuerySet[AuditEntry]":
    """The entries that ``state`` asks for, newest first unless sorted otherwise.

    Words are looked for in the last month, or in the days that ``state`` asks for. ``patients`` are those whom each of
    the texts fits that are asked for; None for somebody who may not look for patients.
    """
    found = AuditEntry.objects.all()
    wanted = state.filters
    since = searched_since(state, reader_zone())
    if since is not None:
        found = found.filter(at__gte=since)
    if state.search:
        found = found.annotate(told=Cast("detail", JSONField())).filter(_with_words(state.search, patients))
    if wanted.get("person"):
        found = found.filter(_of_person(wanted["person"], patients))
    if wanted.get("target"):
        found = found.filter(target_id=wanted["target"])
    if wanted.get("patient"):
        patient = as_uuid(wanted["patient"])
        found = found.filter(subject__in=same_people([patient])) if patient is not None else found.none()
    if wanted.get("actor"):
        actor = as_uuid(wanted["actor"])
        found = found.filter(actor_id=actor) if actor is not None else found.none()
    found = narrowed(found, state, reader_zone())
    return found if patients is not None else _by_shown_name(found, state)


def _by_shown_name(found: "QuerySet[AuditEntry]", state: ListState) -> "QuerySet[AuditEntry]":
    """The same, sorted by the names that are read: a name that is hidden must not tell by its place what it is like."""
    first, *others = state.ordering
    if "actor_name" not in first:
        return found
    shown = Case(When(actor_kind__in=_NOT_STAFF, then=Value("")), default=F("actor_name"))
    who = [first.replace("actor_name", name) for name in ("shown", "actor_kind", "actor_id")]
    return found.annotate(shown=shown).order_by(*who, *others)


def _with_words(words: str, patients: Patients | None) -> Q:
    """Entries whose line shows ``words``, never those that only have them in a key or a code; or the exact reference.

    Needs ``told``, the details as JSON. That the text has the words at all is looked at first: it costs the least.
    """
    small = words.lower()
    said = [one.name for one in sentences if small in words_of(one.name).lower()]
    ended = [value for value, label in RESULTS[1:] if small in str(label).lower()]
    shown = _named(words, patients) | Q(reason__icontains=words) | Q(action__in=said) | Q(result__in=ended)
    for permission in permissions:
        if small in str(permission.sentence).lower():
            shown |= Q(action=REFUSED, told__permissions__contains=permission.name)
            changed = Q(told__before__has_key=permission.name) | Q(told__after__has_key=permission.name)
            shown |= Q(action=ROLE_EDITED) & changed
    in_details = Q()
    for key in _SEARCHED:
        in_details |= Q(**{f"told__{key}__icontains": words})
    for key in _SIDES:
        # Of a network's rule, the value that it sets; of a role, the permissions above.
        is_rule = Q(**{f"told__{key}__has_key": "value"})
        in_details |= Q(**{f"told__{key}__icontains": words}) & ~is_rule & ~Q(action=ROLE_EDITED)
        in_details |= Q(**{f"told__{key}__value__icontains": words})
    shown |= Q(detail__icontains=words) & in_details | Q(target_id=words) | Q(request_id=words)
    return shown | _about(words, patients) | _on_what(words)


def _on_what(words: str) -> Q:
    """Entries whose line names by ``words`` what was done to, or something that its details name by key.

    The names of today are looked for, as the list reads them; where a patient is, or something was refused, none is.
    """
    small = words.lower()
    is_own = Q(target_type=ACCOUNT, target_id=Cast("actor_id", CharField()))
    on_target = is_own if small in str(OWN_ACCOUNT).lower() else Q(pk__in=[])
    in_details = Q(pk__in=[])
    for target in targets:
        if target.keys is None:
            if small in str(target.word).lower():
                on_target |= Q(target_type=target.name)
            continue
        found = target.keys(words)
        on_target |= Q(target_type=target.name, target_id__in=found)
        for key in (key for key, kind in _NAMED.items() if kind == target.name):
            # A list of keys has some of them; a single one is among them.
            named = Q(told__roles__has_any_keys=list(found)) if key == "roles" else Q(In(KT(f"told__{key}"), found))
            in_details |= Q(detail__contains=f'"{key}":') & named
    return on_target & Q(subject__isnull=True) & ~Q(action=REFUSED) | in_details


def _of_person(words: str, patients: Patients | None) -> Q:
    """What somebody of this name or login did and what was done to them: staff, and patients for who may find them."""
    staff = Account.objects.filter(role_memberships__isnull=False).filter(
        Q(display_name__icontains=words) | Q(login__icontains=words) | Q(email__icontains=words)
    )
    about = Q(target_type=ACCOUNT, target_id__in=as_keys(staff))
    return _named(words, patients) | Q(actor_id__in=staff.values("pk")) | about | _about(words, patients)


def _about(words: str, patients: Patients | None) -> Q:
    """What was done to the records of patients whom ``words`` fit."""
    return Q(subject__in=same_people((patients or {}).get(words, ())))


def _named(words: str, patients: Patients | None) -> Q:
    """What somebody did who had this name at that time, also with an account that is gone."""
    named = Q(actor_name__icontains=words)
    return named & ~Q(actor_kind__in=_NOT_STAFF) if patients is None else named


def _problem(state: ListState) -> str | Promise:
    """What is wrong with the days that were asked for."""
    asked = [state.filters.get(name, "") for name in ("since", "until")]
    since, until = (beginning(text, reader_zone()) for text in asked)
    if any(text and moment is None for text, moment in zip(asked, (since, until), strict=True)):
        return _("Enter days as year, month and day, like 2026-03-27.")
    if since is not None and until is not None and since > until:
        return _("The first day is after the last one, so nothing can be found.")
    return ""


def _note(state: ListState) -> str:
    """In which days words were looked for, when nobody chose them."""
    since = searched_since(state, reader_zone())
    if since is None:
        return ""
    return _("Words were looked for from %(day)s on. To look further back, choose the days above.") % {
        "day": short_date_with_year(since)
    }


def actions_known() -> list[tuple[str, list[tuple[str, str]]]]:
    """The declared actions that this trail can have, with their words, by area, for the filter: which of them happened,
    only the whole trail could say."""
    side = "provider" if current_scope().is_shared else "hospital"
    found: dict[str, list[tuple[str, str]]] = {}
    for one in sentences:
        if one.side in (side, "both"):
            found.setdefault(area_of(one.name), []).append((one.name, words_of(one.name)))
    in_order = sorted(found, key=lambda area: (not area, area))
    return [(area or str(_("Other")), sorted(found[area], key=lambda pair: pair[1])) for area in in_order]


def trail_listing(state: ListState, *, export: str = "", patients: Patients | None = None) -> "Listing[AuditEntry]":
    """The page of a trail; ``export`` leads to the file, ``patients`` are as in ``find_entries``."""
    return listing(
        state,
        find_entries(state, patients),
        [
            heading(state, _("When"), "at"),
            heading(state, _("Who"), "actor"),
            heading(state, _("What"), "action"),
            heading(state, _("On what")),
            heading(state, _("Why")),
        ],
        filters=[
            ListFilter("person", _("Person"), is_text=True),
            ListFilter("action", _("What"), every=_("Everything"), groups=actions_known()),
            ListFilter("result", _("Result"), RESULTS, _("Every result")),
            ListFilter("since", _("From")),
            ListFilter("until", _("To")),
        ],
        export=export,
        hidden={name: state.filters.get(name) for name in ("patient", "actor", "target")},
        problem=_problem(state),
        note=_note(state),
    )


@dataclass(frozen=True)
class TrailRow:
    """An entry as a line of the list. ``patient_name`` is empty for those who may not know it; ``names`` are those of
    objects, by type and key, as ``trail_rows`` finds them for all lines at once. ``names_patients`` says whether a
    patient or helper who acted is named."""

    entry: AuditEntry
    patient_name: str = ""
    names: Mapping[tuple[str, str], str] = field(default_factory=dict)
    names_patients: bool = False

    @property
    def actor_name(self) -> str:
        """The actor's name at that time; empty for those who may not know it."""
        is_hidden = not self.names_patients and self.entry.actor_kind in _NOT_STAFF
        return "" if is_hidden else self.entry.actor_name

    @property
    def who(self) -> str:
        """The actor's name at that time, or what the actor was."""
        has_account = self.entry.actor_id is not None
        return self.actor_name or kind_in_words(self.entry.actor_kind, has_account=has_account)

    @property
    def kind(self) -> str:
        """What the actor was; empty where that stands in the name's place."""
        return role_of(self.actor_name, self.entry.actor_kind)

    @property
    def what(self) -> str:
        """What was done, in words."""
        return words_of(self.entry.action)

    @property
    def target(self) -> str:
        """What it was done to, in words; empty where the patient says it, or nothing is known."""
        entry = self.entry
        if entry.subject is not None or entry.action == REFUSED or entry.target_type not in targets:
            return ""
        if entry.target_type == ACCOUNT and entry.target_id == str(entry.actor_id):
            return str(OWN_ACCOUNT)
        return self.names.get((entry.target_type, entry.target_id)) or str(targets.get(entry.target_type).word)

    @property
    def result(self) -> str:
        """How it ended, when it was not done."""
        if self.entry.result == AuditEntry.Result.DONE:
            return ""
        return str(dict(RESULTS).get(self.entry.result, self.entry.result))

    @property
    def badge(self) -> str:
        """The result beside what was done; empty where that says it already."""
        return "" if self.entry.action == REFUSED else self.result

    @property
    def facts(self) -> list[str]:
        """The details that help to understand it. Of what was refused: what it would have allowed, else the route."""
        written = self.entry.details
        if self.entry.action == REFUSED:
            asked = [permissions.get(name).sentence for name in written.get("permissions", ()) if name in permissions]
            return [str(sentence) for sentence in asked] or [self.entry.target_type]
        if self.entry.action == ROLE_EDITED:
            return _changes_of_role(written.get("before", {}), written.get("after", {}))
        return [self._fact(key, written[key]) for key in _TOLD if written.get(key) not in (None, "", [])]

    def _fact(self, key: str, value: Any) -> str:
        """One detail in words."""
        if key in _NAMED:
            keys = value if isinstance(value, list) else [value]
            return ", ".join(self.names.get((_NAMED[key], one)) or str(KINDS.get(one, one)) for one in keys)
        if key == "rows":
            return ngettext("%(number)s line", "%(number)s lines", value) % {"number": in_digits(value)}
        if key in _SIDES:
            return str(_SIDES[key] % {"value": _plain(value)})
        return _plain(value)


OWN_ACCOUNT = _("Own account")
REFUSED = "access.refused"
ROLE_EDITED = "permissions.role_edited"
ACCOUNT, ROLE = "accounts.Account", "permissions.RoleDefinition"
# What an entry's details may show in a line; keys and not values are chosen, and none of them names a patient.
_TOLD = ("slug", "name", "setting", "before", "after", "rank", "role", "roles", "network", "rows", "operator")
# Those of them that a line shows as they are written.
_SEARCHED = ("slug", "name", "rank", "operator")
# Details that name an object, with its type.
_NAMED = {"role": ROLE, "roles": ROLE, "network": "tenancy.Network", "setting": "preference"}
_SIDES = {"before": _("Before: %(value)s"), "after": _("After: %(value)s")}


def _plain(value: Any) -> str:
    """A value as people write it. Of a network's rule for a setting, the value that it sets."""
    if isinstance(value, dict):
        return _plain(value.get("value"))
    if isinstance(value, list):
        return ", ".join(map(_plain, value))
    if value is None or isinstance(value, bool):
        return str({None: "–", True: _("Yes"), False: _("No")}[value])
    return str(value)


def _changes_of_role(before: Mapping[str, str | None], after: Mapping[str, str | None]) -> list[str]:
    """Which permissions a role gained and lost, as sentences; both map names to the reach, or to None."""
    words = ((_("Added: %(permission)s"), _gained), (_("Removed: %(permission)s"), _lost),
             (_("Reaches other patients: %(permission)s"), _moved))  # fmt: skip
    return [
        str(sentence % {"permission": permissions.get(name).sentence if name in permissions else name})
        for sentence, fits in words
        for name in sorted(after)
        if fits(before.get(name), after[name])
    ]


def _gained(before: str | None, after: str | None) -> bool:
    return before is None and after is not None


def _lost(before: str | None, after: str | None) -> bool:
    return before is not None and after is None


def _moved(before: str | None, after: str | None) -> bool:
    return before is not None and after is not None and before != after


def trail_rows(
    entries: Iterable[AuditEntry], patients: Mapping[UUID, str] | None = None, *, names_patients: bool = False
) -> list[TrailRow]:
    """Entries as lines, with the names of their objects; of ``patients``, the names that may be shown.

    Patients and helpers who acted are named for ``names_patients``: who may find patients. Others read their keys.
    """
    listed = list(entries)
    wanted: dict[str, set[str]] = {}
    for entry in listed:
        wanted.setdefault(entry.target_type, set()).add(entry.target_id)
        for key, value in entry.details.items():
            if key in _NAMED:
                keys = value if isinstance(value, list) else [value]
                wanted.setdefault(_NAMED[key], set()).update(one for one in keys if isinstance(one, str))
    names, known = names_of_targets(wanted), patients or {}
    return [
        TrailRow(entry, known.get(entry.subject, "") if entry.subject else "", names, names_patients)
        for entry in listed
    ]


def entry_by_id(key: UUID) -> AuditEntry:
    """One entry. Raises NotFound."""
    found = AuditEntry.objects.filter(pk=key).first()
    if found is None:
        raise NotFound
    return found


def is_sealed(entry: AuditEntry) -> bool:
    """Whether a seal lies over the entry; it waits a few seconds for one."""
    return not UnsealedEntry.objects.filter(pk=entry.pk).exists()


_FOR_MACHINES = ("time", "actor", "actor kind", "action", "patient", "target type", "target", "reason", "result", "app",
                 "address", "request", "detail")  # fmt: skip


def trail_table(entries: Iterable[AuditEntry], *, names_patients: bool = False) -> list[tuple[object, ...]]:
    """Entries as the lines of a file under their heading: first for people, in their words and the hospital's time,
    then as they were recorded, with codes and UTC. Those whose records they are about are named by their key: the file
    may be passed on. Who acted is named as ``trail_rows`` does."""
    for_people = (_("When (%(place)s)") % {"place": zone_name()}, _("Who"), _("What"), _("On what"), _("Result"))
    results = dict(RESULTS)
    lines: list[tuple[object, ...]] = [(*map(str, for_people), *_FOR_MACHINES)]
    for row in trail_rows(entries, names_patients=names_patients):
        entry = row.entry
        about = [str(_("A patient"))] * (entry.subject is not None) + [row.target] * bool(row.target)
        lines.append(
            (
                f"{local(entry.at):%Y-%m-%d %H:%M:%S}", f"{row.who} ({row.kind})" if row.kind else row.who, row.what,
                ", ".join(about + row.facts),
                str(results.get(entry.result, entry.result)),
                entry.at.isoformat(), row.actor_name or entry.actor_id or "", entry.actor_kind, entry.action,
                entry.subject or "", entry.target_type, entry.target_id, entry.reason, entry.result, entry.app,
                entry.address, entry.request_id, entry.detail,
            )
        )  # fmt: skip
    return lines
