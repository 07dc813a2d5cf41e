"""What the hospital's administrators change: staff and roles. Each act leaves its line in the trail."""

from collections.abc import Collection, Iterable
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kernel import audit, clock
from kernel.accounts.invitations import RoleUnknown, invite, invite_again
from kernel.accounts.models import Account
from kernel.audit.browsing import TrailRow, find_entries, trail_table
from kernel.audit.models import AuditEntry
from kernel.errors import DomainError, ReasonMissing
from kernel.exports import MOST_ROWS
from kernel.i18n.formats import local, zone_name
from kernel.lists import Listing, ListState
from kernel.permissions import Access, NotFound, Reach, Role
from kernel.permissions.declarations import STAFF_ROLES
from kernel.permissions.models import RoleDefinition, RoleMembership
from kernel.permissions.services import (
    RoleNameTaken,
    assign_role,
    create_role,
    edit_role,
    end_role,
    remove_role,
    rename_role,
)
from tenants.people.links import name_practitioner
from tenants.people.models import Patient, StaffProfile
from tenants.people.selectors import is_too_short
from tenants.records.care import practitioner_of
from tenants.setup import permissions
from tenants.setup.patients import may_find, patients_asked, patients_found, with_names
from tenants.setup.roles import assignable, label_of, reach_for
from tenants.setup.selectors import (
    audit_entry,
    audit_trail,
    is_staff,
    may_treat,
    practitioner_called,
    staff_list,
    staff_member,
    subject_of,
)

STAFF_BASES = [role.value for role in STAFF_ROLES]


class NoPatients(DomainError):
    message = gettext_lazy("The roles of this person see no patients in their care. Give the person such a role first.")
    code = "no-patients"


class PractitionerUnknown(DomainError):
    message = gettext_lazy("The records do not have this practitioner any more. Search again.")
    code = "practitioner-unknown"


def _roles_called(names: Collection[str]) -> list[RoleDefinition]:
    found = list(RoleDefinition.objects.filter(name__in=names, based_on__in=STAFF_BASES, removed_at=None))
    if not found or len(found) != len(set(names)):
        raise RoleUnknown
    return found


def _role_called(name: str) -> RoleDefinition:
    """The role of this name, a removed one, too. Raises NotFound."""
    # Compared here: a name of an address may have signs that the database takes in no question.
    found = next((role for role in RoleDefinition.objects.filter(based_on__in=STAFF_BASES) if role.name == name), None)
    if found is None:
        raise NotFound
    return found


def invite_staff(*, access: Access, name: str, email: str, roles: Collection[str]) -> Account:
    """Give somebody an account and roles, and write to them. The same twice is one invitation. Raises RoleUnknown."""
    access.require(permissions.MANAGE_STAFF)
    with transaction.atomic():
        wanted = _roles_called(roles)
        return invite(access=access, email=email, display_name=name, roles=[role.name for role in wanted])


def invite_staff_again(*, access: Access, account_id: UUID) -> Account:
    """Write once more to a member of staff who has not answered. Raises NotFound, AlreadyAnswered."""
    access.require(permissions.MANAGE_STAFF)
    account: Account = staff_member(access, account_id)
    invite_again(access=access, account=account)
    return account


def _live_memberships(account: Account) -> list[RoleMembership]:
    return list(
        RoleMembership.objects.select_related("role").filter(
            Q(ends__isnull=True) | Q(ends__gt=clock.now()), account=account, role__based_on__in=STAFF_BASES
        )
    )


def give_staff_roles(*, access: Access, account_id: UUID, roles: Collection[str]) -> Account:
    """Make ``roles`` the roles of a member of staff, no more and no less; a change signs the person out.

    Raises RoleUnknown, NotFound, and what giving and ending roles raises: OwnRole, BeyondOwnRights, LastManager.
    """
    access.require(permissions.MANAGE_STAFF)
    with transaction.atomic():
        account: Account = staff_member(access, account_id)
        Account.objects.select_for_update().get(pk=account.pk)
        wanted = _roles_called(roles)
        held = _live_memberships(account)
        # Given before ended: somebody who manages roles must remain at every moment.
        for role in wanted:
            if role.pk not in {membership.role_id for membership in held}:
                assign_role(access=access, account=account, role=role)
        for membership in held:
            if membership.role not in wanted:
                end_role(access=access, membership=membership)
    return account


