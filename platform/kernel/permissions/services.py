"""Roles are edited, given and ended. Nobody grants what they do not have, and somebody can always manage roles."""

from collections.abc import Collection, Mapping
from datetime import datetime
from itertools import chain, count
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from kernel import audit, clock
from kernel.accounts.models import Account
from kernel.accounts.permissions import MANAGE_STAFF, VIEW_STAFF
from kernel.accounts.sessions import delete_sessions
from kernel.audit.browsing import KINDS
from kernel.errors import DomainError
from kernel.names import as_heard, readable_name, require_one_alphabet
from kernel.permissions.access import Access, NotFound
from kernel.permissions.declarations import (
    PROVIDER_ROLES,
    STAFF_ROLES,
    Reach,
    Role,
    default_grants,
    permissions,
)
from kernel.permissions.models import RoleDefinition, RoleMembership
from kernel.permissions.provisioning import ensure_shared_roles
from kernel.permissions.rights import ASSIGN_ROLES, EDIT_ROLES
from kernel.tenancy.scope import current_scope

LONGEST_LABEL = 120

# Whom each kind of manager may appoint, although their own work needs less: an admin gives clinicians their role.
_MAY_APPOINT: Mapping[Role, frozenset[Role]] = {
    Role.HOSPITAL_ADMIN: STAFF_ROLES,
    Role.OPERATOR: PROVIDER_ROLES,
    Role.NETWORK_ADMIN: frozenset({Role.NETWORK_ADMIN}),
}

# What one and the same account needs to change roles, and to invite people and end their roles: each page begins with
# the list, so the right to change is worth nothing without the right to look.
_MANAGING = (
    frozenset({VIEW_STAFF.name, EDIT_ROLES.name}),
    frozenset({VIEW_STAFF.name, MANAGE_STAFF.name, ASSIGN_ROLES.name}),
)


class BeyondOwnRights(DomainError):
    """A grant that the actor neither has nor may pass on. ``beyond`` are the names of such permissions."""

    message = _("You can give only what you may do yourself, and what a standard role has from the start.")
    code = "beyond-own-rights"

    def __init__(self, beyond: Collection[str]) -> None:
        rights = "; ".join(str(permissions.get(name).sentence) for name in beyond)
        told = _("Beyond that is: %(rights)s.") % {"rights": rights}
        super().__init__(f"{self.message} {told}")


class OwnRole(DomainError):
    message = _("You cannot change your own roles. Ask somebody else who manages roles.")
    code = "own-role"


class LastManager(DomainError):
    message = _("Nobody could manage staff and roles any more after this. Make sure first that somebody else can.")
    code = "last-manager"


class RoleUnusable(DomainError):
    message = _("This role cannot be given to an account.")
    code = "role-unusable"


class RoleChanged(DomainError):
    message = _("Somebody else changed this role meanwhile.")
    code = "role-changed"


class RoleNameTaken(DomainError):
    message = _("There is already a role of this name.")
    code = "role-name-taken"


class StandardRoleName(RoleNameTaken):
    message = _("A standard role is called this. Choose another name, so that nobody takes one for the other.")


class RoleHeld(DomainError):
    message = _("Somebody still has this role. Give them another one first.")
    code = "role-held"


class OperatorOrNetwork(DomainError):
    message = _("An account is either an operator or a network admin, never both.")
    code = "operator-or-network"


def builtin_role(role: Role) -> RoleDefinition:
    """The built-in definition of ``role`` in the scope in context. Raises NotFound on the wrong side."""
    if current_scope().is_shared:
        ensure_shared_roles()
    found = RoleDefinition.objects.filter(is_builtin=True, name=role.value).first()
    if found is None:
        raise NotFound
    return found


def _covers(held: frozenset[Reach], wanted: Reach) -> bool:
    return any(reach.rank >= wanted.rank for reach in held)


