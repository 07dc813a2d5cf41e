"""What an access covers. The permissions are declared here and belong to no feature."""

from typing import Any
from uuid import UUID

import pytest

from kernel.ids import uuid7
from kernel.permissions import (
    NotFound,
    NotPermitted,
    Permission,
    Reach,
    Role,
    Scope,
    anonymous_access,
    default_grants,
    permissions,
    system_access,
)
from kernel.permissions.models import RoleDefinition
from tests.factories.access import helping, own, with_roles

RESULTS = Permission(
    "testing.view_results",
    "see results",
    roles={Role.PATIENT, Role.CLINICIAN, Role.PRIVACY_OFFICER},
    helper_scope=Scope.RESULTS,
)
BRAND = Permission("testing.edit_brand", "edit the brand", roles={Role.HOSPITAL_ADMIN})
WIDE = Permission("testing.wide", "see all", roles={Role.CLINICIAN: Reach.HOSPITAL})

ana, ben = uuid7(), uuid7()


def test_a_set_of_roles_gives_each_its_usual_reach() -> None:
    assert RESULTS.reaches == {
        Role.PATIENT: Reach.OWN,
        Role.CLINICIAN: Reach.CARE,
        Role.PRIVACY_OFFICER: Reach.HOSPITAL,
        Role.HELPER: Reach.LINKED,
    }
    assert WIDE.reaches == {Role.CLINICIAN: Reach.HOSPITAL}


def test_a_permission_is_registered_by_being_declared() -> None:
    assert permissions.get("testing.view_results") is RESULTS
    assert default_grants(Role.HOSPITAL_ADMIN)["testing.edit_brand"] is Reach.HOSPITAL


@pytest.mark.parametrize("name", ["view", "View.results", "results."])
def test_a_name_that_is_not_feature_and_verb_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is not the name of a permission"):
        Permission(name, "", roles=set())


def test_two_permissions_cannot_share_a_name() -> None:
    with pytest.raises(ValueError, match=r"two permissions are called 'testing\.edit_brand'"):
        Permission("testing.edit_brand", "something else", roles=set())


@pytest.mark.requirement("S27")
@pytest.mark.parametrize(
    ("access", "patient", "allowed"),
    [
        (own(ana), ana, True),
        (own(ana), ben, False),
        (helping(ana, Scope.RESULTS), ana, True),
        (helping(ana, Scope.BILLS), ana, False),
        (helping(ana, Scope.RESULTS), ben, False),
        (with_roles(Role.PRIVACY_OFFICER), ben, True),
        (with_roles(Role.CLINICIAN), ben, False),
        (with_roles(Role.BILLING), ben, False),
        (with_roles(Role.OPERATOR), ben, False),
        (anonymous_access(), ana, False),
        (system_access("import"), ben, True),
    ],
)
def test_who_may_see_whose_results(in_northfield: Any, access: Any, patient: UUID, allowed: bool) -> None:
    assert access.can(RESULTS, patient) is allowed


def test_what_is_not_covered_is_not_found_and_a_missing_permission_is_named() -> None:
    with pytest.raises(NotFound):
        own(ana).require(RESULTS, ben)
    with pytest.raises(NotPermitted):
        own(ana).require(BRAND)
    with pytest.raises(NotPermitted):
        own(ana).require(BRAND, ana)
    own(ana).require(RESULTS, ana)


def test_a_helper_without_the_slice_does_not_hold_the_permission_at_all() -> None:
    assert helping(ana, Scope.RESULTS).can(RESULTS)
    assert not helping(ana, Scope.BILLS).can(RESULTS)


def test_on_the_patient_side_staff_reach_is_left_behind() -> None:
    nurse = with_roles(Role.PRIVACY_OFFICER, Role.PATIENT, patients={ana: frozenset({"self"})})
    assert nurse.can(RESULTS, ben)
    assert not nurse.on_patient_side().can(RESULTS, ben)
    assert nurse.on_patient_side().can(RESULTS, ana)
    assert not nurse.on_patient_side().can(BRAND)


def test_limit_keeps_only_covered_rows_and_the_subject(in_northfield: Any) -> None:
    first, second = RoleDefinition.objects.order_by("name")[:2]
    rows = RoleDefinition.objects.order_by("name")

    def names(access: Any) -> list[str]:
        return [row.name for row in access.limit(rows, to=RESULTS, patient="pk")]

    assert names(own(first.pk)) == [first.name]
    assert names(helping(second.pk, Scope.RESULTS)) == [second.name]
    assert names(helping(second.pk, Scope.BILLS)) == []
    assert names(with_roles(Role.BILLING)) == []
    assert names(anonymous_access()) == []
    assert names(with_roles(Role.PRIVACY_OFFICER)) == [row.name for row in rows]
    assert names(with_roles(Role.PRIVACY_OFFICER).about(second.pk)) == [second.name]
    assert names(own(first.pk).about(second.pk)) == []


def test_a_new_hospital_has_its_eight_roles_and_none_of_the_provider(in_northfield: Any) -> None:
    assert sorted(RoleDefinition.objects.values_list("name", flat=True)) == [
        "anonymous",
        "billing",
        "clinician",
        "front_desk",
        "helper",
        "hospital_admin",
        "patient",
        "privacy_officer",
    ]


def test_only_differences_are_stored_so_new_permissions_reach_edited_roles(in_northfield: Any) -> None:
    role = RoleDefinition(
        name="x", based_on=Role.CLINICIAN, changes={"testing.wide": None, "testing.edit_brand": "hospital"}
    )
    later = Permission("testing.later", "do something new", roles={Role.CLINICIAN})
    grants = role.grants
    assert "testing.wide" not in grants
    assert grants["testing.edit_brand"] is Reach.HOSPITAL
    assert grants[later.name] is Reach.CARE


def test_deciding_costs_no_query_without_a_care_relationship(
    in_northfield: Any, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(0):
        own(ana).can(RESULTS, ana)
        with_roles(Role.PRIVACY_OFFICER).can(RESULTS, ben)
