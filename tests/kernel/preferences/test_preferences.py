"""A setting is declared once and its value can always be explained."""

from collections.abc import Iterator
from dataclasses import replace
from types import MappingProxyType
from typing import Annotated, Any, Literal

import pytest
from django.core.cache import cache
from django.db import transaction
from pydantic import Field, ValidationError

from kernel.audit.models import AuditEntry
from kernel.events.models import OutboxEvent
from kernel.ids import uuid7
from kernel.permissions import NotPermitted, Role
from kernel.preferences import Level, NetworkRule, Preference, explain, kept, preferences, value_of
from kernel.preferences.models import PreferenceValue
from kernel.preferences.services import (
    DecidedElsewhere,
    LockedByNetwork,
    OutsideTheRange,
    ValueUnusable,
    inherit_preference,
    rule_network,
    set_preference,
)
from kernel.tenancy.context import HospitalContext
from kernel.tenancy.models import Hospital, Network
from kernel.tenancy.resolution import context_for
from kernel.tenancy.scope import Scope, activate, deactivate, hospital, shared
from tests.factories.access import with_roles

ADMIN = with_roles(Role.HOSPITAL_ADMIN)


@pytest.fixture
def hours() -> Iterator[Preference[int]]:
    """How many hours before a visit it can be cancelled."""
    made = Preference("visits.cancel_hours", Annotated[int, Field(ge=0, le=240)], 24, Level.SITE, "Hours", "People ...")
    yield made
    preferences._entries.pop(made.key)


@pytest.fixture
def colour() -> Iterator[Preference[str]]:
    """Something only networks decide."""
    made = Preference("looks.colour", Literal["blue", "green"], "blue", Level.NETWORK, "Colour")
    yield made
    preferences._entries.pop(made.key)


@pytest.fixture
def ruled(in_northfield: HospitalContext) -> Iterator[Any]:
    """Give the network of the hospital in context a rule."""
    tokens = []

    def give(key: str, rule: NetworkRule) -> None:
        context = replace(in_northfield, network_settings=MappingProxyType({key: rule.as_stored()}))
        tokens.append(activate(Scope(context.schema_name, context.role_name, context)))

    yield give
    for token in reversed(tokens):
        deactivate(token)


def test_without_decisions_the_platform_decides(in_northfield: HospitalContext, hours: Preference[int]) -> None:
    explained = explain(hours)

    assert value_of(hours) == 24
    assert (explained.source, explained.by, explained.is_locked) == (Level.PLATFORM, "Portico", False)


def test_the_closest_decision_counts_and_says_who_when_and_why(
    in_northfield: HospitalContext, hours: Preference[int]
) -> None:
    site = uuid7()
    set_preference(access=ADMIN, preference=hours, value=48, reason="Empty chairs")
    set_preference(access=ADMIN, preference=hours, value=12, site=site)

    explained = explain(hours)

    assert (value_of(hours), value_of(hours, site=site), value_of(hours, site=uuid7())) == (48, 12, 48)
    assert (explained.source, explained.by, explained.reason) == (
        Level.HOSPITAL,
        "Test person",
        "Empty chairs",
    )
    assert explained.at == PreferenceValue.objects.get(site_id=None).set_at.isoformat()
    assert [layer.level for layer in explain(hours, site=site).layers] == [Level.PLATFORM, Level.HOSPITAL, Level.SITE]


def test_a_decision_is_in_the_trail_and_published(in_northfield: HospitalContext, hours: Preference[int]) -> None:
    set_preference(access=ADMIN, preference=hours, value=48, reason="why")

    entry, event = AuditEntry.objects.get(), OutboxEvent.objects.get()
    assert (entry.action, entry.target_id, entry.reason) == ("preferences.changed", "visits.cancel_hours", "why")
    assert entry.details == {"after": 48, "before": 24, "site": "", "source_before": "platform"}
    assert (event.type_name, event.payload) == (
        "preferences.PreferenceChanged",
        {"key": "visits.cancel_hours", "site_id": None},
    )


def test_a_decision_can_be_taken_back(in_northfield: HospitalContext, hours: Preference[int]) -> None:
    set_preference(access=ADMIN, preference=hours, value=48)

    assert inherit_preference(access=ADMIN, preference=hours).value == 24
    inherit_preference(access=ADMIN, preference=hours)

    assert AuditEntry.objects.filter(action="preferences.inherited").count() == 1


@pytest.mark.parametrize("value", [-1, 241, "many", None, 1.5])
def test_a_value_of_the_wrong_kind_is_refused_and_changes_nothing(
    in_northfield: HospitalContext, hours: Preference[int], value: Any
) -> None:
    with pytest.raises(ValueUnusable):
        set_preference(access=ADMIN, preference=hours, value=value)

    assert PreferenceValue.objects.count() == 0
    assert AuditEntry.objects.count() == 0


@pytest.mark.parametrize("role", [Role.PATIENT, Role.CLINICIAN, Role.FRONT_DESK, Role.PRIVACY_OFFICER])
def test_only_an_admin_decides(in_northfield: HospitalContext, hours: Preference[int], role: Role) -> None:
    with pytest.raises(NotPermitted):
        set_preference(access=with_roles(role), preference=hours, value=48)

    assert value_of(hours) == 24