def _beyond(access: Access, grants: Mapping[str, Reach], based_on: Role) -> list[str]:
    """The names of grants that the actor neither has nor may pass on as part of a usual role."""
    if access.actor.is_system:
        return []
    usual: dict[str, Reach] = {}
    if any(based_on in _MAY_APPOINT.get(role, ()) for role in access.actor.roles):
        usual = default_grants(based_on)
    return [
        name
        for name, reach in grants.items()
        if not (name in usual and usual[name].rank >= reach.rank)
        and not _covers(access.actor.grants.get(name, frozenset()), reach)
    ]


def _require_may_give(access: Access, grants: Mapping[str, Reach], based_on: Role) -> None:
    """Raise BeyondOwnRights for a grant that the actor neither has nor may pass on as part of a usual role."""
    if beyond := _beyond(access, grants, based_on):
        raise BeyondOwnRights(beyond)


def _holds(access: Access, role: RoleDefinition) -> bool:
    """Whether the actor has the role, now or from some day on."""
    if access.actor.account_id is None:
        return False
    own = RoleMembership.objects.filter(role=role, account=access.actor.account_id)
    return own.filter(Q(ends=None) | Q(ends__gt=clock.now())).exists()


def additions_refused(
    access: Access, role: RoleDefinition, grants: Mapping[str, Reach]
) -> dict[str, type[DomainError]]:
    """Those of ``grants`` that ``edit_role`` would not add to ``role``, and what it would raise: BeyondOwnRights, or
    OwnRole for all of them."""
    refused: dict[str, type[DomainError]] = dict.fromkeys(grants, OwnRole) if _holds(access, role) else {}
    return refused | dict.fromkeys(_beyond(access, grants, Role(role.based_on)), BeyondOwnRights)


def _still_managed() -> set[frozenset[str]]:
    """Those of ``_MANAGING`` that an active account can do now, with roles that have no end date."""
    every = frozenset().union(*_MANAGING)
    given = {role.pk: every.intersection(role.grants) for role in RoleDefinition.objects.all()}
    open_now = RoleMembership.objects.filter(
        role__in=[key for key, names in given.items() if names],
        starts__lte=clock.now(),
        ends=None,
        account__is_active=True,
    )
    held: dict[UUID, frozenset[str]] = {}
    for account_id, role_id in open_now.values_list("account", "role"):
        held[account_id] = held.get(account_id, frozenset()) | given[role_id]
    return {needed for needed in _MANAGING if any(needed <= names for names in held.values())}


def _lock_roles() -> None:
    """Two admins who remove each other at the same moment must not both succeed.

    Whatever gives, ends or changes a role takes this before any other lock of roles, and after that of an account:
    in one order nobody waits for somebody who waits for them.
    """
    list(RoleDefinition.objects.select_for_update().filter(is_builtin=True).order_by("pk"))


def _require_managers_remain(before: set[frozenset[str]]) -> None:
    if before - _still_managed():
        raise LastManager


def create_role(*, access: Access, label: str, based_on: Role) -> RoleDefinition:
    """A role of the hospital's own, which begins as a copy of ``based_on``.

    Raises NameUnreadable, RoleNameTaken (StandardRoleName for what a built-in one is called), BeyondOwnRights.
    """
    access.require(EDIT_ROLES)
    if based_on not in STAFF_ROLES | PROVIDER_ROLES or (based_on in PROVIDER_ROLES) != current_scope().is_shared:
        raise RoleUnusable
    _require_may_give(access, default_grants(based_on), based_on)
    label = readable_name(label, LONGEST_LABEL)
    with transaction.atomic():
        _lock_roles()
        _require_free(label)
        role = RoleDefinition.objects.create(name=_free_key(label), label=label, based_on=based_on.value)
        audit.record(access, action="permissions.role_created", target=role, detail={"based_on": based_on.value})
    return role


def _standard_names() -> set[str]:
    """What built-in roles are called, in every language."""
    found: set[str] = set()
    for language, _name in settings.LANGUAGES:
        with override(language):
            found.update(as_heard(str(KINDS[role])) for role in Role if role in KINDS)
    return found


