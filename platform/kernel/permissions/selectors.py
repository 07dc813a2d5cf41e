"""From an account to its access."""

from uuid import UUID

from django.db.models import Q

from kernel import clock
from kernel.accounts.models import Account
from kernel.permissions.access import SELF, Access, Actor, Channel, anonymous_access, merged_grants
from kernel.permissions.declarations import Role
from kernel.permissions.directory import patient_directory
from kernel.permissions.models import RoleDefinition
from kernel.tenancy.scope import current_scope


def live_roles(account_id: UUID) -> list[RoleDefinition]:
    """The roles that the account holds now through memberships."""
    now = clock.now()
    return list(
        RoleDefinition.objects.filter(
            Q(memberships__ends__isnull=True) | Q(memberships__ends__gt=now),
            memberships__account=account_id,
            memberships__starts__lte=now,
        ).distinct()
    )


def access_for(account: Account, *, channel: Channel = Channel(), subject: UUID | None = None) -> Access:
    """All that ``account`` may do in the scope in context. An inactive account may do nothing.

    ``subject`` is taken only when the account is linked to that patient.
    """
    if not account.is_active:
        return anonymous_access(channel)
    roles = live_roles(account.pk)
    directory = patient_directory()
    patients = {} if directory is None or current_scope().is_shared else dict(directory.linked_patients(account.pk))
    by_links = set()
    if any(SELF in scopes for scopes in patients.values()):
        by_links.add(Role.PATIENT)
    if any(scopes - {SELF} for scopes in patients.values()):
        by_links.add(Role.HELPER)
    if by_links:
        roles += RoleDefinition.objects.filter(is_builtin=True, name__in=[role.value for role in by_links])
    return Access(
        actor=Actor(
            account_id=account.pk,
            display_name=account.display_name,
            roles=frozenset(Role(role.based_on) for role in roles),
            grants=merged_grants([role.grants for role in roles]),
        ),
        subject=subject if subject in patients else None,
        patients=patients,
        channel=channel,
    )
