"""Codes of authenticator apps."""

import pytest

from kernel.accounts.totp import app_address, as_text, code_at, matching_step, new_secret

RFC_SECRET = b"12345678901234567890"


@pytest.mark.requirement("S19")
@pytest.mark.parametrize(
    ("unix_seconds", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_the_vectors_of_rfc_6238_appendix_b(unix_seconds: int, code: str) -> None:
    assert code_at(RFC_SECRET, unix_seconds // 30) == code
    assert matching_step(RFC_SECRET, code, unix_seconds, after=0) == unix_seconds // 30


def test_a_clock_may_be_one_step_off_and_not_two() -> None:
    now, step = 3_000_000, 100_000
    for drift, accepted in [(-2, False), (-1, True), (0, True), (1, True), (2, False)]:
        assert (matching_step(RFC_SECRET, code_at(RFC_SECRET, step + drift), now, after=0) is not None) is accepted


def test_a_step_that_was_used_and_those_before_it_are_refused() -> None:
    now, step = 3_000_000, 100_000
    assert matching_step(RFC_SECRET, code_at(RFC_SECRET, step), now, after=step) is None
    assert matching_step(RFC_SECRET, code_at(RFC_SECRET, step - 1), now, after=step) is None
    assert matching_step(RFC_SECRET, code_at(RFC_SECRET, step + 1), now, after=step) == step + 1


def test_a_secret_holds_160_bits_and_reads_as_base32() -> None:
    assert len(new_secret()) == 20
    assert new_secret() != new_secret()
    assert as_text(RFC_SECRET) == "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


def test_the_address_for_the_app_names_hospital_and_login() -> None:
    assert app_address(RFC_SECRET, issuer="Santa Lucía", login="ana@x.org") == (
        "otpauth://totp/Santa%20Luc%C3%ADa%3Aana%40x.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Santa%20Luc%C3%ADa"
    )


def test_the_secret_is_encrypted_for_its_own_row(in_northfield: object) -> None:
    from kernel.accounts.models import Factor
    from kernel.accounts.services.factors import begin_totp, secret_of
    from kernel.keys import Undecryptable
    from tests.factories.accounts import make_account

    account = make_account()
    factor = begin_totp(account=account)
    secret = secret_of(factor)
    stored = bytes(Factor.objects.get(pk=factor.pk).material)
    assert secret not in stored
    other = Factor(account=account, kind=Factor.Kind.TOTP, material=stored)
    with pytest.raises(Undecryptable):
        secret_of(other)
