"""The doors to the hospital's staff, roles and trail for its administrators."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, Min, OuterRef, Prefetch, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from kernel import clock
from kernel.accounts.models import Account, Factor
from kernel.audit.models import AuditEntry
from kernel.audit.searching import narrowed, recorded_actions
from kernel.audit.sentences import sentences
from kernel.i18n.formats import reader_zone
from kernel.lists import ListOptions, ListState
from kernel.permissions import Access, NotFound
from kernel.permissions.declarations import STAFF_ROLES
from kernel.permissions.models import RoleDefinition, RoleMembership
from tenants.people.models import Patient
from tenants.setup import permissions
from tenants.setup.roles import label_of

STAFF_LIST = ListOptions(
    sorts={"name": ("display_name",), "since": ("since",), "activity": ("last_login",)},
    filters={"role": None, "state": ("invited", "active", "no-factor")},
)

AUDIT_LIST = ListOptions(
    sorts={"at": ("-at",), "actor": ("actor_name", "-at"), "action": ("action", "-at")},
    filters={
        "action": None, "result": AuditEntry.Result.values, "since": None, "until": None,
        "patient": None, "actor": None,
    },
)  # fmt: skip

STAFF_BASES = [role.value for role in STAFF_ROLES]
INVITATION_IS_OLD_AFTER = timedelta(days=7)
MANY_REFUSALS = 20


def _live_memberships() -> "QuerySet[RoleMembership]":
    now = clock.now()
    return RoleMembership.objects.filter(
        Q(ends__isnull=True) | Q(ends__gt=now), starts__lte=now, role__based_on__in=STAFF_BASES
    )


def _staff() -> "QuerySet[Any]":
    """Accounts with a live role of staff, with these roles, since when, and whether they have a second factor."""
    live = _live_memberships().select_related("role").order_by("role__based_on", "role__name")
    mine = _live_memberships().filter(account=OuterRef("pk"))
    factor = Factor.objects.filter(account=OuterRef("pk"), confirmed_at__isnull=False)
    return (
        Account.objects.filter(Exists(mine), is_active=True)
        .annotate(has_factor=Exists(factor), since=Min("role_memberships__starts"))
        .prefetch_related(Prefetch("role_memberships", live, to_attr="live_roles"))
    )


def staff_list(access: Access, state: ListState) -> "QuerySet[Any]":
    """The staff that ``state`` asks for."""
    access.require(permissions.VIEW_STAFF)
    found = _staff()
    if state.search:
        found = found.filter(
            Q(display_name__icontains=state.search)
            | Q(email__icontains=state.search)
            | Q(login__icontains=state.search)
        )
    if state.filters.get("role"):
        found = found.filter(
            Exists(_live_memberships().filter(account=OuterRef("pk"), role__name=state.filters["role"]))
        )
    match state.filters.get("state"):
        case "invited":
            found = found.filter(last_login__isnull=True)
        case "active":
            found = found.filter(last_login__isnull=False)
        case "no-factor":
            found = found.filter(has_factor=False)
    return found.order_by(*state.ordering)


def staff_member(access: Access, account_id: UUID) -> Any:
    """One member of staff. Raises NotFound, also for accounts that are patients only."""
    access.require(permissions.VIEW_STAFF)
    found = _staff().filter(pk=account_id).first()
    if found is None:
        raise NotFound
    return found


def staff_roles(access: Access) -> list[Any]:
    """The roles that staff can have, built-in ones first, each with ``people``, how many have it now."""
    access.require(permissions.VIEW_STAFF)
    live = Q(memberships__starts__lte=clock.now()) & (
        Q(memberships__ends__isnull=True) | Q(memberships__ends__gt=clock.now())
    )
    return list(
        RoleDefinition.objects.filter(based_on__in=STAFF_BASES)
        .annotate(
            people=Count("memberships__account", filter=live & Q(memberships__account__is_active=True), distinct=True)
        )
        .order_by("-is_builtin", "name")
    )


def staff_role(access: Access, name: str) -> Any:
    """One role of staff, counted. Raises NotFound."""
    found = next((role for role in staff_roles(access) if role.name == name), None)
    if found is None:
        raise NotFound
    return found


def role_choices(access: Access) -> list[tuple[str, str]]:
    """Name and label of each role of staff."""
    return [(role.name, label_of(role)) for role in staff_roles(access)]


# --- Overview --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Attention:
    """Something that somebody should look at, with where to."""

    sentence: str | Promise
    url_name: str
    query: str = ""
    tone: str = "warn"


@dataclass(frozen=True)
class Overview:
    """The numbers of the first page, and what needs attention."""

    patients: int
    accounts: int
    seen_lately: int
    staff: int
    invited: int
    signed_in_today: int
    attention: tuple[Attention, ...]
    recent: tuple[Account, ...]


def overview(access: Access) -> Overview:
    """What the hospital's administrators see first; the number of statements does not grow with the hospital."""
    access.require(permissions.VIEW_OVERVIEW)
    now = clock.now()
    today = datetime.combine(now.astimezone(reader_zone()).date(), time(), tzinfo=reader_zone())
    staff = _staff()
    counted = Account.objects.filter(is_active=True).aggregate(
        accounts=Count("pk"),
        seen_lately=Count("pk", filter=Q(last_login__gte=now - timedelta(days=30))),
        signed_in_today=Count("pk", filter=Q(last_login__gte=today)),
    )
    old = Q(last_login__isnull=True, since__lt=now - INVITATION_IS_OLD_AFTER)
    people = staff.aggregate(
        staff=Count("pk", distinct=True),
        invited=Count("pk", filter=Q(last_login__isnull=True), distinct=True),
        no_factor=Count("pk", filter=Q(has_factor=False, last_login__isnull=False), distinct=True),
        old_invitations=Count("pk", filter=old, distinct=True),
    )
    refused = AuditEntry.objects.filter(action="accounts.sign_in_refused", at__gte=now - timedelta(days=1)).count()
    return Overview(
        patients=Patient.objects.filter(replaced_by=None).count(),
        **counted,
        staff=people["staff"],
        invited=people["invited"],
        attention=tuple(_attention(people["no_factor"], people["old_invitations"], refused)),
        recent=tuple(staff.filter(last_login__isnull=False).order_by("-last_login")[:6]),
    )


