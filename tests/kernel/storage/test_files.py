"""A file belongs to one hospital and leaves it through a short link of one account."""

import os
import stat
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import OperationalError, connection, transaction

from kernel import clock
from kernel.accounts.models import Account
from kernel.keys import Undecryptable
from kernel.keys.envelope import key_number
from kernel.keys.services import reencrypt, rotate_data_key
from kernel.permissions import Access, Actor, NotFound, Role
from kernel.storage import FileMissing, download_link, opened_link, read_file, remove_file, store_file
from kernel.storage.files import _move_files, new_key
from kernel.storage.stores import FolderStore, S3Store, store
from kernel.tenancy.context import HospitalContext
from kernel.tenancy.errors import NoHospital
from kernel.tenancy.scope import hospital
from tests.clients import client_for
from tests.factories.accounts import PASSWORD, make_account
from tests.kernel.acting import acting

pytestmark = pytest.mark.requirement("S11")

LETTER = b"%PDF-1.7 a letter with a canary: kingfisher"


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.PORTICO_HOME = tmp_path


def test_a_file_comes_back_and_lies_there_encrypted(in_northfield: HospitalContext, tmp_path: Path) -> None:
    stored = store_file(LETTER, area="messaging")

    assert read_file(stored.key) == LETTER
    assert stored.size == len(LETTER)
    path = tmp_path / "files" / stored.key
    assert path.parts[-3:-1] == (str(in_northfield.id), "messaging")
    assert b"kingfisher" not in path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    remove_file(stored.key)
    remove_file(stored.key)
    with pytest.raises(FileMissing):
        read_file(stored.key)


def test_the_same_in_a_bucket(in_northfield: HospitalContext, bucket: Any) -> None:
    stored = store_file(LETTER, area="messaging")

    assert isinstance(store(), S3Store)
    assert read_file(stored.key) == LETTER
    (kept,) = bucket.objects.all()
    assert kept.key == stored.key
    assert kept.key.startswith(f"{in_northfield.id}/messaging/")
    assert b"kingfisher" not in kept.get()["Body"].read()
    remove_file(stored.key)
    assert list(bucket.objects.all()) == []
    with pytest.raises(FileMissing):
        read_file(stored.key)


def test_a_key_needs_a_hospital(in_shared: None) -> None:
    with pytest.raises(NoHospital):
        new_key("messaging")
    with pytest.raises(NoHospital):
        store_file(LETTER, area="messaging")


@pytest.mark.parametrize("area", ["", "../up", "Messaging", "a/b", "x" * 41])
def test_an_area_is_a_plain_word(in_northfield: HospitalContext, area: str) -> None:
    with pytest.raises(ValueError, match="is not the name of an area"):
        new_key(area)


def test_a_file_of_another_hospital_is_not_there(hospital_context: Callable[[str], HospitalContext]) -> None:
    with hospital(hospital_context("northfield")):
        stored = store_file(LETTER, area="messaging")

    with hospital(hospital_context("alwaha")):
        with pytest.raises(FileMissing):
            read_file(stored.key)
        with pytest.raises(FileMissing):
            remove_file(stored.key)

    with hospital(hospital_context("northfield")):
        assert read_file(stored.key) == LETTER


def test_bytes_moved_under_another_key_do_not_open(in_northfield: HospitalContext) -> None:
    mine, theirs = store_file(b"mine", area="messaging"), store_file(b"theirs", area="messaging")
    moved = store().get(theirs.key)
    assert moved is not None
    store().put(mine.key, moved)

    with pytest.raises(Undecryptable):
        read_file(mine.key)


@pytest.mark.parametrize("key", ["../outside", "/etc/passwd", "", "a/../../outside"])
def test_a_folder_keeps_nothing_outside_itself(tmp_path: Path, key: str) -> None:
    folder = FolderStore(tmp_path / "inside")

    with pytest.raises(ValueError, match="not the key"):
        folder.put(key, b"x")
    with pytest.raises(ValueError, match="not the key"):
        folder.get(key)


def account_access(account: Account) -> Access:
    return Access(actor=Actor(account_id=account.pk, roles=frozenset({Role.PATIENT})))


