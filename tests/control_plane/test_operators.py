"""The provider's own staff."""

from collections.abc import Callable

import pytest

from control_plane.operators import services
from control_plane.operators.ranks import FULL, READER, ensure_ranks, reads_only
from control_plane.operators.selectors import OPERATOR_LIST, operator_by_id, operator_list
from kernel.accounts.events import AccountInvited
from kernel.accounts.models import Account
from kernel.audit.models import AuditEntry
from kernel.errors import ReasonMissing
from kernel.events.models import OutboxEvent
from kernel.ids import uuid7
from kernel.lists import ListState
from kernel.permissions import Access, NotFound, NotPermitted, Role, permissions
from kernel.permissions.models import RoleDefinition, RoleMembership
from kernel.permissions.selectors import access_for
from kernel.permissions.services import LastManager, OperatorOrNetwork, OwnRole
from tests.factories.staff import staff_account

Audited = Callable[..., list[tuple[str, str]]]


@pytest.mark.requirement("S27")
def test_who_may_only_look_has_no_permission_that_changes(in_shared: None) -> None:
    ensure_ranks()
    ensure_ranks()

    held = set(RoleDefinition.objects.get(name=READER).grants)
    of_operators = {permission.name for permission in permissions if Role.OPERATOR in permission.reaches}

    assert held == {name for name in of_operators if reads_only(name)}
    assert not held & {"hospitals.add", "hospitals.suspend", "accounts.manage_staff", "permissions.assign_roles"}


def test_inviting_makes_an_account_with_the_rank_and_writes_to_it(access: Access, audited: Audited) -> None:
    account = services.invite_operator(access=access, name="Ines New", email="Ines@Example.org", rank=READER)
    again = services.invite_operator(access=access, name="Ines New", email="ines@example.org", rank=READER)

    assert account.pk == again.pk
    assert (account.login, account.has_usable_password()) == ("ines@example.org", False)
    assert [row.role.name for row in RoleMembership.objects.filter(account=account)] == [READER]
    assert audited("accounts.invited") == [("accounts.invited", "")]
    entry = AuditEntry.objects.filter(action="accounts.invited").latest("at")
    assert (entry.actor_id, entry.target_id, entry.details) == (
        access.actor.account_id, str(account.pk), {"roles": [READER]},
    )  # fmt: skip
    events = OutboxEvent.objects.filter(type_name=AccountInvited.type_name, payload={"account_id": str(account.pk)})
    assert events.count() == 1


def test_an_unknown_rank_is_refused(access: Access, audited: Audited) -> None:
    for rank in ("", "hospital_admin", Role.NETWORK_ADMIN.value):
        with pytest.raises(services.UnknownRank):
            services.invite_operator(access=access, name="Ines", email="ines@example.org", rank=rank)

    assert not Account.objects.filter(login="ines@example.org").exists()
    assert audited("accounts.invited") == []


def test_nobody_is_operator_and_network_admin(access: Access) -> None:
    admin = staff_account(Role.NETWORK_ADMIN.value, name="Nora Network")

    with pytest.raises(OperatorOrNetwork):
        services.invite_operator(access=access, name="Nora", email=admin.login, rank=FULL)

    assert [row.role.name for row in RoleMembership.objects.filter(account=admin)] == [Role.NETWORK_ADMIN.value]


def test_ending_takes_the_role_and_keeps_the_reason(access: Access, audited: Audited) -> None:
    other = staff_account(FULL, name="Olga Other")

    services.end_operator(access=access, account_id=other.pk, reason="Left on Friday")

    assert access_for(other).actor.roles == frozenset()
    assert audited("operators.") == [("operators.ended", "Left on Friday")]
    with pytest.raises(NotFound):
        operator_by_id(access, other.pk)


def test_nobody_ends_themselves_and_somebody_remains(access: Access, operator: Account, audited: Audited) -> None:
    with pytest.raises((OwnRole, LastManager)):
        services.end_operator(access=access, account_id=operator.pk, reason="Why")
    with pytest.raises(ReasonMissing):
        services.end_operator(access=access, account_id=operator.pk, reason=" ")
    with pytest.raises(NotFound):
        services.end_operator(access=access, account_id=uuid7(), reason="Why")

    assert Role.OPERATOR in access_for(operator).actor.roles
    assert audited("operators.") == []


@pytest.mark.requirement("S27")
def test_who_may_only_look_neither_invites_nor_ends(reading: Access, operator: Account) -> None:
    with pytest.raises(NotPermitted):
        services.invite_operator(access=reading, name="I", email="i@example.org", rank=READER)
    with pytest.raises(NotPermitted):
        services.end_operator(access=reading, account_id=operator.pk, reason="Why")

    assert operator_list(reading, ListState.read({"rank": READER}, OPERATOR_LIST)).count() >= 1
