"""Production does not start with a key that somebody can guess, and a key is replaced while people work (S48)."""

import os
import secrets
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from config import env
from kernel.signing import BadSignature, sign, unsign
from kernel.tenancy.context import HospitalContext
from kernel.tenancy.scope import hospital
from tests.clients import client_for
from tests.factories.accounts import make_account
from tests.kernel.accounts.conftest import is_signed_in, sign_in

GOOD = secrets.token_urlsafe(48)
HOUR = timedelta(hours=1)


def production(**variables: str) -> tuple[int, str]:
    """Start a process with production settings: its exit code and the last line it wrote."""
    environment = {
        **os.environ,
        "SECRET_KEY": GOOD,
        "EMAIL_URL": "smtps://mail.example.org",
        **variables,
        "DJANGO_SETTINGS_MODULE": "config.settings.production",
    }
    ended = subprocess.run(
        [sys.executable, "-c", "import django; django.setup()"],
        env={name: value for name, value in environment.items() if value != "absent"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return ended.returncode, (ended.stderr.strip().splitlines() or [""])[-1]


@pytest.mark.requirement("S48")
@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"SECRET_KEY": "absent"}, "set SECRET_KEY in the environment"),
        ({"SECRET_KEY": ""}, "SECRET_KEY must be at least 50 random characters"),
        ({"SECRET_KEY": "changeme"}, "SECRET_KEY must be at least 50 random characters"),
        ({"SECRET_KEY": GOOD[:49]}, "SECRET_KEY must be at least 50 random characters"),
        ({"SECRET_KEY": "ab" * 40}, "SECRET_KEY must be at least 50 random characters"),
        ({"SECRET_KEY": "django-insecure-" + GOOD}, "SECRET_KEY must be at least 50 random characters"),
        ({"SECRET_KEY_FALLBACKS": f"{GOOD},short"}, "SECRET_KEY_FALLBACKS must be at least 50 random characters"),
        ({"PORTICO_KEYRING": ""}, "PORTICO_KEYRING is not set"),
    ],
)
def test_production_refuses_to_start_with_a_key_that_can_be_guessed(variables: dict[str, str], sentence: str) -> None:
    code, line = production(**variables)
    assert (code, line.rpartition(": ")[2]) == (1, sentence)


@pytest.mark.requirement("S48")
def test_production_starts_with_good_keys() -> None:
    assert production(SECRET_KEY_FALLBACKS=secrets.token_urlsafe(48)) == (0, "")


ELSEWHERE = "postgres://portico:word@db.example.org/portico"
NO_TLS = "must say sslmode=verify-full, verify-ca or require"
NO_MAIL_TLS = "EMAIL_URL must be smtps:// or say starttls=1"


@pytest.mark.requirement("S50")
@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"EMAIL_URL": "absent"}, "EMAIL_URL is not set"),
        ({"EMAIL_URL": "smtp://mail.example.org"}, NO_MAIL_TLS),
        ({"EMAIL_URL": "smtp://mail.example.org?starttls=0"}, NO_MAIL_TLS),
        ({"EMAIL_URL": "smtp://"}, NO_MAIL_TLS),
        ({"DATABASE_URL": ELSEWHERE}, f"DATABASE_URL {NO_TLS}"),
        ({"DATABASE_URL": f"{ELSEWHERE}?sslmode=prefer"}, f"DATABASE_URL {NO_TLS}"),
        ({"DATABASE_ADMIN_URL": ELSEWHERE}, f"DATABASE_ADMIN_URL {NO_TLS}"),
        ({"REDIS_URL": "redis://:word@10.0.0.5:6379/0"}, "REDIS_URL must be rediss:// and say ssl_cert_reqs=required"),
        (
            {"PORTICO_STORAGE_URL": "s3://bucket?endpoint=http://10.0.0.5:9000"},
            "the endpoint in PORTICO_STORAGE_URL must be https://",
        ),
        (
            {"DATABASE_URL": f"{ELSEWHERE}?sslmode=require&application_name=x"},
            "the address of the database says 'application_name'; it may say sslmode, sslrootcert, sslcert, sslkey, "
            "sslcrl, ssl_min_protocol_version",
        ),
    ],
)
def test_production_refuses_to_start_where_somebody_could_read_along(variables: dict[str, str], sentence: str) -> None:
    code, line = production(**variables)
    assert (code, line.rpartition("Configured: ")[2].rpartition("Variable: ")[2]) == (1, sentence)


