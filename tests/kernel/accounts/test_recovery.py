"""A forgotten password."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from kernel.accounts.codes import ask_for_code
from kernel.accounts.events import CodeAsked, EmailChanged, FactorsChanged
from kernel.accounts.mail import code_letter, factors_letter, former_address_letter
from kernel.accounts.models import OneTimeCode
from kernel.permissions import Role
from kernel.tenancy.context import HospitalContext
from kernel.tenancy.scope import hospital
from tests.clients import HostClient, client_for
from tests.factories.accounts import make_account, make_account_with_app
from tests.kernel.accounts.conftest import code_in, is_signed_in, sign_in, type_password

pytestmark = pytest.mark.requirement("S23")
Letters = Callable[[HostClient], list[Any]]
NEW = "otter lantern basalt 9"


def ask(client: HostClient, letters: Letters, login: str = "ana@example.org") -> str:
    assert client.post("/sign-in/forgot/", {"login": login})["Location"] == "/sign-in/forgot/code/"
    return code_in(letters(client)[0])


def test_the_code_sets_a_new_password_ends_all_sessions_and_signs_nobody_in(
    northfield: HostClient, letters: Letters, clock: Any
) -> None:
    northfield.inside(make_account)
    other = client_for("northfield")
    sign_in(other, "ana@example.org")
    code = ask(northfield, letters)

    answer = northfield.post("/sign-in/forgot/code/", {"code": code, "new": NEW})

    assert answer["Location"] == "/sign-in/?reset=done"
    assert not is_signed_in(northfield)
    assert not is_signed_in(other)
    assert type_password(northfield, "ana@example.org").status_code == 422
    assert type_password(northfield, "ana@example.org", NEW).status_code == 302
    (told,) = [letter for letter in letters(northfield) if "was changed" in letter.subject]
    assert told.to == ["ana@example.org"]


@pytest.mark.parametrize(
    ("language", "subject", "advice"),
    [
        ("es", "Elige una contraseña nueva en Northfield University Medical Center", "Tu código:"),
        ("ar", "اختر كلمة مرور جديدة في Northfield University Medical Center", "رمزك:"),
        ("", "Choose a new password at Northfield University Medical Center", "Your code:"),
    ],
)
def test_a_letter_is_written_in_the_language_of_its_reader(
    language: str, subject: str, advice: str, northfield: HostClient, letters: Letters, clock: Any
) -> None:
    northfield.inside(make_account, language=language)
    northfield.post("/sign-in/forgot/", {"login": "ana@example.org"}, headers={"accept-language": "en"})

    (letter,) = letters(northfield)

    assert letter.subject == subject
    assert letter.body.startswith(advice)


def test_an_arabic_letter_counts_minutes_as_arabic_does(in_northfield: HospitalContext) -> None:
    account = make_account(language="ar")

    def letter(purpose: OneTimeCode.Purpose) -> str:
        written = code_letter(CodeAsked(code_id=ask_for_code(account=account, purpose=purpose).pk))
        assert written is not None
        return written.body

    with hospital(replace(in_northfield, digits="arab")):
        assert "لمدة ١٠ دقائق." in letter(OneTimeCode.Purpose.SIGN_IN)
        assert "لمدة ٣٠ دقيقة." in letter(OneTimeCode.Purpose.RESET)
    assert "لمدة 10 دقائق." in letter(OneTimeCode.Purpose.SIGN_IN)


def test_the_code_works_once(northfield: HostClient, letters: Letters, clock: Any) -> None:
    northfield.inside(make_account)
    code = ask(northfield, letters)
    progress = northfield.cookies["__Host-portico"].value
    northfield.post("/sign-in/forgot/code/", {"code": code, "new": NEW})
    again = client_for("northfield")
    again.cookies["__Host-portico"] = progress
    assert again.post("/sign-in/forgot/code/", {"code": code, "new": "third heron basalt 4"}).status_code in (302, 422)
    assert type_password(client_for("northfield"), "ana@example.org", NEW).status_code == 302


def test_the_page_takes_the_code_as_long_as_the_letter_says(
    northfield: HostClient, letters: Letters, clock: Any
) -> None:
    northfield.inside(make_account)
    code = ask(northfield, letters)
    clock.shift(timedelta(minutes=29, seconds=59))

    answer = northfield.post("/sign-in/forgot/code/", {"code": code, "new": NEW})

    assert answer["Location"] == "/sign-in/?reset=done"


def test_the_code_is_dead_after_thirty_minutes(northfield: HostClient, letters: Letters, clock: Any) -> None:
    from kernel.accounts.codes import use_code

    northfield.inside(make_account)
    code = ask(northfield, letters)
    key = northfield.inside(lambda: OneTimeCode.objects.get().pk)
    clock.shift(timedelta(minutes=30))
    purpose = OneTimeCode.Purpose.RESET
    assert northfield.inside(lambda: use_code(code_id=key, purpose=purpose, code=code)) is None


def test_the_code_is_stored_as_a_hash_that_fits_one_row_of_one_hospital(
    northfield: HostClient, letters: Letters
) -> None:
    from kernel.accounts.codes import use_code

    northfield.inside(make_account)
    code = ask(northfield, letters)
    row = northfield.inside(OneTimeCode.objects.get)
    assert code not in row.code_hash
    assert len(row.code_hash) == 64

    def copied_elsewhere() -> object:
        copy = OneTimeCode(
            id=row.pk,
            account=make_account(),
            purpose=row.purpose,
            code_hash=row.code_hash,
            created_at=row.created_at,
            expires_at=row.expires_at,
        )
        copy.save(force_insert=True)
        return use_code(code_id=copy.pk, purpose=OneTimeCode.Purpose.RESET, code=code)

    assert client_for("santalucia").inside(copied_elsewhere) is None


def test_a_code_for_one_purpose_fits_no_other(northfield: HostClient, letters: Letters) -> None:
    from kernel.accounts.codes import use_code

    northfield.inside(make_account)
    code = ask(northfield, letters)
    key = northfield.inside(lambda: OneTimeCode.objects.get().pk)
    for purpose in (OneTimeCode.Purpose.SIGN_IN, OneTimeCode.Purpose.SECOND_STEP, OneTimeCode.Purpose.CONFIRM_EMAIL):
        assert northfield.inside(lambda purpose=purpose: use_code(code_id=key, purpose=purpose, code=code)) is None


def test_a_code_asked_for_in_one_browser_is_worth_nothing_in_another(northfield: HostClient, letters: Letters) -> None:
    northfield.inside(make_account)
    code = ask(northfield, letters)
    thief = client_for("northfield")
    thief.post("/sign-in/forgot/", {"login": "nobody@example.org"})
    assert thief.post("/sign-in/forgot/code/", {"code": code, "new": NEW}).status_code == 422


def test_a_reset_does_not_go_around_the_second_factor(northfield: HostClient, letters: Letters, clock: Any) -> None:
    northfield.inside(make_account_with_app, "dr@example.org", Role.CLINICIAN)
    code = ask(northfield, letters, "dr@example.org")
    northfield.post("/sign-in/forgot/code/", {"code": code, "new": NEW})

    assert type_password(northfield, "dr@example.org", NEW)["Location"] == "/sign-in/second-step/"
    assert not is_signed_in(northfield)


def test_a_refused_password_leaves_the_code_alive(northfield: HostClient, letters: Letters, clock: Any) -> None:
    northfield.inside(make_account)
    code = ask(northfield, letters)
    assert northfield.post("/sign-in/forgot/code/", {"code": code, "new": "short 9"}).status_code == 422
    assert northfield.post("/sign-in/forgot/code/", {"code": code, "new": "tz8 Lq!v0"}).status_code == 422
    assert northfield.post("/sign-in/forgot/code/", {"code": code, "new": NEW}).status_code == 302


def test_the_rule_of_length_stands_beside_the_field_and_every_refusal_agrees_with_it(
    northfield: HostClient, letters: Letters, clock: Any
) -> None:
    northfield.inside(make_account)
    code = ask(northfield, letters)
    rule = "At least 15 characters, or 8 when you sign in with a second step."

    page = northfield.get("/sign-in/forgot/code/").content.decode()
    short = northfield.post("/sign-in/forgot/code/", {"code": code, "new": "otter"})
    alone = northfield.post("/sign-in/forgot/code/", {"code": code, "new": "tz8 Lq!v0"})

    assert rule in page
    assert list(short.context["form"].non_field_errors()) == [rule]
    assert "Use at least 15 characters." in alone.context["form"].non_field_errors()[0]


def test_the_letter_names_no_host_from_the_request(northfield: HostClient, letters: Letters) -> None:
    northfield.inside(make_account)
    northfield.post("/sign-in/forgot/", {"login": "ana@example.org"}, HTTP_X_FORWARDED_HOST="evil.example")
    (letter,) = letters(northfield)
    assert letter.subject == "Choose a new password at Northfield University Medical Center"
    assert "evil" not in letter.body
    assert "http" not in letter.body


def test_a_new_address_counts_after_its_code_and_the_former_one_is_told(
    northfield: HostClient, letters: Letters, clock: Any
) -> None:
    from kernel.accounts.models import Account

    account = northfield.inside(make_account)
    sign_in(northfield, "ana@example.org")
    northfield.post("/account/security/email/", {"email": "New@Example.org"})
    (letter,) = letters(northfield)
    assert letter.to == ["new@example.org"]
    assert northfield.inside(lambda: Account.objects.get(pk=account.pk).email) == "ana@example.org"
    page = northfield.get("/account/security/email/code/").content.decode()
    assert "A code is on its way to the new address." in page
    assert "If the address belongs to an account here" not in page

    assert northfield.post("/account/security/email/code/", {"code": code_in(letter)}).status_code == 302

    assert northfield.inside(lambda: Account.objects.get(pk=account.pk).email) == "new@example.org"
    (told,) = letters(northfield)
    assert told.to == ["ana@example.org"]
    assert "new@example.org" not in told.body
    assert "call us at once" in told.body
    assert "choose a new password" not in told.body


@pytest.mark.parametrize(
    ("language", "digits", "last"),
    [
        ("en", "latn", "Telephone of Northfield: +1 312 555 0100"),
        ("es", "latn", "Teléfono de Northfield: +1 312 555 0100"),
        ("ar", "arab", "هاتف Northfield: \u202d+١ ٣١٢ ٥٥٥ ٠١٠٠\u202c"),
    ],
)
def test_letters_that_say_to_call_give_the_number(
    in_northfield: HospitalContext, language: str, digits: str, last: str
) -> None:
    account = make_account(language=language)
    told = replace(in_northfield, name="Northfield", brand={"phone": "+1 312 555 0100"}, digits=digits)
    silent = replace(in_northfield, brand={})
    code = ask_for_code(account=account, purpose=OneTimeCode.Purpose.CONFIRM_EMAIL, address="old@example.org")

    with hospital(told):
        letters = [
            former_address_letter(EmailChanged(account_id=account.pk, code_id=code.pk)),
            factors_letter(FactorsChanged(account_id=account.pk)),
        ]
    with hospital(silent):
        without = factors_letter(FactorsChanged(account_id=account.pk))

    assert [letter.body.split("\n\n")[-1] for letter in letters if letter] == [last, last]
    assert without is not None
    assert len(without.body.split("\n\n")) == 2
