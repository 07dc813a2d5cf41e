"""The sealer chains what was recorded, and verification finds whatever was done to it afterwards."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.db import OperationalError, connection, connections

from kernel import audit
from kernel.audit import anchors, recording, sealing
from kernel.audit.models import AuditEntry, AuditSeal
from kernel.audit.sealing import seal_waiting
from kernel.audit.tasks import seal as seal_task
from kernel.audit.verification import Verification, verify_hospital
from kernel.ids import uuid7
from kernel.keys.envelope import Purpose, derived_key
from kernel.storage.stores import S3Store
from kernel.tenancy.context import HospitalContext
from kernel.tenancy.scope import hospital
from tests.kernel.acting import acting

pytestmark = pytest.mark.requirement("S34")


@pytest.fixture
def trail(new_hospital: Callable[..., HospitalContext]) -> HospitalContext:
    """A hospital with three seals over 2, 3 and 2 entries."""
    context = new_hospital()
    with hospital(context):
        seal_waiting()
        for count in (2, 3, 2):
            for _number in range(count):
                audit.record(acting(), action="records.viewed", subject=uuid7(), detail={"count": 1})
            assert seal_waiting() == count
    return context


@pytest.fixture
def intruder(trail: HospitalContext) -> Iterator[Callable[..., list[tuple[object, ...]]]]:
    """Somebody with all rights in the database and without the hospital's key."""
    with psycopg.connect(os.environ["PORTICO_TEST_SUPERUSER"], autocommit=True) as attacker:
        attacker.execute(f'SET search_path TO "{trail.schema_name}", extensions')
        attacker.execute("SET session_replication_role TO replica")  # triggers do not fire

        def run(statement: str, *values: object) -> list[tuple[object, ...]]:
            cursor = attacker.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

        yield run


def found_in(context: HospitalContext) -> Verification:
    return verify_hospital(context)


def recorded(context: HospitalContext) -> list[UUID]:
    with hospital(context):
        return list(
            AuditEntry.objects.filter(action="records.viewed").order_by("at", "id").values_list("pk", flat=True)
        )


def test_an_untouched_trail_is_intact(trail: HospitalContext) -> None:
    with hospital(trail):
        audit.record(acting(), action="records.viewed")

    found = found_in(trail)

    assert found.is_intact
    assert (found.owner, found.unsealed) == (trail.slug, 1)
    assert found.sealed >= 7
    assert found.seals >= 3


@pytest.mark.parametrize(
    "column",
    [
        "at = at + interval '1 microsecond'",
        "actor_name = 'Nobody'",
        "actor_id = gen_random_uuid()",
        "subject = NULL",
        "detail = '{}'",
        "result = 'refused'",
        "address = ''",
        "reason = 'x'",
        "mac = mac || 'x'::bytea",
    ],
)
def test_a_changed_entry_is_found(
    trail: HospitalContext, intruder: Callable[..., list[tuple[object, ...]]], column: str
) -> None:
    victim = recorded(trail)[3]
    intruder(f"UPDATE audit_auditentry SET {column} WHERE id = %s", victim)

    found = found_in(trail)

    assert found.changed == [victim]
    assert not found.is_intact


def test_a_deleted_entry_is_found(trail: HospitalContext, intruder: Callable[..., list[tuple[object, ...]]]) -> None:
    victim = recorded(trail)[0]
    intruder("DELETE FROM audit_auditentry WHERE id = %s", victim)

    found = found_in(trail)

    assert (found.deleted, found.changed, found.is_intact) == ([victim], [], False)