def test_a_link_opens_for_its_account_its_hospital_and_five_minutes(
    hospital_context: Callable[[str], HospitalContext],
) -> None:
    with hospital(hospital_context("northfield")):
        ana, ben = acting(), acting()
        key = store_file(LETTER, area="messaging").key
        token = download_link(ana, key, name="letter.pdf").rpartition("/")[2]
        assert opened_link(ana, token).key == key
        for access, wrong in (
            (ben, token),
            (ana, token + "x"),
            (ana, "nonsense"),
            (replace(ana, actor=Actor()), token),
        ):
            with pytest.raises(NotFound):
                opened_link(access, wrong)
        with time_machine.travel(clock.now() + timedelta(seconds=301)), pytest.raises(NotFound):
            opened_link(ana, token)
    with hospital(hospital_context("alwaha")), pytest.raises(NotFound):
        opened_link(ana, token)


def test_the_browser_saves_the_file_and_does_not_show_it(hospital_context: Callable[[str], HospitalContext]) -> None:
    with hospital(hospital_context("northfield")):
        account = make_account("ana@example.org")
        key = store_file(LETTER, area="messaging").key
        address = download_link(account_access(account), key, name="Brief é.html", media_type="text/html")
    client = client_for("northfield")

    assert client.get(address).status_code == 302  # to sign in
    client.post("/sign-in/", {"login": account.login, "password": PASSWORD})
    answer = client.get(address)

    assert (answer.status_code, answer.content) == (200, LETTER)
    assert answer["Content-Disposition"] == "attachment; filename*=utf-8''Brief%20%C3%A9.html"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "no-store, private"
    assert client_for("alwaha").get(address).status_code in (302, 404)
    assert client.get(address + "x").status_code == 404


def test_no_route_serves_files_as_they_lie(hospital_context: Callable[[str], HospitalContext]) -> None:
    with hospital(hospital_context("northfield")):
        key = store_file(LETTER, area="messaging").key

    for address in (f"/files/{key}", f"/media/{key}", f"/static/../files/{key}"):
        assert client_for("northfield").get(address).status_code in (302, 404)
    assert os.sep in key


@pytest.mark.requirement("S12")
def test_moving_files_to_a_new_key_leaves_another_hospitals_alone(
    hospital_context: Callable[[str], HospitalContext], tmp_path: Path
) -> None:
    kept = {}
    for slug in ("northfield", "alwaha"):
        with hospital(hospital_context(slug)):
            kept[slug] = store_file(LETTER, area="messaging").key
    before = {slug: (tmp_path / "files" / key).read_bytes() for slug, key in kept.items()}

    with hospital(hospital_context("northfield")):
        rotate_data_key()
        assert reencrypt() == 1
        assert reencrypt() == 0
        assert read_file(kept["northfield"]) == LETTER

    after = {slug: (tmp_path / "files" / key).read_bytes() for slug, key in kept.items()}
    assert (key_number(after["northfield"]), after["alwaha"]) == (2, before["alwaha"])
    with hospital(hospital_context("alwaha")):
        assert read_file(kept["alwaha"]) == LETTER


@pytest.mark.requirement("S13")
def test_a_file_is_not_written_anew_while_somebody_removes_it(in_northfield: HospitalContext) -> None:
    key = store_file(LETTER, area="messaging").key
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout TO '20ms'")

    # Another session stands for the other process: who removes waits for who moves, and the reverse.
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [f"portico.files:{key}"])
        with pytest.raises(OperationalError, match="lock timeout"), transaction.atomic():
            remove_file(key)
        with pytest.raises(OperationalError, match="lock timeout"), transaction.atomic():
            _move_files(newest=2)
        assert key_number(store().get(key) or b"") == 1
    finally:
        other.close()

    remove_file(key)
    assert _move_files(newest=2) == 0
    assert store().get(key) is None


def test_the_folders_of_a_bucket_are_its_areas(in_northfield: HospitalContext, bucket: Any) -> None:
    store_file(LETTER, area="messaging")

    assert store().folders(str(in_northfield.id)) == ["messaging"]
    assert store().folders("nobody") == []
