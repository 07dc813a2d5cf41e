"""The doors to the hospital's staff, roles and trail for its administrators."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, Min, OuterRef, Prefetch, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from kernel import clock
from kernel.accounts.models import INVITED, Account, Factor
from kernel.audit.browsing import as_uuid, entry_by_id, trail_listing
from kernel.audit.models import AuditEntry
from kernel.i18n.formats import reader_zone
from kernel.lists import ListFilter, Listing, ListOptions, ListState, heading, listing
from kernel.permissions import Access, NotFound, Reach
from kernel.permissions.declarations import STAFF_ROLES
from kernel.permissions.models import RoleDefinition, RoleMembership
from kernel.permissions.services import holders
from tenants.people.models import Patient, StaffProfile
from tenants.records.selectors.practitioners import Practitioner, find_practitioners, practitioners_called
from tenants.records.selectors.reading import names_for
from tenants.setup import permissions
from tenants.setup.patients import patients_asked
from tenants.setup.roles import label_of

STAFF_LIST = ListOptions(
    sorts={"name": ("display_name",), "since": ("since",), "activity": ("last_login",)},
    filters={"role": None, "state": ("invited", "active", "no-factor")},
)

STAFF_STATES = [("active", _("Active")), ("invited", _("Invited")), ("no-factor", _("Without a second step"))]
STAFF_BASES = [role.value for role in STAFF_ROLES]
INVITATION_IS_OLD_AFTER = timedelta(days=7)
MANY_REFUSALS = 20


def _live_memberships() -> "QuerySet[RoleMembership]":
    now = clock.now()
    return RoleMembership.objects.filter(
        Q(ends__isnull=True) | Q(ends__gt=now), starts__lte=now, role__based_on__in=STAFF_BASES
    )


def _staff() -> "QuerySet[Any]":
    """Accounts with a live role of staff, with these roles, since when, whether they have a second factor, and which
    ``practitioner`` of the records they are (its FHIR id; empty for nobody)."""
    live = _live_memberships().select_related("role").order_by("role__based_on", "role__name")
    mine = _live_memberships().filter(account=OuterRef("pk"))
    factor = Factor.objects.filter(account=OuterRef("pk"), confirmed_at__isnull=False)
    named = StaffProfile.objects.filter(account=OuterRef("pk")).values("practitioner")
    return (
        Account.objects.filter(Exists(mine), is_active=True)
        .annotate(
            has_factor=Exists(factor),
            since=Min("role_memberships__starts"),
            practitioner=Coalesce(Subquery(named), Value("")),
        )
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
            found = found.filter(INVITED)
        case "active":
            found = found.exclude(INVITED)
        case "no-factor":
            found = found.filter(has_factor=False)
    return found.order_by(*state.ordering)


def staff_listing(access: Access, state: ListState, *, export: str) -> "Listing[Any]":
    """The page of the staff, each with ``connection``: who they are in the records."""
    found = listing(
        state,
        staff_list(access, state),
        [
            heading(state, _("Name"), "name"),
            heading(state, _("Roles")),
            heading(state, _("Status")),
            heading(state, _("Second step")),
            heading(state, _("Last sign-in"), "activity"),
        ],
        filters=[
            ListFilter("role", _("Role"), role_choices(access), _("Every role")),
            ListFilter("state", _("Status"), STAFF_STATES, _("Every status")),
        ],
        export=export,
    )
    names = names_for({f"Practitioner/{account.practitioner}" for account in found.page if account.practitioner})
    for account in found.page:
        name = names.get(f"Practitioner/{account.practitioner}") or account.practitioner
        account.connection = Connection(name, may_treat(account))
    return found


@dataclass(frozen=True)
class Connection:
    """Who a member of staff is in the records: the ``name`` of a practitioner, empty for nobody.

    ``may_treat`` says whether their roles see the patients in their care, so that it matters.
    """

    name: str
    may_treat: bool


def may_treat(member: Any) -> bool:
    """Whether a role of this member of staff sees patients in its care."""
    return any(Reach.CARE in membership.role.grants.values() for membership in member.live_roles)


@dataclass(frozen=True)
class Candidate:
    """A practitioner who was found, and the other member of staff who is that practitioner already."""

    practitioner: Practitioner
    holder: str = ""


def candidates(access: Access, account_id: UUID, words: str) -> list[Candidate]:
    """The practitioners of the records whom ``words`` fit, for somebody to choose who this member of staff is."""
    access.require(permissions.MANAGE_STAFF)
    found = find_practitioners(access, words)
    held = _staff().exclude(pk=account_id).filter(practitioner__in=[one.fhir_id for one in found])
    holders = {account.practitioner: account.display_name or account.login for account in held}
    return [Candidate(one, holders.get(one.fhir_id, "")) for one in found]


def practitioner_called(access: Access, fhir_id: str) -> Practitioner | None:
    """One practitioner of the records; None for whom they do not have."""
    access.require(permissions.MANAGE_STAFF)
    return practitioners_called(access, [fhir_id]).get(fhir_id) if fhir_id else None


def staff_member(access: Access, account_id: UUID) -> Any:
    """One member of staff. Raises NotFound, also for accounts that are patients only."""
    access.require(permissions.VIEW_STAFF)
    found = _staff().filter(pk=account_id).first()
    if found is None:
        raise NotFound
    return found


def is_staff(account_id: UUID) -> bool:
    """Whether the account has a live role of staff."""
    return _staff().filter(pk=account_id).exists()


def staff_roles(access: Access) -> list[Any]:
    """The roles that staff can have, built-in ones first, each with ``people``, how many have it now."""
    access.require(permissions.VIEW_STAFF)
    live = Q(memberships__starts__lte=clock.now()) & (
        Q(memberships__ends__isnull=True) | Q(memberships__ends__gt=clock.now())
    )
    return list(
        RoleDefinition.objects.filter(based_on__in=STAFF_BASES, removed_at=None)
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


def own_role(access: Access, name: str) -> Any:
    """One of the hospital's own roles. Raises NotFound, also for a built-in one."""
    found = staff_role(access, name)
    if found.is_builtin:
        raise NotFound
    return found