def _attention(no_factor: int, old_invitations: int, refused: int) -> list[Attention]:
    found = []
    if no_factor:
        words = ngettext(
            "%(number)s member of staff has no second step.",
            "%(number)s members of staff have no second step.",
            no_factor,
        )
        found.append(Attention(words % {"number": no_factor}, "setup:staff", "?state=no-factor"))
    if old_invitations:
        words = ngettext(
            "%(number)s invitation has waited for more than a week.",
            "%(number)s invitations have waited for more than a week.",
            old_invitations,
        )
        found.append(Attention(words % {"number": old_invitations}, "setup:staff", "?state=invited"))
    if refused >= MANY_REFUSALS:
        words = ngettext(
            "%(number)s sign-in was refused in a day.", "%(number)s sign-ins were refused in a day.", refused
        )
        found.append(
            Attention(words % {"number": refused}, "setup:audit", "?action=accounts.sign_in_refused", tone="crit")
        )
    return found


# --- The trail -------------------------------------------------------------------------------------------------------


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def audit_list(access: Access, state: ListState) -> "QuerySet[AuditEntry]":
    """The entries that ``state`` asks for, newest first unless sorted otherwise."""
    access.require(permissions.SEARCH_AUDIT)
    found = AuditEntry.objects.all()
    wanted = state.filters
    if state.search:
        found = found.filter(
            Q(actor_name__icontains=state.search) | Q(request_id=state.search) | Q(target_id=state.search)
        )
    for name, field in (("patient", "subject"), ("actor", "actor_id")):
        if wanted.get(name):
            key = _uuid(wanted[name])
            found = found.filter(**{field: key}) if key is not None else found.none()
    return narrowed(found, state, reader_zone())


def audit_actions(access: Access) -> list[str]:
    """The actions that happened within a year, for the filter."""
    access.require(permissions.SEARCH_AUDIT)
    return recorded_actions()


def subject_of(state: ListState) -> UUID | None:
    """The patient whose entries are asked for, if any."""
    return _uuid(state.filters.get("patient", ""))


AUDIT_HEADING = ("time", "actor", "actor kind", "action", "patient", "target type", "target", "reason", "result", "app",
                 "address", "request")  # fmt: skip


def audit_row(entry: AuditEntry) -> tuple[object, ...]:
    """One entry as a line of a file. Patients are named by their key: the file may be passed on."""
    return (
        entry.at.isoformat(), entry.actor_name, entry.actor_kind, entry.action, entry.subject or "", entry.target_type,
        entry.target_id, entry.reason, entry.result, entry.app, entry.address, entry.request_id,
    )  # fmt: skip


PLAIN_WORDS: dict[str, str | Promise] = {
    "accounts.signed_in": _("Signed in"),
    "accounts.signed_out": _("Signed out"),
    "accounts.sign_in_refused": _("Could not sign in"),
    "accounts.code_asked": _("Asked for a code by e-mail"),
    "accounts.confirmed": _("Confirmed who they are"),
    "access.refused": _("Was refused"),
    "accounts.created": _("Made an account"),
    "accounts.password_changed": _("Changed a password"),
    "accounts.factor_added": _("Added a second step"),
    "accounts.factor_removed": _("Removed a second step"),
    "accounts.invited": _("Invited somebody to the staff"),
    "setup.staff_ended": _("Ended somebody's access"),
    "setup.staff_exported": _("Exported the list of staff"),
    "permissions.role_given": _("Gave somebody a role"),
    "permissions.role_ended": _("Took a role away from somebody"),
    "permissions.role_edited": _("Changed what a role may do"),
    "permissions.role_created": _("Added a role"),
    "setup.audit_searched": _("Searched the audit log"),
    "setup.audit_viewed": _("Read the audit log"),
    "setup.audit_exported": _("Exported the audit log"),
    "hospital.suspended": _("The provider suspended the hospital"),
    "hospital.resumed": _("The provider opened the hospital again"),
    "hospital.renamed": _("The provider renamed the hospital"),
}

RESULTS: list[tuple[str, str | Promise]] = [
    (AuditEntry.Result.DONE.value, _("Done")),
    (AuditEntry.Result.REFUSED.value, _("Refused")),
    (AuditEntry.Result.FAILED.value, _("Failed")),
]


def words_of(action: str) -> str:
    """An action in words, for filters and lists; the recorded name where there are none."""
    if action in PLAIN_WORDS:
        return str(PLAIN_WORDS[action])
    return str(sentences.get(action).sentence) if action in sentences else action
