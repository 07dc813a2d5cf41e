"""Which passwords are accepted (NIST SP 800-63B-4)."""

import unicodedata

import pytest

from kernel.accounts.passwords import (
    LETTERS,
    PasswordRefused,
    fits,
    hashed,
    is_known,
    random_password,
    require_good_password,
)

pytestmark = pytest.mark.requirement("S17")


@pytest.mark.parametrize(
    "password",
    [
        "heron umbrella quartz 7",
        "kein Passwort für alle!",
        "مطر خفيف فوق النخيل",
        "zebra crossing at dawn" * 4,
        "ñandú púrpura bajo lluvia",
        "tz8 Lq!v0",
    ],
)
def test_unlikely_passwords_of_any_script_are_accepted(password: str) -> None:
    require_good_password(password, shortest=8)


@pytest.mark.parametrize(
    "password",
    [
        "password",
        "Password123456789",
        "p@ssw0rd!!!!!!!",
        "12345678",
        "123456789012345",
        "qwertyuiopasdfgh",
        "aaaaaaaaaaaaaaaa",
        "abcabcabcabcabcabc",
        "iloveyou!!!!!!!!",
        "hospitalhospital",
        "Bienvenido2026!",
        "sunshine",
        "sunshinesunshine",
        "2026-01-01 00:00",
    ],
)
def test_well_known_passwords_are_refused(password: str) -> None:
    assert is_known(password)
    with pytest.raises(PasswordRefused, match="too easy to guess"):
        require_good_password(password, shortest=8)


@pytest.mark.parametrize(
    "password", ["Northfield2026!!", "anaruizgarcia123", "ana.ruiz@example.org", "!!santalucia!!!!", "MedicalCenter123"]
)
def test_words_of_the_person_and_the_hospital_are_refused(password: str) -> None:
    words = ["Northfield University Medical Center", "ana.ruiz@example.org", "Ana Ruizgarcia", "santalucia"]
    assert is_known(password, [*words, "anaruizgarcia"])


def test_the_length_depends_on_whether_there_is_a_second_factor() -> None:
    require_good_password("tz8 Lq!v", shortest=8)
    with pytest.raises(PasswordRefused, match="at least 15 characters"):
        require_good_password("tz8 Lq!v0 kuxo", shortest=15)
    with pytest.raises(PasswordRefused, match="at least 8 characters"):
        require_good_password("tz8 Lq!", shortest=8)


def test_long_passwords_are_taken_whole_up_to_256_characters() -> None:
    long = "".join(chr(0x4E00 + n) for n in range(256))
    require_good_password(long, shortest=15)
    with pytest.raises(PasswordRefused, match="at most 256"):
        require_good_password(long + "x", shortest=15)


def test_two_ways_to_type_one_letter_are_one_password() -> None:
    from kernel.accounts.models import Account

    composed = unicodedata.normalize("NFC", "señal de lluvia azul")
    decomposed = unicodedata.normalize("NFD", composed)
    assert composed != decomposed
    assert fits(Account(password=hashed(composed)), decomposed)


def test_passwords_are_stored_with_argon2id() -> None:
    assert hashed("heron umbrella quartz 7").startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")


def test_an_account_without_a_password_has_none_that_fits() -> None:
    from kernel.accounts.models import Account

    account = Account()
    account.set_unusable_password()
    assert not fits(account, "")
    assert not fits(account, account.password)
    assert not fits(None, "nobody has this password")


@pytest.mark.requirement("S19")
def test_made_passwords_are_long_random_easy_to_type_and_never_refused() -> None:
    """With digits among them, one in some hundred was too easy to guess."""
    made = {random_password() for _ in range(2000)}

    assert len(made) == 2000
    assert all(len(password) == 23 and not set(password) - set(LETTERS + "-") for password in made)
    assert not any(is_known(password, ("Ana Ruiz", "ana@example.org", "Northfield")) for password in made)