def test_an_entry_that_somebody_without_the_key_inserted_is_found_before_and_after_it_is_sealed(
    trail: HospitalContext, intruder: Callable[..., list[tuple[object, ...]]]
) -> None:
    copied, forged = recorded(trail)[0], uuid7()
    columns = "at, actor_kind, actor_name, action, target_type, target_id, fields, reason, app, address, request_id,"
    columns += " result, detail, mac"
    intruder(
        f"INSERT INTO audit_auditentry (id, {columns}) SELECT %s, {columns} FROM audit_auditentry WHERE id = %s",
        forged,
        copied,
    )
    assert found_in(trail).inserted == [forged]

    intruder("INSERT INTO audit_unsealed (id) VALUES (%s)", forged)
    with hospital(trail):
        assert seal_waiting() == 1

    assert found_in(trail).changed == [forged]


def test_an_entry_that_vanished_before_its_seal_is_found(
    trail: HospitalContext, intruder: Callable[..., list[tuple[object, ...]]]
) -> None:
    with hospital(trail):
        entry = audit.record(acting(), action="records.viewed")
    intruder("DELETE FROM audit_auditentry WHERE id = %s", entry.pk)
    assert found_in(trail).deleted == [entry.pk]

    with hospital(trail):
        seal_waiting()

    assert found_in(trail).deleted == [entry.pk]


def test_an_entry_kept_from_its_seal_is_found(
    trail: HospitalContext, intruder: Callable[..., list[tuple[object, ...]]]
) -> None:
    with hospital(trail):
        entry = audit.record(acting(), action="records.viewed")
    intruder("DELETE FROM audit_unsealed WHERE id = %s", entry.pk)

    assert found_in(trail).changed == [entry.pk]


def test_a_seal_taken_out_of_the_chain_is_found(
    trail: HospitalContext, intruder: Callable[..., list[tuple[object, ...]]]
) -> None:
    last = intruder("SELECT max(position) FROM audit_auditseal")[0][0]
    intruder("DELETE FROM audit_auditseal WHERE position = %s", int(str(last)) - 1)

    found = found_in(trail)

    assert found.broken_seals == [last]
    assert not found.is_intact


@pytest.mark.parametrize(
    "change",
    [
        "total = total + 1",
        "sealed_at = now()",
        "hash = sha256('x')",
        "previous = ''",
        "signature = sha256('x')",
        "macs = macs || macs",
        "entries = entries[2:]",
    ],
)
def test_a_changed_seal_is_found(
    trail: HospitalContext, intruder: Callable[..., list[tuple[object, ...]]], change: str
) -> None:
    last = intruder("SELECT max(position) FROM audit_auditseal")[0][0]
    intruder(f"UPDATE audit_auditseal SET {change} WHERE position = %s", last)

    assert last in found_in(trail).broken_seals


def test_a_chain_that_was_cut_off_with_its_entries_is_found(
    trail: HospitalContext, intruder: Callable[..., list[tuple[object, ...]]]
) -> None:
    last = intruder("SELECT max(position) FROM audit_auditseal")[0][0]
    intruder(
        "DELETE FROM audit_auditentry WHERE id IN (SELECT unnest(entries) FROM audit_auditseal WHERE position = %s)",
        last,
    )
    intruder("DELETE FROM audit_auditseal WHERE position = %s", last)

    found = found_in(trail)

    assert (found.is_truncated, found.broken_seals, found.deleted) == (True, [], [])


def test_an_emptied_trail_is_found_by_its_anchor(
    trail: HospitalContext, intruder: Callable[..., list[tuple[object, ...]]]
) -> None:
    with hospital(trail):
        anchors.write_anchor()
    assert found_in(trail).anchors == 1
    assert found_in(trail).is_intact
    for table in ("audit_auditentry", "audit_auditseal", "audit_audithead", "audit_unsealed"):
        intruder(f"TRUNCATE {table}")

    found = found_in(trail)

    assert found.is_truncated
    assert (found.sealed, found.seals) == (0, 0)


