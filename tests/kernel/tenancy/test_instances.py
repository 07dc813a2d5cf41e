"""Objects that travel: what was read in one hospital cannot be written in another."""

from collections.abc import Callable
from copy import copy, deepcopy

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from kernel.accounts.models import Account, Factor
from kernel.tenancy.base import scope_of
from kernel.tenancy.context import HospitalContext
from kernel.tenancy.errors import ForeignInstance
from kernel.tenancy.scope import hospital, shared

Contexts = Callable[[str], HospitalContext]
Change = Callable[[Account], object]

WRITES: dict[str, Change] = {
    "save": lambda account: account.save(),
    "save of one field": lambda account: account.save(update_fields=["display_name"]),
    "delete": lambda account: account.delete(),
    "refresh": lambda account: account.refresh_from_db(),
    "bulk_create": lambda account: Account.objects.bulk_create([account]),
    "bulk_create that updates": lambda account: Account.objects.bulk_create(
        [account], update_conflicts=True, unique_fields=["id"], update_fields=["display_name"]
    ),
    "bulk_update": lambda account: Account.objects.bulk_update([account], ["display_name"]),
    "save_base": lambda account: account.save_base(),
}


@pytest.mark.requirement("S07")
@pytest.mark.parametrize("write", WRITES, ids=list(WRITES))
def test_an_object_read_in_one_hospital_is_refused_by_another(hospital_context: Contexts, write: str) -> None:
    with hospital(hospital_context("northfield")):
        Account.objects.create(login="travels")
        found = Account.objects.get(login="travels")
    with hospital(hospital_context("alwaha")):
        found.display_name = "changed"
        with pytest.raises(ForeignInstance):
            WRITES[write](found)
        assert not Account.objects.filter(login="travels").exists()


@pytest.mark.requirement("S07")
@pytest.mark.parametrize("made", ["create", "save", "bulk_create", "get_or_create", "only"])
def test_every_way_to_come_by_a_stored_object_stamps_it(hospital_context: Contexts, made: str) -> None:
    northfield = hospital_context("northfield")
    with hospital(northfield):
        found = Account(login="stamped")
        assert scope_of(found) is None
        assert found._state.adding is True
        if made == "create":
            found = Account.objects.create(login="stamped")
        elif made == "save":
            found.save()
        elif made == "bulk_create":
            Account.objects.bulk_create([found])
        elif made == "get_or_create":
            found, _created = Account.objects.get_or_create(login="stamped")
        else:
            Account.objects.create(login="stamped")
            found = Account.objects.only("id").get(login="stamped")
    assert scope_of(found) == northfield.schema_name
    assert found._state.adding is False
    with shared(), pytest.raises(ForeignInstance):
        found.save()


@pytest.mark.parametrize("duplicate", [copy, deepcopy])
def test_a_copy_of_an_object_bears_its_stamp(
    hospital_context: Contexts, duplicate: Callable[[Account], Account]
) -> None:
    with hospital(hospital_context("northfield")):
        found = duplicate(Account.objects.create(login="copied"))
    with hospital(hospital_context("alwaha")), pytest.raises(ForeignInstance):
        found.save()


def test_a_field_that_was_not_loaded_is_not_loaded_from_another_hospital(hospital_context: Contexts) -> None:
    with hospital(hospital_context("northfield")):
        Account.objects.create(login="deferred", display_name="Northfield's")
        found = Account.objects.defer("display_name").get(login="deferred")
    with hospital(hospital_context("alwaha")), pytest.raises(ForeignInstance):
        str(found.display_name)


def test_a_new_object_may_be_made_before_its_hospital_is_entered(hospital_context: Contexts) -> None:
    made = Account(login="made-early")
    northfield = hospital_context("northfield")
    with hospital(northfield):
        made.save()
        assert Account.objects.get(login="made-early") == made
    assert scope_of(made) == northfield.schema_name


def test_an_object_is_written_in_its_own_hospital_again(hospital_context: Contexts) -> None:
    northfield = hospital_context("northfield")
    with hospital(northfield):
        found = Account.objects.create(login="at-home")
    with hospital(northfield):
        found.display_name = "Again"
        found.save()
        assert Account.objects.get(pk=found.pk).display_name == "Again"


def test_a_write_at_home_does_and_answers_what_djangos_own_does(hospital_context: Contexts) -> None:
    with hospital(hospital_context("northfield")):
        found = Account.objects.create(login="at-home")
        Account.objects.filter(pk=found.pk).update(display_name="Renamed")
        found.refresh_from_db()
        assert found.display_name == "Renamed"
        with pytest.raises(ValueError, match="unsaved related object 'account'"):
            Factor(account=Account(id=None)).save()
        assert found.delete() == (1, {"accounts.Account": 1})
        assert not Account.objects.filter(login="at-home").exists()


steps = st.lists(
    st.tuples(st.sampled_from(["northfield", "santalucia", "alwaha"]), st.sampled_from(sorted(WRITES)), st.booleans()),
    max_size=12,
)


@pytest.mark.requirement("S07")
@given(journey=steps)
@hypothesis_settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_sequence_of_reads_and_writes_moves_a_row_between_hospitals(
    hospital_context: Contexts, journey: list[tuple[str, str, bool]]
) -> None:
    """Each hospital owns one row; an object is carried along and written wherever the journey leads."""
    contexts = {slug: hospital_context(slug) for slug in ("northfield", "santalucia", "alwaha")}
    for slug, context in contexts.items():
        with hospital(context):
            Account.objects.filter(login__startswith="journey-").delete()
            Account.objects.create(login=f"journey-{slug}", display_name=slug)
    carried: Account | None = None
    for slug, write, pick_up in journey:
        with hospital(contexts[slug]):
            if carried is not None and write not in ("delete", "bulk_create"):
                if scope_of(carried) == contexts[slug].schema_name:
                    WRITES[write](carried)
                else:
                    with pytest.raises(ForeignInstance):
                        WRITES[write](carried)
            if pick_up:
                carried = Account.objects.get(login=f"journey-{slug}")
    for slug, context in contexts.items():
        with hospital(context):
            rows = Account.objects.filter(login__startswith="journey-")
            assert list(rows.values_list("login", "display_name")) == [(f"journey-{slug}", slug)]