def connect_staff(*, access: Access, account_id: UUID, practitioner: str, shown: str) -> str:
    """Make a member of staff a practitioner of the records (its FHIR id; empty: nobody), and answer with the name.

    ``shown`` is the FHIR id of who it was when the page was made. Who does not work here any more keeps nobody from
    becoming the same practitioner. Raises NotFound, NoPatients, PractitionerUnknown and what ``name_practitioner``
    raises: OwnPractitioner, PractitionerChanged, PractitionerTaken.
    """
    access.require(permissions.MANAGE_STAFF)
    with transaction.atomic():
        member = staff_member(access, account_id)
        found = practitioner_called(access, practitioner or member.practitioner)
        called = found.name if found else ""
        if practitioner:
            if not may_treat(member):
                raise NoPatients
            if found is None:
                raise PractitionerUnknown
            for former in StaffProfile.objects.filter(practitioner=practitioner).exclude(account=account_id):
                if not is_staff(former.account_id):
                    name_practitioner(access=access, account_id=former.account_id, practitioner="", called=called)
        name_practitioner(access=access, account_id=account_id, practitioner=practitioner, shown=shown, called=called)
    return called


def end_staff(*, access: Access, account_id: UUID, reason: str) -> None:
    """End all roles of a member of staff at once; their sessions close. What they are as a patient stays. Asked for
    several times at one moment, it is one end.

    Raises ReasonMissing, NotFound, OwnRole for oneself, and LastManager for the last who manages roles.
    """
    access.require(permissions.MANAGE_STAFF)
    why = " ".join(reason.split())
    if not why:
        raise ReasonMissing
    with transaction.atomic():
        account: Account = staff_member(access, account_id)
        Account.objects.select_for_update().get(pk=account.pk)
        held = _live_memberships(account)
        if not held:
            return
        for membership in held:
            end_role(access=access, membership=membership, reason=why)
        # Whoever comes back one day is connected anew, by somebody who decides it.
        connected = practitioner_of(account.pk)
        if connected:
            found = practitioner_called(access, connected)
            called = found.name if found else ""
            name_practitioner(access=access, account_id=account.pk, practitioner="", called=called)
        audit.record(access, action="setup.staff_ended", target=account, reason=why)


def change_role(*, access: Access, name: str, granted: Iterable[str], shown: Collection[str]) -> RoleDefinition:
    """Make ``granted`` (names of permissions) what a role may do. Names that staff cannot have are ignored.

    ``shown`` are the permissions it had when the change began: two who edit a role at once do not undo each other's
    work unseen. Raises NotFound and what ``edit_role`` raises: RoleChanged, OwnRole, BeyondOwnRights, LastManager.
    """
    access.require(permissions.EDIT_ROLES)
    with transaction.atomic():
        role = _role_called(name)
        wanted, base = set(granted), Role(role.based_on)
        changed: dict[str, Reach | None] = {}
        for permission in assignable():
            if permission.name in wanted and permission.name not in shown:
                changed[permission.name] = reach_for(permission, base)
            elif permission.name not in wanted and permission.name in shown:
                changed[permission.name] = None
        edit_role(access=access, role=role, grants=changed, shown=shown)
    return role


def refusal_of_change(*, access: Access, name: str, granted: Iterable[str], shown: Collection[str]) -> str:
    """What ``change_role`` would answer to the same change, in words; empty where it would be saved. Keeps nothing."""
    try:
        with transaction.atomic():
            change_role(access=access, name=name, granted=granted, shown=shown)
            transaction.set_rollback(True)
    except DomainError as error:
        return str(error)
    return ""


def add_role(*, access: Access, label: str, based_on: str) -> RoleDefinition:
    """A role of the hospital's own that begins with what ``based_on`` (a kind of staff) may do.

    The same twice is one role. Raises RoleUnknown for another kind, RoleNameTaken for a label in use otherwise.
    """
    access.require(permissions.EDIT_ROLES)
    words = " ".join(label.split())[:120]
    if based_on not in STAFF_BASES or not words:
        raise RoleUnknown
    try:
        return create_role(access=access, label=words, based_on=Role(based_on))
    except RoleNameTaken:
        same = RoleDefinition.objects.filter(label=words, based_on=based_on, is_builtin=False, removed_at=None)
        again = same.first()
        if again is None:
            raise
        return again


