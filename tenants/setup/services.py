"""What the hospital's administrators change: staff and roles. Each act leaves its line in the trail."""

from collections.abc import Collection, Iterable
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kernel import audit, clock
from kernel.accounts.invitations import RoleUnknown, end_roles, give_roles, invite
from kernel.accounts.models import Account
from kernel.accounts.sessions import delete_sessions
from kernel.errors import DomainError
from kernel.exports import MOST_ROWS
from kernel.lists import ListState
from kernel.permissions import Access, NotFound, Role
from kernel.permissions.declarations import STAFF_ROLES
from kernel.permissions.models import RoleDefinition, RoleMembership
from tenants.setup import permissions
from tenants.setup.roles import assignable, reach_for
from tenants.setup.selectors import AUDIT_HEADING, audit_list, audit_row, staff_list, staff_member, subject_of

STAFF_BASES = [role.value for role in STAFF_ROLES]
# Without these nobody could give them back.
KEPT_BY_ADMINISTRATORS = frozenset(
    {permissions.EDIT_ROLES.name, permissions.VIEW_STAFF.name, permissions.MANAGE_STAFF.name}
)


class NotYourself(DomainError):
    message = _("You cannot change your own roles or end your own access. Ask another administrator.")
    code = "not-yourself"


class LastAdministrator(DomainError):
    message = _("This is the last administrator. Give somebody else the role first.")
    code = "last-administrator"


class AdministratorsKeepThis(DomainError):
    message = _("Administrators must be able to see staff, to invite, and to change roles. Leave these three on.")
    code = "administrators-keep-this"


class OwnRole(DomainError):
    message = _("You hold this role yourself. Ask another administrator to add to it.")
    code = "own-role"


class RoleNameTaken(DomainError):
    message = _("There is a role with this name already. Please choose another.")
    code = "role-name-taken"


class ReasonMissing(DomainError):
    message = _("Write a reason.")
    code = "reason-missing"


def _roles_called(names: Collection[str]) -> list[RoleDefinition]:
    found = list(RoleDefinition.objects.filter(name__in=names, based_on__in=STAFF_BASES))
    if not found or len(found) != len(set(names)):
        raise RoleUnknown
    return found


def invite_staff(*, access: Access, name: str, email: str, roles: Collection[str]) -> Account:
    """Give somebody an account and roles, and write to them. The same twice is one invitation. Raises RoleUnknown."""
    access.require(permissions.MANAGE_STAFF)
    with transaction.atomic():
        wanted = _roles_called(roles)
        account = invite(access=access, email=email, display_name=name, roles=[role.name for role in wanted])
        if account.pk == access.actor.account_id:
            raise NotYourself
    return account


def give_staff_roles(*, access: Access, account_id: UUID, roles: Collection[str]) -> Account:
    """Make ``roles`` the roles of a member of staff, no more and no less. Raises NotYourself, RoleUnknown, NotFound."""
    access.require(permissions.MANAGE_STAFF)
    if account_id == access.actor.account_id:
        raise NotYourself
    with transaction.atomic():
        _lock_administrators()
        account = staff_member(access, account_id)
        wanted = _roles_called(roles)
        others = RoleDefinition.objects.filter(based_on__in=STAFF_BASES).exclude(pk__in=[role.pk for role in wanted])
        ended = end_roles(account, list(others))
        given = give_roles(account, wanted)
        if ended or given:
            _require_an_administrator()
            delete_sessions(account.pk)
            audit.record(
                access, action="setup.roles_given", target=account, detail={"given": sorted(given), "ended": ended}
            )
    return account


def end_staff(*, access: Access, account_id: UUID, reason: str) -> None:
    """End all roles of a member of staff at once; their sessions close. What they are as a patient stays.

    Raises ReasonMissing, NotYourself, LastAdministrator, NotFound.
    """
    access.require(permissions.MANAGE_STAFF)
    why = " ".join(reason.split())
    if not why:
        raise ReasonMissing
    if account_id == access.actor.account_id:
        raise NotYourself
    with transaction.atomic():
        _lock_administrators()
        account = staff_member(access, account_id)
        ended = end_roles(account, list(RoleDefinition.objects.filter(based_on__in=STAFF_BASES)))
        _require_an_administrator()
        delete_sessions(account.pk)
        audit.record(access, action="setup.staff_ended", target=account, reason=why, detail={"ended": ended})


def _lock_administrators() -> None:
    # One at a time, so that two administrators who end each other cannot leave nobody.
    list(RoleDefinition.objects.select_for_update().filter(based_on=Role.HOSPITAL_ADMIN.value).order_by("pk"))


def _require_an_administrator() -> None:
    now = clock.now()
    live = RoleMembership.objects.filter(
        Q(ends__isnull=True) | Q(ends__gt=now),
        role__name=Role.HOSPITAL_ADMIN.value,
        account__is_active=True,
        starts__lte=now,
    )
    if not live.exists():
        raise LastAdministrator