def holders_of(access: Access, role: RoleDefinition) -> "QuerySet[Account]":
    """Who has a role now or from some day on, for whoever wants to remove it."""
    access.require(permissions.EDIT_ROLES)
    return holders(role)


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

    @property
    def lacks_staff(self) -> bool:
        """Whether nobody works here yet but the one administrator with whom a hospital begins."""
        return self.staff <= 1

    @property
    def lacks_records(self) -> bool:
        """Whether no patient's record has been imported yet."""
        return not self.patients


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
    old = INVITED & Q(since__lt=now - INVITATION_IS_OLD_AFTER)
    people = staff.aggregate(
        staff=Count("pk", distinct=True),
        invited=Count("pk", filter=INVITED, distinct=True),
        no_factor=Count("pk", filter=Q(has_factor=False) & ~INVITED, distinct=True),
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


def audit_trail(access: Access, state: ListState, *, export: str) -> "Listing[AuditEntry]":
    """The hospital's trail as ``state`` asks for it; ``export`` is shown to those who may have the file."""
    access.require(permissions.SEARCH_AUDIT)
    may_export = access.can(permissions.EXPORT_AUDIT)
    return trail_listing(state, export=export if may_export else "", patients=patients_asked(access, state))


def audit_entry(access: Access, key: UUID) -> AuditEntry:
    """One entry of the hospital's trail. Raises NotFound."""
    access.require(permissions.SEARCH_AUDIT)
    return entry_by_id(key)


def subject_of(state: ListState) -> UUID | None:
    """The patient whose entries are asked for, if any."""
    return as_uuid(state.filters.get("patient", ""))