def _require_free(label: str, role: RoleDefinition | None = None) -> None:
    """Raise RoleNameTaken when a role other than ``role`` is called ``label``, but for case and signs, and
    AlphabetsMixed for what could only look like it."""
    require_one_alphabet(label)
    heard = as_heard(label)
    if heard in _standard_names():
        raise StandardRoleName
    others = RoleDefinition.objects.filter(is_builtin=False, removed_at=None)
    if role is not None:
        others = others.exclude(pk=role.pk)
    if heard in {as_heard(other) for other in others.values_list("label", flat=True)}:
        raise RoleNameTaken


def _free_key(label: str) -> str:
    """A name for a new role, which stays when its label changes: so a number tells it from one of a former label
    and from removed ones, which the trail knows by their names."""
    stem = f"own-{slugify(label, allow_unicode=True)}"[:56]
    taken = set(RoleDefinition.objects.filter(name__startswith=stem).values_list("name", flat=True))
    numbered = (f"{stem}-{number}" for number in count(2))
    return next(name for name in chain([stem], numbered) if name not in taken)


def _own_role(role: RoleDefinition) -> RoleDefinition:
    """The row of one of the hospital's own roles, locked; a removed one, too. Raises NotFound for a built-in one."""
    _lock_roles()
    row = RoleDefinition.objects.select_for_update().filter(pk=role.pk, is_builtin=False).first()
    if row is None:
        raise NotFound
    return row


def rename_role(*, access: Access, role: RoleDefinition, label: str, shown: str) -> RoleDefinition:
    """Call one of the hospital's own roles ``label``. Called so already, nothing happens.

    ``shown`` is what it was called when somebody began. Raises NotFound for a built-in or removed one,
    RoleChanged when it is called otherwise by now, NameUnreadable, RoleNameTaken.
    """
    access.require(EDIT_ROLES)
    label = readable_name(label, LONGEST_LABEL)
    with transaction.atomic():
        row = _own_role(role)
        if row.removed_at is not None:
            raise NotFound
        before = row.label
        if label == before:
            return row
        if shown != before:
            raise RoleChanged
        _require_free(label, row)
        row.label = label
        row.save(update_fields=["label"])
        audit.record(access, action="permissions.role_renamed", target=row, detail={"before": before, "after": label})
    return row


def remove_role(*, access: Access, role: RoleDefinition) -> None:
    """Remove one of the hospital's own roles that nobody has, now or from some day on. Twice is the same as once.

    Its row and who had it when stay: the trail names its people and its label by them, and no other role gets its
    name. Raises NotFound for a built-in one, RoleHeld.
    """
    access.require(EDIT_ROLES)
    with transaction.atomic():
        row = _own_role(role)
        if row.removed_at is not None:
            return
        if holders(row).exists():
            raise RoleHeld
        row.removed_at = clock.now()
        row.save(update_fields=["removed_at"])
        audit.record(access, action="permissions.role_removed", target=row, detail={"role": row.label})


def holders(role: RoleDefinition) -> "QuerySet[Account]":
    """The accounts that have ``role`` now or from some day on, closed ones too, by name."""
    live = RoleMembership.objects.filter(role=role).filter(Q(ends=None) | Q(ends__gt=clock.now()))
    return Account.objects.filter(pk__in=live.values("account")).order_by("display_name", "pk")


def edit_role(
    *,
    access: Access,
    role: RoleDefinition,
    grants: Mapping[str, Reach | None],
    reason: str = "",
    shown: Collection[str] | None = None,
) -> None:
    """Set how far ``role`` carries each named permission; None takes it away, names not given stay as they are.

    ``shown`` are the permissions that the role had when somebody began to edit it. People who hold the role are signed
    out, because their rights changed (S21). Raises RoleChanged when it has others by now, BeyondOwnRights, OwnRole
    (adding to a role that one holds), LastManager, NotFound for a removed one, or KeyError for a permission that does
    not exist.
    """
    access.require(EDIT_ROLES)
    with transaction.atomic():
        _lock_roles()
        row = RoleDefinition.objects.select_for_update().filter(pk=role.pk, removed_at=None).first()
        if row is None:
            raise NotFound
        before, managers = row.grants, _still_managed()
        if shown is not None and set(shown) != set(before):
            raise RoleChanged
        usual = default_grants(Role(row.based_on))
        added: dict[str, Reach] = {}
        for name, reach in grants.items():
            permissions.get(name)
            if reach is not None and (name not in before or before[name].rank < reach.rank):
                added[name] = reach
            if reach == usual.get(name):
                row.changes.pop(name, None)
            else:
                row.changes[name] = reach.value if reach is not None else None
        if added:
            _require_may_give(access, added, Role(row.based_on))
            if _holds(access, row):
                raise OwnRole
        row.save(update_fields=["changes"])
        _require_managers_remain(managers)
        if row.grants == before:
            return
        for account_id in RoleMembership.objects.filter(role=row).values_list("account", flat=True).distinct():
            if account_id != access.actor.account_id:
                delete_sessions(account_id)
        audit.record(
            access,
            action="permissions.role_edited",
            target=row,
            reason=reason,
            detail={
                "before": {name: before[name].value if name in before else None for name in grants},
                "after": {name: row.grants[name].value if name in row.grants else None for name in grants},
            },
        )


