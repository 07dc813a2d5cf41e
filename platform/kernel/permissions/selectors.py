"""From an account to its access."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from kernel import clock
from kernel.accounts.models import Account
from kernel.permissions.access import SELF, Access, Actor, Channel, anonymous_access, merged_grants
from kernel.permissions.declarations import Role
from kernel.permissions.directory import patient_directory
from kernel.permissions.models import RoleDefinition, RoleMembership
from kernel.tenancy.scope import current_scope

WEB = Channel()


def _live(account_id: UUID) -> Exists:
    """Whether a role is one that the account holds now."""
    now = clock.now()
    return Exists(
        RoleMembership.objects.filter(
            Q(ends__isnull=True) | Q(ends__gt=now), role=OuterRef("pk"), account=account_id, starts__lte=now
        )
    )


def live_roles(account_id: UUID) -> list[RoleDefinition]:
    """The roles that the account holds now through memberships."""
    return list(RoleDefinition.objects.filter(_live(account_id)))


def roles_by_links(scopes: Iterable[frozenset[str]]) -> frozenset[Role]:
    """What an account is through its links to patients: one's own record makes a patient, others' make a helper."""
    each = list(scopes)
    is_patient, helps = any(SELF in one for one in each), any(one - {SELF} for one in each)
    return frozenset({Role.PATIENT} if is_patient else ()) | frozenset({Role.HELPER} if helps else ())


def access_for(account: Account, *, channel: Channel = WEB, subject: UUID | None = None) -> Access:
    """All that ``account`` may do in the scope in context, in two queries. An inactive account may do nothing.

    ``subject`` is taken only when the account is linked to that patient.
    """
    if not account.is_active:
        return anonymous_access(channel)
    directory = patient_directory()
    patients = {} if directory is None or current_scope().is_shared else dict(directory.linked_patients(account.pk))
    by_links = [role.value for role in roles_by_links(patients.values())]
    held = Q(_live(account.pk))
    if by_links:
        held |= Q(is_builtin=True, name__in=by_links)
    roles = list(RoleDefinition.objects.filter(held))
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
