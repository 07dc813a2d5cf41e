"""Roles are data: edited, given and ended, within limits."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connections

from kernel import clock
from kernel.accounts.models import Account
from kernel.audit.models import AuditEntry
from kernel.permissions import Access, NotPermitted, Permission, Reach, Role
from kernel.permissions.models import RoleDefinition, RoleMembership
from kernel.permissions.selectors import access_for
from kernel.permissions.services import (
    BeyondOwnRights,
    LastManager,
    OperatorOrNetwork,
    OwnRole,
    RoleNameTaken,
    RoleUnusable,
    assign_role,
    builtin_role,
    create_role,
    edit_role,
    end_role,
)
from kernel.tenancy.context import HospitalContext
from kernel.tenancy.scope import hospital
from tests.factories.accounts import SYSTEM, make_account

CHART = Permission("testing.read_charts", "Read charts", roles={Role.CLINICIAN})
LEDGER = Permission("testing.read_ledger", "Read the ledger", roles={Role.HOSPITAL_ADMIN, Role.BILLING})


@pytest.fixture
def admin(in_northfield: Any) -> Account:
    return make_account("admin@example.org", Role.HOSPITAL_ADMIN)


def last_entry() -> tuple[str, str, dict[str, Any]]:
    entry = AuditEntry.objects.order_by("at", "id").last()
    assert entry is not None
    import json

    return entry.action, entry.reason, json.loads(entry.detail)


def acting(account: Account) -> Access:
    return access_for(account)


def test_an_admin_gives_a_clinician_the_usual_role_although_admins_read_no_charts(admin: Account) -> None:
    doctor = make_account("dr@example.org")
    membership = assign_role(access=acting(admin), account=doctor, role=Role.CLINICIAN, reason="new here")

    assert access_for(doctor).actor.roles == {Role.CLINICIAN}
    assert access_for(doctor).reaches(CHART) == {Reach.CARE}
    assert last_entry() == ("permissions.role_given", "new here", {"role": "clinician", "ends": None})
    assert assign_role(access=acting(admin), account=doctor, role=Role.CLINICIAN).pk == membership.pk


def test_nobody_gives_a_role_to_themselves(admin: Account) -> None:
    with pytest.raises(OwnRole):
        assign_role(access=acting(admin), account=admin, role=Role.CLINICIAN)
    assert access_for(admin).actor.roles == {Role.HOSPITAL_ADMIN}


@pytest.mark.parametrize("role", [Role.CLINICIAN, Role.FRONT_DESK, Role.BILLING, Role.PRIVACY_OFFICER])
def test_who_does_not_manage_roles_cannot_give_them(in_northfield: Any, role: Role) -> None:
    worker, other = make_account("w@example.org", role), make_account("o@example.org")
    with pytest.raises(NotPermitted):
        assign_role(access=acting(worker), account=other, role=Role.BILLING)
    assert access_for(other).actor.roles == set()


@pytest.mark.parametrize("role", [Role.PATIENT, Role.HELPER, Role.ANONYMOUS])
def test_roles_that_come_from_links_cannot_be_given(admin: Account, role: Role) -> None:
    with pytest.raises(RoleUnusable):
        assign_role(access=acting(admin), account=make_account("x@example.org"), role=role)


def test_nobody_adds_to_a_role_what_they_do_not_have(admin: Account) -> None:
    billing = builtin_role(Role.BILLING)
    with pytest.raises(BeyondOwnRights):
        edit_role(access=acting(admin), role=billing, grants={CHART.name: Reach.HOSPITAL})
    assert CHART.name not in RoleDefinition.objects.get(pk=billing.pk).grants

    front = builtin_role(Role.FRONT_DESK)
    edit_role(access=acting(admin), role=front, grants={LEDGER.name: Reach.HOSPITAL}, reason="one desk")
    assert RoleDefinition.objects.get(pk=front.pk).grants[LEDGER.name] is Reach.HOSPITAL
    assert last_entry() == (
        "permissions.role_edited",
        "one desk",
        {"before": {LEDGER.name: None}, "after": {LEDGER.name: "hospital"}},
    )


def test_nobody_adds_to_a_role_they_hold(admin: Account) -> None:
    own = builtin_role(Role.HOSPITAL_ADMIN)
    edit_role(access=acting(admin), role=own, grants={LEDGER.name: None})
    with pytest.raises((OwnRole, BeyondOwnRights)):
        edit_role(access=acting(admin), role=own, grants={LEDGER.name: Reach.HOSPITAL})
    assert LEDGER.name not in RoleDefinition.objects.get(pk=own.pk).grants


def test_what_was_taken_away_can_be_given_back_and_leaves_no_difference(admin: Account) -> None:
    clinician = builtin_role(Role.CLINICIAN)
    edit_role(access=acting(admin), role=clinician, grants={CHART.name: None})
    assert RoleDefinition.objects.get(pk=clinician.pk).changes == {CHART.name: None}
    edit_role(access=acting(admin), role=clinician, grants={CHART.name: Reach.CARE})
    assert RoleDefinition.objects.get(pk=clinician.pk).changes == {}


def test_a_widened_reach_counts_as_something_added(admin: Account) -> None:
    with pytest.raises(BeyondOwnRights):
        edit_role(access=acting(admin), role=builtin_role(Role.CLINICIAN), grants={CHART.name: Reach.HOSPITAL})


def test_a_permission_that_does_not_exist_cannot_be_granted(admin: Account) -> None:
    with pytest.raises(KeyError):
        edit_role(access=acting(admin), role=builtin_role(Role.BILLING), grants={"testing.nothing": Reach.HOSPITAL})


def test_a_hospitals_own_role_begins_as_a_copy(admin: Account) -> None:
    role = create_role(access=acting(admin), label="Night nurse", based_on=Role.CLINICIAN)
    assert (role.name, role.grants == builtin_role(Role.CLINICIAN).grants) == ("own-night-nurse", True)
    with pytest.raises(RoleNameTaken):
        create_role(access=acting(admin), label="Night nurse", based_on=Role.BILLING)
    nurse = make_account("n@example.org")
    assign_role(access=acting(admin), account=nurse, role=role)
    assert access_for(nurse).actor.roles == {Role.CLINICIAN}


def test_the_last_who_manages_roles_stays(admin: Account) -> None:
    only = RoleMembership.objects.get(account=admin)
    with pytest.raises(LastManager):
        end_role(access=SYSTEM, membership=only)
    with pytest.raises(LastManager):
        edit_role(access=SYSTEM, role=builtin_role(Role.HOSPITAL_ADMIN), grants={"permissions.assign_roles": None})
    assert access_for(admin).actor.roles == {Role.HOSPITAL_ADMIN}

    second = make_account("second@example.org", Role.HOSPITAL_ADMIN)
    end_role(access=acting(second), membership=only, reason="left")
    assert access_for(admin).actor.roles == set()
    assert last_entry() == ("permissions.role_ended", "left", {"role": "hospital_admin"})


LOCKS = ["permissions.edit_roles", "permissions.assign_roles", "accounts.manage_staff", "accounts.view_staff"]


@pytest.mark.parametrize("right", LOCKS)
def test_no_edit_of_a_role_leaves_a_hospital_without_somebody_who_manages_staff_and_roles(
    admin: Account, right: str
) -> None:
    own = builtin_role(Role.HOSPITAL_ADMIN)
    make_account("paul@example.org", Role.PRIVACY_OFFICER)

    with pytest.raises(LastManager):
        edit_role(access=acting(admin), role=own, grants={right: None})

    assert right in RoleDefinition.objects.get(pk=own.pk).grants
    assert AuditEntry.objects.filter(action="permissions.role_edited").count() == 0
    deputy = create_role(access=acting(admin), label="Deputy", based_on=Role.HOSPITAL_ADMIN)
    assign_role(access=acting(admin), account=make_account("deputy@example.org"), role=deputy)
    edit_role(access=acting(admin), role=own, grants={right: None})
    assert right not in RoleDefinition.objects.get(pk=own.pk).grants


def test_who_is_suspended_or_leaves_on_a_day_does_not_count_as_somebody_who_manages_roles(admin: Account) -> None:
    deputy = create_role(access=acting(admin), label="Deputy", based_on=Role.HOSPITAL_ADMIN)
    leaving, closed = make_account("leaving@example.org"), make_account("closed@example.org")
    assign_role(access=acting(admin), account=leaving, role=deputy, ends=clock.now() + timedelta(days=1))
    assign_role(access=acting(admin), account=closed, role=deputy)
    Account.objects.filter(pk=closed.pk).update(is_active=False)

    with pytest.raises(LastManager):
        edit_role(access=acting(admin), role=builtin_role(Role.HOSPITAL_ADMIN), grants={"permissions.edit_roles": None})


def test_two_parallel_edits_do_not_take_the_last_right_to_change_roles_together(
    new_hospital: Callable[..., HospitalContext],
) -> None:
    context, both = new_hospital(), Barrier(2)
    with hospital(context):
        first = make_account("first@example.org", Role.HOSPITAL_ADMIN)
        deputy = create_role(access=acting(first), label="Deputy", based_on=Role.HOSPITAL_ADMIN)
        second = make_account("second@example.org")
        assign_role(access=acting(first), account=second, role=deputy)

    def take(account: Account, name: str) -> str:
        with hospital(context):
            access, role = acting(account), RoleDefinition.objects.get(name=name)
            both.wait(10)
            try:
                edit_role(access=access, role=role, grants={"permissions.edit_roles": None})
                answer = "taken"
            except LastManager:
                answer = "refused"
        connections.close_all()
        return answer

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(take, (first, second), ("own-deputy", "hospital_admin"))) == ["refused", "taken"]


def test_an_ended_role_ends_the_sessions_at_once(in_northfield: Any, admin: Account) -> None:
    from kernel.accounts.models import Session

    doctor = make_account("dr@example.org", Role.CLINICIAN)
    now = clock.now()
    Session.objects.create(
        key_hash="k",
        door="hospital",
        account=doctor,
        created_at=now,
        last_seen_at=now,
        idle_seconds=900,
        expires_at=now,
    )
    end_role(access=acting(admin), membership=RoleMembership.objects.get(account=doctor))
    assert Session.objects.count() == 0


def test_a_membership_counts_from_its_beginning_to_its_end(admin: Account) -> None:
    doctor, now = make_account("dr@example.org"), clock.now()
    assign_role(access=acting(admin), account=doctor, role=Role.CLINICIAN, starts=now + timedelta(days=1))
    assert access_for(doctor).actor.roles == set()
    RoleMembership.objects.filter(account=doctor).update(starts=now - timedelta(days=2), ends=now - timedelta(days=1))
    assert access_for(doctor).actor.roles == set()
    RoleMembership.objects.filter(account=doctor).update(ends=now + timedelta(days=1))
    assert access_for(doctor).actor.roles == {Role.CLINICIAN}


def test_no_account_is_both_operator_and_network_admin(in_shared: None) -> None:
    account = make_account("op@example.org", Role.OPERATOR)
    with pytest.raises(OperatorOrNetwork):
        assign_role(access=SYSTEM, account=account, role=Role.NETWORK_ADMIN)
    assert access_for(account).actor.roles == {Role.OPERATOR}


def test_staff_roles_do_not_exist_in_the_shared_schema_nor_operators_in_a_hospital(in_shared: None) -> None:
    from kernel.permissions import NotFound

    with pytest.raises(NotFound):
        builtin_role(Role.CLINICIAN)


def test_operators_do_not_exist_in_a_hospital(in_northfield: Any) -> None:
    from kernel.permissions import NotFound

    with pytest.raises(NotFound):
        builtin_role(Role.OPERATOR)


def test_an_access_costs_two_queries(admin: Account, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(2):
        access_for(admin)