def test_a_network_gives_a_default_that_a_hospital_may_leave(ruled: Any, hours: Preference[int]) -> None:
    ruled(hours.key, NetworkRule(value=36, by="Nora", at="2027-01-01T00:00:00+00:00", reason="One policy"))

    explained = explain(hours)
    assert (explained.value, explained.source, explained.by) == (36, Level.NETWORK, "Nora")
    set_preference(access=ADMIN, preference=hours, value=48)
    assert value_of(hours) == 48


def test_a_lock_counts_over_a_hospital_that_decided_before(ruled: Any, hours: Preference[int]) -> None:
    set_preference(access=ADMIN, preference=hours, value=48)
    ruled(hours.key, NetworkRule(value=36, is_locked=True))

    explained = explain(hours)

    assert (explained.value, explained.source, explained.is_locked) == (36, Level.NETWORK, True)
    assert [(layer.level, layer.value, layer.refused) for layer in explained.conflicts] == [
        (Level.HOSPITAL, 48, "locked")
    ]
    with pytest.raises(LockedByNetwork):
        set_preference(access=ADMIN, preference=hours, value=12)


def test_a_range_holds_hospitals_within_it(ruled: Any, hours: Preference[int]) -> None:
    set_preference(access=ADMIN, preference=hours, value=100)
    ruled(hours.key, NetworkRule(minimum=12, maximum=72))

    assert (value_of(hours), explain(hours).conflicts[0].refused) == (24, "outside")
    with pytest.raises(OutsideTheRange):
        set_preference(access=ADMIN, preference=hours, value=73)
    assert set_preference(access=ADMIN, preference=hours, value=72).value == 72


def test_what_networks_decide_is_not_decided_by_a_hospital(
    in_northfield: HospitalContext, colour: Preference[str]
) -> None:
    with pytest.raises(DecidedElsewhere):
        set_preference(access=ADMIN, preference=colour, value="green")


def test_a_stored_value_that_no_longer_fits_does_not_count(
    in_northfield: HospitalContext, hours: Preference[int]
) -> None:
    set_preference(access=ADMIN, preference=hours, value=48)
    PreferenceValue.objects.update(value="two days")

    assert value_of(hours) == 24
    assert explain(hours).conflicts[0].refused == "invalid"


def test_a_default_must_fit_its_own_type() -> None:
    with pytest.raises(ValidationError):
        Preference("visits.wrong", int, "many", Level.HOSPITAL, "Wrong")
    with pytest.raises(ValueError, match="is not the key"):
        Preference("Wrong", int, 1, Level.HOSPITAL, "Wrong")


def test_a_network_rules_all_its_hospitals(db: None, hours: Preference[int]) -> None:
    operator = with_roles(Role.OPERATOR)
    with shared():
        key = Hospital.objects.get(slug="northfield").network_id
        for wrong in (NetworkRule(value=999), NetworkRule(minimum="x"), NetworkRule(value=1, minimum=2)):
            with pytest.raises((ValueUnusable, OutsideTheRange)):
                rule_network(access=operator, network_id=key, preference=hours, rule=wrong)
        with pytest.raises(NotPermitted):
            rule_network(access=ADMIN, network_id=key, preference=hours, rule=NetworkRule(value=36))
        rule_network(access=operator, network_id=key, preference=hours, rule=NetworkRule(value=36), reason="policy")
        assert AuditEntry.objects.get().action == "preferences.network_ruled"
    for slug in ("northfield", "alwaha"):
        with shared():
            found = context_for(Hospital.objects.get(slug=slug).pk)
        assert found is not None
        with hospital(found):
            assert (value_of(hours), explain(hours).reason) == (36, "policy")
    with shared():
        rule_network(access=operator, network_id=key, preference=hours, rule=None)
        assert Network.objects.get(pk=key).settings == {}


def test_values_are_kept_until_they_change(
    new_hospital: Any, hours: Preference[int], django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with hospital(new_hospital()):
        assert value_of(hours) == 24
        with django_assert_num_queries(0):
            assert value_of(hours) == 24

        set_preference(access=ADMIN, preference=hours, value=48)
        assert value_of(hours) == 48

        # Another process decides: this one believes what it knows for a second, and then asks for the version.
        PreferenceValue.objects.update(value=60)
        assert value_of(hours) == 48
        cache.set("preferences:version", "of another process")
        monkeypatch.setattr(kept, "SECONDS_BELIEVED", 0.0)
        assert value_of(hours) == 60


def test_a_decision_that_is_rolled_back_is_not_kept(new_hospital: Any, hours: Preference[int]) -> None:
    def act() -> None:
        with transaction.atomic():
            set_preference(access=ADMIN, preference=hours, value=48)
            assert value_of(hours) == 48
            raise KeyError

    with hospital(new_hospital()):
        with pytest.raises(KeyError):
            act()

        assert value_of(hours) == 24


@pytest.mark.parametrize(
    "rule",
    [
        NetworkRule(value=False),
        NetworkRule(value=0, minimum=0, maximum=0),
        NetworkRule(value=""),
        NetworkRule(is_locked=True, by="Ana", reason="why"),
        NetworkRule(choices=(0, 1)),
    ],
)
def test_a_networks_rule_is_stored_as_it_is_also_for_no_and_for_nothing(rule: NetworkRule) -> None:
    assert NetworkRule.stored_for("a.b", {"a.b": rule.as_stored()}) == rule


def test_what_a_networks_rule_does_not_say_is_not_stored() -> None:
    assert NetworkRule(value=0).as_stored() == {"value": 0}