def call_role(*, access: Access, name: str, label: str, shown: str) -> RoleDefinition:
    """Give one of the hospital's own roles another label; ``shown`` is the one it had when somebody began.

    Raises NotFound, also for a built-in one, and what ``rename_role`` raises: RoleChanged, RoleNameTaken.
    """
    access.require(permissions.EDIT_ROLES)
    return rename_role(access=access, role=_role_called(name), label=label, shown=shown)


def drop_role(*, access: Access, name: str) -> None:
    """Remove one of the hospital's own roles. Twice is the same as once.

    Raises NotFound for a built-in one and one that never was, and RoleHeld while somebody has it.
    """
    access.require(permissions.EDIT_ROLES)
    remove_role(access=access, role=_role_called(name))


def read_trail(*, access: Access, state: ListState, export: str = "") -> tuple["Listing[AuditEntry]", list[TrailRow]]:
    """The page of the trail with the names of patients. Reading it is recorded like any other look at them (S33).

    One line stands for the page, with the keys of the patients whose names are on it: a line for each of them would
    fill the trail with its own reading. Asked for one patient, the line is about that patient.
    """
    subject = subject_of(state)
    with transaction.atomic():
        trail = audit_trail(access, state, export=export)
        rows = with_names(access, trail.page.object_list)
        if subject is not None:
            audit.record(access, action="setup.audit_searched", subject=subject)
        else:
            named = sorted({str(row.entry.subject) for row in rows if row.patient_name})
            audit.record(access, action="setup.audit_viewed", detail={"patients": named} if named else {})
    return trail, rows


def look_for_patients(*, access: Access, words: str) -> list[Patient]:
    """Patients by name, number or contact, to choose whose entries to see. Recorded like every search for patients.

    Raises NotPermitted.
    """
    with transaction.atomic():
        found = patients_found(access, words)
        seen = audit.record_each(access, action="people.searched", subjects=[patient.pk for patient in found])
        if not seen and not is_too_short(words):
            audit.record(access, action="people.nobody_found")
    return found


def open_entry(*, access: Access, key: UUID) -> tuple[AuditEntry, TrailRow]:
    """One entry of the trail with the patient's name; the look is recorded like that at the list. Raises NotFound."""
    with transaction.atomic():
        entry = audit_entry(access, key)
        [row] = with_names(access, [entry])
        action = "setup.audit_viewed" if entry.subject is None else "setup.audit_searched"
        audit.record(access, action=action, subject=entry.subject)
    return entry, row


def export_audit(*, access: Access, state: ListState) -> list[tuple[object, ...]]:
    """The entries that ``state`` asks for as rows with a heading, at most 10,000; the export is recorded."""
    access.require(permissions.EXPORT_AUDIT)
    with transaction.atomic():
        found = find_entries(state, patients_asked(access, state))[:MOST_ROWS]
        rows = trail_table(found, names_patients=may_find(access))
        # A name that was looked for may be a patient's, and the file that will hold this line may be passed on.
        asked = {"q": state.search, **state.filters}
        filters = {name: "…" if name in ("q", "person") else value for name, value in asked.items() if value}
        audit.record(
            access,
            action="setup.audit_exported",
            subject=subject_of(state),
            detail={"rows": len(rows) - 1, "filters": filters},
        )
    return rows


_FOR_MACHINES = ("role", "last sign-in")


def export_staff(*, access: Access, state: ListState) -> list[tuple[object, ...]]:
    """The staff that ``state`` asks for as rows with a heading, at most 10,000; the export is recorded.

    First for people, in their words and the hospital's time, then as recorded, with codes and UTC, as in the trail's.
    """
    access.require(permissions.VIEW_STAFF)
    with transaction.atomic():
        rows: list[tuple[object, ...]] = [
            (
                account.display_name,
                account.email,
                ", ".join(label_of(membership.role) for membership in account.live_roles),
                _("Yes") if account.has_factor else _("No"),
                f"{local(account.last_login):%Y-%m-%d %H:%M:%S}" if account.last_login else "",
                " ".join(membership.role.name for membership in account.live_roles),
                account.last_login.isoformat() if account.last_login else "",
            )
            for account in staff_list(access, state)[:MOST_ROWS]
        ]
        audit.record(access, action="setup.staff_exported", detail={"rows": len(rows)})
    last = _("Last sign-in (%(place)s)") % {"place": zone_name()}
    return [(_("Name"), _("E-mail"), _("Roles"), _("Second step"), last, *_FOR_MACHINES), *rows]