def assign_role(
    *,
    access: Access,
    account: Account,
    role: RoleDefinition | Role,
    starts: datetime | None = None,
    ends: datetime | None = None,
    reason: str = "",
) -> RoleMembership:
    """Give ``account`` a role from ``starts`` (now) to ``ends`` (open). Given twice, it is one membership.

    The account's sessions end, so that the next one knows the new rights. Raises BeyondOwnRights, OwnRole,
    OperatorOrNetwork, or RoleUnusable for roles that come from links to patients.
    """
    access.require(ASSIGN_ROLES)
    definition = builtin_role(role) if isinstance(role, Role) else role
    based_on = Role(definition.based_on)
    if based_on not in STAFF_ROLES | PROVIDER_ROLES or (based_on in PROVIDER_ROLES) != current_scope().is_shared:
        raise RoleUnusable
    if access.actor.account_id == account.pk:
        raise OwnRole
    now = clock.now()
    with transaction.atomic():
        Account.objects.select_for_update().get(pk=account.pk)
        _lock_roles()
        # Read anew: somebody may have removed the role meanwhile, or added what the actor may not give.
        found = RoleDefinition.objects.filter(pk=definition.pk, removed_at=None).first()
        if found is None:
            raise RoleUnusable
        definition = found
        _require_may_give(access, definition.grants, based_on)
        live = (
            RoleMembership.objects.select_related("role").filter(account=account).filter(Q(ends=None) | Q(ends__gt=now))
        )
        existing = next((row for row in live if row.role_id == definition.pk and row.ends is None), None)
        if existing is not None:
            return existing
        if based_on in PROVIDER_ROLES and any(
            row.role.based_on in PROVIDER_ROLES and row.role.based_on != based_on for row in live
        ):
            raise OperatorOrNetwork
        membership = RoleMembership.objects.create(account=account, role=definition, starts=starts or now, ends=ends)
        delete_sessions(account.pk)
        audit.record(
            access,
            action="permissions.role_given",
            target=account,
            reason=reason,
            detail={"role": definition.name, "ends": ends.isoformat() if ends else None},
        )
    return membership


def end_role(*, access: Access, membership: RoleMembership, reason: str = "") -> None:
    """Take a role away now; the account's sessions end at once. Raises LastManager for the last who manages these.

    Only who could give the role can end it, and nobody ends their own. Raises BeyondOwnRights, OwnRole.
    """
    access.require(ASSIGN_ROLES)
    if access.actor.account_id == membership.account_id:
        raise OwnRole
    with transaction.atomic():
        _lock_roles()
        row = RoleMembership.objects.select_for_update(of=("self",)).select_related("role").get(pk=membership.pk)
        _require_may_give(access, row.role.grants, Role(row.role.based_on))
        now = clock.now()
        if row.ends is not None and row.ends <= now:
            return
        managers = _still_managed()
        row.ends = max(now, row.starts)
        row.save(update_fields=["ends"])
        _require_managers_remain(managers)
        delete_sessions(row.account_id)
        audit.record(
            access,
            action="permissions.role_ended",
            target=("accounts.Account", row.account_id),
            reason=reason,
            detail={"role": row.role.name},
        )