@pytest.mark.requirement("S50")
@pytest.mark.parametrize(
    "variables",
    [
        {"EMAIL_URL": "smtp://127.0.0.1:25"},
        {"EMAIL_URL": "smtp://mail.example.org?starttls=1"},
        {"DATABASE_URL": f"{ELSEWHERE}?sslmode=verify-full&sslrootcert=/etc/ssl/db.pem"},
        {"DATABASE_URL": ELSEWHERE, "PORTICO_LOCAL_DATABASES": "other,db.example.org"},
        {
            "REDIS_URL": "redis://:word@redis:6379/0",
            "PORTICO_STORAGE_URL": "s3://bucket?endpoint=http://minio:9000",
            "PORTICO_LOCAL_DATABASES": "redis,minio",
        },
    ],
)
def test_production_starts_where_nobody_can_read_along(variables: dict[str, str]) -> None:
    assert production(**variables) == (0, "")


@pytest.mark.requirement("S50")
def test_redis_elsewhere_needs_tls_and_a_checked_certificate() -> None:
    here = ("redis://127.0.0.1:6379/0", "redis://localhost", "unix:///run/redis.sock?db=0", "redis://redis:6379/0")
    elsewhere = ("redis://:word@10.0.0.5:6379/0", "redis://other:6379/0", "redis:///0", "rediss://10.0.0.5:6379/0",
                 "rediss://10.0.0.5:6379/0?ssl_cert_reqs=none")  # fmt: skip
    assert [url for url in (*here, *elsewhere) if not env.redis_is_guarded(url, ("postgres", "redis"))] == [*elsewhere]
    assert env.redis_is_guarded("rediss://:word@10.0.0.5:6379/0?ssl_cert_reqs=required")


@pytest.mark.requirement("S50")
def test_a_bucket_elsewhere_needs_tls() -> None:
    good = ("", "s3://bucket?region=eu-central-1", "s3://bucket?endpoint=https://s3.example.org",
            "s3://bucket?endpoint=http://127.0.0.1:9000", "s3://bucket?endpoint=http://minio:9000")  # fmt: skip
    bad = ("s3://bucket?endpoint=http://10.0.0.5:9000", "s3://bucket?endpoint=s3.example.org",
           "s3://bucket?endpoint=https://a.example.org&endpoint=http://b.example.org")  # fmt: skip
    assert [url for url in (*good, *bad) if not env.storage_is_guarded(url, ("minio",))] == [*bad]


@pytest.mark.requirement("S50")
def test_what_an_address_says_of_tls_reaches_the_connection() -> None:
    described = env.database(f"{ELSEWHERE}?sslmode=verify-full&sslrootcert=/a%20b.pem", owner=True, statement_seconds=5)
    options = described["OPTIONS"]
    assert isinstance(options, dict)
    assert (options["sslmode"], options["sslrootcert"]) == ("verify-full", "/a b.pem")
    assert options["connect_timeout"] == 2
    assert described["PORTICO_CLIENT_ENVIRONMENT"] == {"PGSSLMODE": "verify-full", "PGSSLROOTCERT": "/a b.pem"}


@pytest.mark.requirement("S48")
def test_what_an_earlier_key_signed_holds_until_that_key_is_taken_away(
    hospital_context: Callable[[str], HospitalContext], settings: Any
) -> None:
    old, new = settings.SECRET_KEY, GOOD
    with hospital(hospital_context("northfield")):
        link = sign("letter", purpose="link")
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = new, [old]
        assert unsign(link, purpose="link", lasts=HOUR) == "letter"
        fresh = sign("letter", purpose="link")
        settings.SECRET_KEY_FALLBACKS = []
        assert unsign(fresh, purpose="link", lasts=HOUR) == "letter"
        with pytest.raises(BadSignature):
            unsign(link, purpose="link", lasts=HOUR)


@pytest.mark.requirement("S48")
def test_nobody_is_signed_out_when_the_key_is_replaced(db: None, settings: Any) -> None:
    client = client_for("northfield")
    client.inside(make_account)
    sign_in(client, "ana@example.org")

    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = GOOD, [settings.SECRET_KEY]

    assert is_signed_in(client)
