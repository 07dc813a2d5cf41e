"""What is encrypted can be read in its own row of its own hospital, and nowhere else."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.db import connection, transaction

from kernel import clock, signing
from kernel.accounts.models import Factor
from kernel.accounts.services.factors import begin_totp, secret_of
from kernel.audit.models import AuditEntry
from kernel.ids import uuid7
from kernel.keys import Undecryptable, decrypt, encrypt, envelope, keyring
from kernel.keys.models import WrappedKey
from kernel.keys.rotation import move_values, rotate
from kernel.keys.services import destroy_data_keys, reencrypt, rewrap_keys, rotate_data_key
from kernel.mail.models import OutgoingMail
from kernel.permissions import Role
from kernel.storage import read_file, store_file
from kernel.tenancy.context import HospitalContext
from kernel.tenancy.errors import NoScope
from kernel.tenancy.scope import hospital
from tests.factories.accounts import make_account
from tests.kernel.acting import acting

pytestmark = pytest.mark.requirement("S12")

PLACE = {"table": "people_identifier", "column": "value"}


def letter(to: str, text: str) -> OutgoingMail:
    return OutgoingMail.objects.create(
        recipient=f"{to}@example.org", subject="Hello", text=text, html=f"<p>{text}</p>", written_at=clock.now()
    )


@pytest.fixture(autouse=True)
def _fresh_keys(settings: Any, tmp_path: Path) -> None:
    settings.PORTICO_HOME = tmp_path
    envelope.kept.forget()


def test_a_value_comes_back_in_its_own_place(in_northfield: HospitalContext) -> None:
    row = uuid7()

    sealed = encrypt("42-ñ-٣", **PLACE, row=row)

    assert decrypt(sealed, **PLACE, row=row).decode() == "42-ñ-٣"
    assert encrypt("42-ñ-٣", **PLACE, row=row) != sealed


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"table": "people_identifier", "column": "value", "row": "another"},
        {"table": "people_identifier", "column": "other", "row": "own"},
        {"table": "other", "column": "value", "row": "own"},
        {"table": "people_identifiervalue", "column": "", "row": "own"},
    ],
)
def test_a_value_moved_to_another_place_does_not_decrypt(
    in_northfield: HospitalContext, elsewhere: dict[str, str]
) -> None:
    sealed = encrypt("secret", **PLACE, row="own")

    with pytest.raises(Undecryptable):
        decrypt(sealed, **elsewhere)


def test_a_changed_value_does_not_decrypt(in_northfield: HospitalContext) -> None:
    sealed = encrypt("secret", **PLACE, row="own")

    for position in (0, 2, 5, len(sealed) - 1):
        with pytest.raises(Undecryptable):
            decrypt(sealed[:position] + bytes([sealed[position] ^ 1]) + sealed[position + 1 :], **PLACE, row="own")
    with pytest.raises(Undecryptable):
        decrypt(b"", **PLACE, row="own")


def test_a_value_moved_to_another_hospital_does_not_decrypt(hospital_context: Callable[[str], HospitalContext]) -> None:
    with hospital(hospital_context("northfield")):
        sealed = encrypt("secret", **PLACE, row="own")

    with hospital(hospital_context("alwaha")), pytest.raises(Undecryptable):
        decrypt(sealed, **PLACE, row="own")


def test_not_even_when_both_have_the_same_key(
    hospital_context: Callable[[str], HospitalContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(envelope, "plain_key", lambda purpose, number=0: envelope.PlainKey(1, bytes(32)))
    with hospital(hospital_context("northfield")):
        sealed = encrypt("secret", **PLACE, row="own")
        assert decrypt(sealed, **PLACE, row="own") == b"secret"

    with hospital(hospital_context("alwaha")), pytest.raises(Undecryptable):
        decrypt(sealed, **PLACE, row="own")


def test_not_even_with_the_key_row_moved_along(hospital_context: Callable[[str], HospitalContext]) -> None:
    with hospital(hospital_context("northfield")):
        sealed = encrypt("secret", **PLACE, row="own")
        row = WrappedKey.objects.get(purpose="data")
    with hospital(hospital_context("alwaha")):
        WrappedKey.objects.filter(purpose="data").update(wrapped=bytes(row.wrapped))

        with pytest.raises(keyring.UnknownMasterKey):
            decrypt(sealed, **PLACE, row="own")


def test_without_a_scope_nothing_is_encrypted() -> None:
    with pytest.raises(NoScope):
        encrypt("secret", **PLACE, row="own")


def test_a_key_made_in_a_transaction_that_is_rolled_back_is_not_kept(
    new_hospital: Callable[..., HospitalContext],
) -> None:
    def act() -> None:
        with transaction.atomic():
            encrypt("secret", **PLACE, row="own")
            raise KeyError

    with hospital(new_hospital()):
        WrappedKey.objects.filter(purpose="data").delete()
        envelope.kept.forget()
        with pytest.raises(KeyError):
            act()

        sealed = encrypt("secret", **PLACE, row="own")

        envelope.kept.forget()
        assert decrypt(sealed, **PLACE, row="own") == b"secret"


def test_in_a_transaction_a_key_is_unwrapped_once(
    in_northfield: HospitalContext, django_assert_num_queries: Callable[..., Any]
) -> None:
    with transaction.atomic(), django_assert_num_queries(1):
        sealed = [encrypt("secret", **PLACE, row=number) for number in range(5)]

    with transaction.atomic(), django_assert_num_queries(1):
        assert [decrypt(one, **PLACE, row=number) for number, one in enumerate(sealed)] == [b"secret"] * 5


def test_a_key_made_in_a_transaction_is_not_kept_by_its_second_use_either(
    new_hospital: Callable[..., HospitalContext],
) -> None:
    def act() -> None:
        with transaction.atomic():
            rotate_data_key()
            for _use in range(3):
                assert envelope.key_number(encrypt("secret", **PLACE, row="own")) == 2
            raise KeyError

    with hospital(new_hospital()):
        with pytest.raises(KeyError):
            act()

        assert envelope.key_number(encrypt("secret", **PLACE, row="own")) == 1


def test_a_new_data_key_encrypts_and_the_old_one_still_decrypts(in_northfield: HospitalContext) -> None:
    old = encrypt("before", **PLACE, row="own")

    assert rotate_data_key() == 2

    new = encrypt("after", **PLACE, row="own")
    assert (envelope.key_number(old), envelope.key_number(new)) == (1, 2)
    assert decrypt(old, **PLACE, row="own") == b"before"
    assert decrypt(new, **PLACE, row="own") == b"after"


def test_the_master_key_can_be_replaced(in_northfield: HospitalContext, monkeypatch: pytest.MonkeyPatch) -> None:
    sealed = encrypt("secret", **PLACE, row="own")
    both = keyring.LocalKeyring(f"new:{'1' * 64},test:{'0' * 64}")
    only_new = keyring.LocalKeyring(f"new:{'1' * 64}")
    monkeypatch.setattr("kernel.keys.services.master_keys", lambda: both)

    assert rewrap_keys() == WrappedKey.objects.count()
    assert rewrap_keys() == 0

    monkeypatch.setattr("kernel.keys.services.master_keys", lambda: only_new)
    envelope.kept.forget()
    assert decrypt(sealed, **PLACE, row="own") == b"secret"


def test_a_destroyed_key_takes_what_it_encrypted_with_it(in_northfield: HospitalContext) -> None:
    sealed = encrypt("secret", **PLACE, row="own")

    assert destroy_data_keys() == 1

    with pytest.raises(Undecryptable, match="destroyed"):
        decrypt(sealed, **PLACE, row="own")


@pytest.mark.parametrize("written", ["", "test", "test:12", "test:" + "g" * 64, f"a:{'0' * 64},a:{'1' * 64}"])
def test_a_keyring_that_is_none_is_refused_without_being_repeated(written: str) -> None:
    with pytest.raises(ImproperlyConfigured) as refused:
        keyring.LocalKeyring(written)

    assert "gggg" not in str(refused.value)
    assert "0000" not in str(refused.value)


def test_a_field_is_text_in_python_and_ciphertext_in_the_database(in_northfield: HospitalContext) -> None:
    mail = letter("a", "The code is 123456")

    with connection.cursor() as cursor:
        cursor.execute("SELECT text FROM mail_outgoingmail WHERE id = %s", [mail.pk])
        stored = bytes(cursor.fetchone()[0])
    assert b"123456" not in stored
    assert OutgoingMail.objects.get().text == "The code is 123456"
    assert OutgoingMail.objects.defer("text").get().text == "The code is 123456"
    untouched = OutgoingMail.objects.get()
    untouched.save()
    assert OutgoingMail.objects.get().text == "The code is 123456"


def test_a_field_copied_to_another_row_does_not_open(in_northfield: HospitalContext) -> None:
    own = letter("a", "mine")
    other = letter("b", "theirs")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE mail_outgoingmail SET text = (SELECT text FROM mail_outgoingmail WHERE id = %s) WHERE id = %s",
            [other.pk, own.pk],
        )

    found = OutgoingMail.objects.get(pk=own.pk)

    with pytest.raises(Undecryptable):
        found.text  # noqa: B018


def test_a_field_cannot_be_searched_or_updated_in_bulk(in_northfield: HospitalContext) -> None:
    with pytest.raises(FieldError):
        OutgoingMail.objects.filter(text="mine").exists()
    with pytest.raises(FieldError):
        OutgoingMail.objects.update(text="mine")


def test_fields_move_to_a_new_key(in_northfield: HospitalContext) -> None:
    letter("a", "mine")
    rotate_data_key()

    assert reencrypt() == 2  # the text and the HTML of the one mail
    assert reencrypt() == 0

    WrappedKey.objects.filter(purpose="data", number=1).delete()
    envelope.kept.forget()
    assert OutgoingMail.objects.get().text == "mine"


def test_a_rotation_moves_second_steps_and_files_too_and_is_in_the_trail(
    in_northfield: HospitalContext,
) -> None:
    account = make_account()
    secret = secret_of(begin_totp(account=account))
    passkey = Factor.objects.create(account=account, kind="passkey", material=b"a public credential")
    stored = store_file(b"a letter", area="messaging")

    assert rotate(access=acting(Role.OPERATOR)) == (2, 2)
    assert move_values(access=acting(Role.OPERATOR)) == 0

    WrappedKey.objects.filter(purpose="data", number=1).delete()
    envelope.kept.forget()
    assert secret_of(Factor.objects.get(kind="totp")) == secret
    assert read_file(stored.key) == b"a letter"
    assert bytes(Factor.objects.get(pk=passkey.pk).material) == b"a public credential"
    told = AuditEntry.objects.filter(action__startswith="keys.").order_by("pk")
    assert [(entry.action, entry.details) for entry in told] == [
        ("keys.rotated", {"number": 2}),
        ("keys.values_moved", {"values": 2}),
    ]


def test_the_providers_values_move_as_well(in_shared: None) -> None:
    letter("a", "mine")

    number, moved = rotate(access=acting(Role.OPERATOR))

    assert (number, moved >= 2) == (2, True)
    assert OutgoingMail.objects.get(recipient="a@example.org").text == "mine"


@pytest.mark.requirement("S04")
def test_a_signed_value_is_good_for_one_hospital_purpose_and_time(
    hospital_context: Callable[[str], HospitalContext],
) -> None:
    minute = timedelta(minutes=1)
    with hospital(hospital_context("northfield")):
        text = signing.sign({"visit": "7"}, purpose="calendar")
        assert signing.unsign(text, purpose="calendar", lasts=minute) == {"visit": "7"}
        for wrong, purpose in ((text, "download"), (text[:-1], "calendar"), ("", "calendar")):
            with pytest.raises(signing.BadSignature):
                signing.unsign(wrong, purpose=purpose, lasts=minute)
        with time_machine.travel(clock.now() + timedelta(seconds=61)), pytest.raises(signing.BadSignature):
            signing.unsign(text, purpose="calendar", lasts=minute)
    with hospital(hospital_context("alwaha")), pytest.raises(signing.BadSignature):
        signing.unsign(text, purpose="calendar", lasts=minute)
    with pytest.raises(NoScope):
        signing.sign("7", purpose="calendar")