def test_a_history_written_anew_with_all_its_hashes_is_found(
    trail: HospitalContext, intruder: Callable[..., list[tuple[object, ...]]]
) -> None:
    victim, other = recorded(trail)[:2]
    intruder("DELETE FROM audit_auditentry WHERE id = %s", victim)
    with hospital(trail):
        seals, previous = list(AuditSeal.objects.order_by("position")), b""
        for seal in seals:
            # Another entry stands in the place of the removed one, so that all counts stay as they were.
            places = [seal.entries.index(other if key == victim else key) for key in seal.entries]
            entries = [seal.entries[place] for place in places]
            macs = b"".join(bytes(seal.macs)[place * 32 : place * 32 + 32] for place in places)
            ids = b"".join(key.bytes for key in entries)
            digest = sealing.seal_hash(seal.position, seal.sealed_at, seal.total, ids, macs, previous)
            intruder(
                "UPDATE audit_auditseal SET entries = %s, macs = %s, previous = %s, hash = %s WHERE id = %s",
                *(entries, macs, previous, digest, seal.pk),
            )
            previous = digest
    intruder("UPDATE audit_audithead SET hash = %s", previous)

    found = found_in(trail)

    assert found.is_truncated
    assert seals[-1].position in found.broken_seals


def test_a_sealed_entry_changed_by_somebody_with_the_key_is_found(
    trail: HospitalContext, intruder: Callable[..., list[tuple[object, ...]]]
) -> None:
    with hospital(trail):
        entry = AuditEntry.objects.filter(action="records.viewed").latest("at")
        entry.actor_name = "Nobody"
        mac = recording.row_mac(derived_key(Purpose.AUDIT, recording.ROW_KEY), entry)
    intruder("UPDATE audit_auditentry SET actor_name = 'Nobody', mac = %s WHERE id = %s", mac, entry.pk)

    assert found_in(trail).changed == [entry.pk]


def test_anchors_in_a_bucket_outlive_the_machine(
    trail: HospitalContext, intruder: Callable[..., list[tuple[object, ...]]], bucket: Any
) -> None:
    with hospital(trail):
        anchors.write_anchor()
        anchors.anchor_file().unlink()
    (kept,) = bucket.objects.all()
    assert kept.key.startswith(f"anchors/{trail.id}/")
    assert found_in(trail).anchors == 1
    assert found_in(trail).is_intact
    intruder("TRUNCATE audit_auditentry, audit_auditseal, audit_audithead, audit_unsealed")

    assert found_in(trail).is_truncated


@pytest.mark.requirement("S34")
def test_the_first_seal_has_an_anchor_so_a_young_trail_cannot_be_emptied_unseen(
    trail: HospitalContext, intruder: Callable[..., list[tuple[object, ...]]]
) -> None:
    with hospital(trail):
        assert anchors.read_anchors() == []
        seal_task()
        seal_task()
        assert [anchor.is_genuine for anchor in anchors.read_anchors()] == [True]
    intruder("TRUNCATE audit_auditentry, audit_auditseal, audit_audithead, audit_unsealed")

    assert found_in(trail).is_truncated


def test_a_days_old_anchor_is_followed_by_another(trail: HospitalContext) -> None:
    with hospital(trail):
        anchors.write_anchor()
        assert anchors.write_anchor_if_due() is None
        yesterday = time.time() - anchors.ANCHOR_EVERY.total_seconds()
        os.utime(anchors.anchor_file(), (yesterday, yesterday))
        assert anchors.write_anchor_if_due() is not None
        assert len(anchors.read_anchors()) == 2


