"""One call writes one line, in the transaction of the act."""

import pytest
from django.db import ProgrammingError, connection, transaction

from kernel import audit
from kernel.audit.models import AuditEntry, UnsealedEntry
from kernel.audit.sealing import seal_waiting
from kernel.ids import uuid7
from kernel.permissions import Role
from kernel.tenancy.context import HospitalContext
from tests.kernel.acting import acting

pytestmark = pytest.mark.requirement("S33")


def test_a_line_says_who_did_what_to_whom_and_through_what(in_northfield: HospitalContext) -> None:
    patient, helped = uuid7(), uuid7()
    access = acting(Role.CLINICIAN, reason="treatment", subject=helped, patients={helped: frozenset({"visits"})})

    audit.record(
        access,
        action="records.viewed",
        target=("Observation", "abc"),
        subject=patient,
        detail={"count": 3},
        fields=["value", "status"],
    )

    entry = AuditEntry.objects.get()
    assert (entry.actor_id, entry.actor_kind, entry.actor_name) == (access.actor.account_id, "clinician", "Ana Ruiz")
    assert (entry.subject, entry.on_behalf_of, entry.action) == (patient, helped, "records.viewed")
    assert (entry.target_type, entry.target_id, entry.fields) == ("Observation", "abc", "value status")
    assert (entry.reason, entry.app, entry.address, entry.request_id) == ("treatment", "web", "192.0.2.7", "r-1")
    assert (entry.result, entry.details) == ("done", {"count": 3})
    assert [waiting.pk for waiting in UnsealedEntry.objects.all()] == [entry.pk]


def test_a_line_is_about_the_patient_whose_record_is_open(in_northfield: HospitalContext) -> None:
    patient = uuid7()

    entry = audit.record(acting(Role.PATIENT, subject=patient, patients={patient: frozenset({"self"})}), action="a.b")

    assert (entry.subject, entry.on_behalf_of, entry.actor_kind) == (patient, None, "patient")


def test_an_act_that_is_rolled_back_leaves_no_line(in_northfield: HospitalContext) -> None:
    def act() -> None:
        with transaction.atomic():
            audit.record(acting(), action="records.changed")
            raise KeyError

    with pytest.raises(KeyError):
        act()

    assert AuditEntry.objects.count() == 0
    assert UnsealedEntry.objects.count() == 0


def test_many_patients_of_a_list_are_recorded_in_one_statement(
    in_northfield: HospitalContext, django_assert_num_queries: object
) -> None:
    patients = [uuid7() for _number in range(40)]
    audit.record(acting(), action="warm.up")

    with django_assert_num_queries(1):  # type: ignore[operator]
        audit.record_each(acting(), action="people.listed", subjects=patients)

    assert set(AuditEntry.objects.filter(action="people.listed").values_list("subject", flat=True)) == set(patients)


def test_control_characters_cannot_forge_columns(in_northfield: HospitalContext) -> None:
    audit.record(acting(name="Ana\x1fRuiz\nand\x85\u202enobody\u2069"), action="records.viewed")

    assert AuditEntry.objects.get().actor_name == "Ana Ruiz and nobody"


@pytest.mark.requirement("S34")
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {}"])
@pytest.mark.parametrize("table", ["audit_auditentry", "audit_auditseal"])
@pytest.mark.parametrize("side", ["in_northfield", "in_shared"])
def test_the_application_cannot_change_or_remove_lines(
    request: pytest.FixtureRequest, side: str, table: str, statement: str
) -> None:
    request.getfixturevalue(side)
    audit.record(acting(), action="records.viewed")
    # Other tests commit lines here that cannot be removed, so there may be more than this one.
    assert seal_waiting() >= 1
    before = list(AuditEntry.objects.order_by("pk").values())

    with (
        pytest.raises(ProgrammingError, match=r"permission denied|never changed"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement.format(table))

    assert list(AuditEntry.objects.order_by("pk").values()) == before


@pytest.mark.requirement("S34")
@pytest.mark.parametrize("table", ["audit_auditentry", "audit_auditseal"])
@pytest.mark.parametrize("side", ["in_northfield", "in_shared"])
def test_the_role_has_no_right_to_change_lines_also_without_the_trigger(
    request: pytest.FixtureRequest, side: str, table: str
) -> None:
    request.getfixturevalue(side)

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT ARRAY(SELECT r FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) AS r"
            " WHERE has_table_privilege(current_user, %s, r) ORDER BY r)",
            [table],
        )
        assert cursor.fetchone() == (["INSERT", "SELECT"],)