def change_role(*, access: Access, name: str, granted: Iterable[str]) -> RoleDefinition:
    """Make ``granted`` (names of permissions) what a role may do. Only differences from its base are stored.

    Names that staff cannot have are ignored. Raises AdministratorsKeepThis, OwnRole, NotFound.
    """
    access.require(permissions.EDIT_ROLES)
    with transaction.atomic():
        role = RoleDefinition.objects.select_for_update().filter(name=name, based_on__in=STAFF_BASES).first()
        if role is None:
            raise NotFound
        offered = {permission.name: permission for permission in assignable()}
        wanted = {key for key in granted if key in offered}
        now = {key for key in role.grants if key in offered}
        if role.name == Role.HOSPITAL_ADMIN.value and not wanted >= KEPT_BY_ADMINISTRATORS:
            raise AdministratorsKeepThis
        gains, loses = sorted(wanted - now), sorted(now - wanted)
        if gains and _holds(access, role):
            raise OwnRole
        if not gains and not loses:
            return role
        base = Role(role.based_on)
        # What is not offered to staff keeps its difference; nobody edits it here.
        changes = {key: reach for key, reach in role.changes.items() if key not in offered}
        for key, permission in offered.items():
            is_default = base in permission.reaches
            if key in wanted and not is_default:
                changes[key] = reach_for(permission, base).value
            elif key not in wanted and is_default:
                changes[key] = None
            elif key in wanted and role.changes.get(key):
                changes[key] = role.changes[key]
        role.changes = changes
        role.save(update_fields=["changes"])
        audit.record(access, action="setup.role_changed", target=role, detail={"role": name, "gains": gains, "loses": loses})
    return role


def _holds(access: Access, role: RoleDefinition) -> bool:
    now = clock.now()
    return RoleMembership.objects.filter(
        Q(ends__isnull=True) | Q(ends__gt=now), account=access.actor.account_id, role=role
    ).exists()


_ROLE_NAMES = UUID("0f9c2b3e-6c1e-5b8e-9a5b-3a1d7c2f4e60")


def add_role(*, access: Access, label: str, based_on: str) -> RoleDefinition:
    """A role of the hospital's own that begins with what ``based_on`` (a kind of staff) may do.

    The same twice is one role. Raises RoleUnknown for another kind, RoleNameTaken for a label in use with another base.
    """
    access.require(permissions.EDIT_ROLES)
    words = " ".join(label.split())[:120]
    if based_on not in STAFF_BASES or not words:
        raise RoleUnknown
    # Made from the label, so that the same form sent twice meets the unique name.
    name = f"own-{uuid5(_ROLE_NAMES, words.casefold()).hex[:12]}"
    with transaction.atomic():
        role, is_new = RoleDefinition.objects.get_or_create(name=name, defaults={"label": words, "based_on": based_on})
        if not is_new:
            if role.based_on != based_on:
                raise RoleNameTaken
            return role
        audit.record(access, action="setup.role_added", target=role, detail={"role": name, "based_on": based_on})
    return role


def note_search(*, access: Access, state: ListState) -> None:
    """Who looks for what was done to a patient's record is recorded like any other look at it (S33)."""
    subject = subject_of(state)
    if subject is not None:
        with transaction.atomic():
            audit.record(access, action="setup.audit_searched", subject=subject)


def export_audit(*, access: Access, state: ListState) -> list[tuple[object, ...]]:
    """The entries that ``state`` asks for as rows with a heading, at most 10,000; the export is recorded."""
    access.require(permissions.EXPORT_AUDIT)
    with transaction.atomic():
        rows = [audit_row(entry) for entry in audit_list(access, state)[:MOST_ROWS]]
        filters = {name: value for name, value in state.filters.items() if value}
        audit.record(
            access, action="setup.audit_exported", subject=subject_of(state), detail={"rows": len(rows), "filters": filters}
        )
    return [AUDIT_HEADING, *rows]


STAFF_HEADING = ("name", "e-mail", "roles", "second step", "last sign-in")


def export_staff(*, access: Access, state: ListState) -> list[tuple[object, ...]]:
    """The staff that ``state`` asks for as rows with a heading, at most 10,000; the export is recorded."""
    access.require(permissions.VIEW_STAFF)
    with transaction.atomic():
        rows: list[tuple[object, ...]] = [
            (
                account.display_name,
                account.email,
                " ".join(membership.role.name for membership in account.live_roles),
                "yes" if account.has_factor else "no",
                account.last_login.isoformat() if account.last_login else "",
            )
            for account in staff_list(access, state)[:MOST_ROWS]
        ]
        audit.record(access, action="setup.staff_exported", detail={"rows": len(rows)})
    return [STAFF_HEADING, *rows]