def test_an_anchor_that_was_cut_off_while_it_was_written_is_passed_over_and_removed(trail: HospitalContext) -> None:
    with hospital(trail):
        anchors.write_anchor()
        file = anchors.anchor_file()
        whole = file.read_bytes()
        file.write_bytes(whole + whole[: len(whole) // 2])
    assert found_in(trail).anchors == 1
    assert found_in(trail).is_intact

    with hospital(trail):
        anchors.write_anchor()
        assert [anchor.is_genuine for anchor in anchors.read_anchors()] == [True, True]
        # Whole but for its end of line.
        file.write_bytes(file.read_bytes().rstrip())
        anchors.write_anchor()
        assert [anchor.is_genuine for anchor in anchors.read_anchors()] == [True, True, True]
    assert file.read_bytes().startswith(whole)


def test_an_anchor_that_the_bucket_refused_is_due_again(
    trail: HospitalContext, bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: S3Store, key: str, content: bytes) -> None:
        raise ConnectionError

    with hospital(trail):
        with monkeypatch.context() as patched:
            patched.setattr(S3Store, "put", refuse)
            with pytest.raises(ConnectionError):
                anchors.write_anchor_if_due()
        assert anchors.write_anchor_if_due() is not None
        assert len(list(bucket.objects.all())) == 1


def test_a_forged_anchor_is_found(trail: HospitalContext) -> None:
    with hospital(trail):
        anchors.write_anchor()
        file = anchors.anchor_file()
    file.write_text(file.read_text().replace('"total":', '"total":9'))

    assert found_in(trail).broken_anchors == 1


def test_the_chain_of_one_hospital_is_no_chain_of_another(
    trail: HospitalContext,
    new_hospital: Callable[..., HospitalContext],
    intruder: Callable[..., list[tuple[object, ...]]],
) -> None:
    other = new_hospital()
    with hospital(other):
        seal_waiting()
    for table in ("audit_auditentry", "audit_auditseal", "audit_audithead"):
        intruder(f'TRUNCATE "{other.schema_name}".{table}')
        intruder(f'INSERT INTO "{other.schema_name}".{table} SELECT * FROM {table}')

    found = found_in(other)

    assert found.is_truncated
    assert len(found.changed) >= 7


def test_sealing_beside_recording_is_gap_free(new_hospital: Callable[..., HospitalContext]) -> None:
    context = new_hospital()
    recorders, sealers, each = 4, 3, 50
    done = threading.Event()
    errors: list[BaseException] = []

    def run(work: Callable[[], None]) -> None:
        try:
            with hospital(context):
                work()
        except BaseException as error:
            errors.append(error)
        finally:
            connections.close_all()

    def write() -> None:
        for _number in range(each):
            audit.record(acting(), action="records.viewed", subject=uuid7())

    def seal() -> None:
        while not done.is_set():
            seal_waiting()

    writers = [threading.Thread(target=run, args=(write,)) for _number in range(recorders)]
    chainers = [threading.Thread(target=run, args=(seal,)) for _number in range(sealers)]
    for thread in (*writers, *chainers):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    for thread in chainers:
        thread.join()
    assert errors == []

    with hospital(context):
        seal_waiting()
        positions = list(AuditSeal.objects.order_by("position").values_list("position", flat=True))
        assert AuditEntry.objects.filter(action="records.viewed").count() == recorders * each
        total = AuditEntry.objects.count()

    found = found_in(context)
    assert positions == list(range(1, len(positions) + 1))
    assert (found.sealed, found.unsealed, found.is_intact) == (total, 0, True)


def test_a_sealer_whose_connection_dies_leaves_no_half_seal(
    trail: HospitalContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    with hospital(trail):
        audit.record(acting(), action="records.viewed")
        before = AuditSeal.objects.count()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            (pid,) = cursor.fetchone()

    def die(position: int, digest: bytes) -> bytes:
        with psycopg.connect(os.environ["PORTICO_TEST_SUPERUSER"], autocommit=True) as killer:
            killer.execute("SELECT pg_terminate_backend(%s)", [pid])
        return b""

    with monkeypatch.context() as patched, hospital(trail):
        patched.setattr(sealing, "signed_head", die)
        with pytest.raises(OperationalError):
            seal_waiting()
    connection.close()

    with hospital(trail):
        assert AuditSeal.objects.count() == before
        assert seal_waiting() == 1
    assert found_in(trail).is_intact
