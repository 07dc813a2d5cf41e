"""Keys and signatures: each carries its hospital, and without one there is none."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta

import pytest
import redis
import time_machine
from django.conf import settings
from django.core.cache import cache, caches
from django.core.checks.registry import registry

from config.runtime.home import CHECKOUT
from kernel import signing
from kernel.cache import HospitalRedisCache, hospital_key, hospital_name
from kernel.tenancy.context import HospitalContext
from kernel.tenancy.errors import NoScope
from kernel.tenancy.scope import hospital, shared

Contexts = Callable[[str], HospitalContext]
HOUR = timedelta(hours=1)


@pytest.mark.requirement("S06")
def test_the_same_key_is_another_one_in_another_hospital(hospital_context: Contexts) -> None:
    northfield, alwaha = hospital_context("northfield"), hospital_context("alwaha")
    with hospital(northfield):
        assert hospital_key("menu", "", 1) == f":{northfield.schema_name}:1:menu"
        assert hospital_name("lock") == f"portico:{northfield.schema_name}:lock"
        cache.set("menu", "Northfield's", 30)
    with hospital(alwaha):
        assert cache.get("menu") is None
        cache.set("menu", "Al-Waha's", 30)
    with shared():
        assert cache.get("menu") is None
    with hospital(northfield):
        assert cache.get("menu") == "Northfield's"
        cache.delete("menu")
    with hospital(alwaha):
        assert cache.get("menu") == "Al-Waha's"
        cache.delete("menu")


@pytest.mark.requirement("S06")
@pytest.mark.parametrize(
    "make", [lambda: cache.get("x"), lambda: cache.set("x", 1), lambda: hospital_name("x"), lambda: cache.incr("x")]
)
def test_there_is_no_key_without_a_scope(make: Callable[[], object]) -> None:
    with pytest.raises(NoScope):
        make()


@pytest.mark.requirement("S06")
@pytest.mark.parametrize("alias", list(caches.settings))
def test_every_cache_makes_its_keys_of_the_scope(alias: str) -> None:
    assert caches[alias].key_func is hospital_key


@pytest.mark.requirement("S06")
def test_clearing_one_hospitals_cache_leaves_the_others_and_the_queues(hospital_context: Contexts) -> None:
    """Redis holds the queues too: Django's own ``clear`` would empty all of it."""
    client = redis.Redis.from_url(str(settings.CACHES["default"]["LOCATION"]))
    client.rpush("tests-some-queue", "a task")
    northfield, alwaha = hospital_context("northfield"), hospital_context("alwaha")
    for context in (northfield, alwaha):
        with hospital(context):
            cache.set("menu", context.slug, 30)
    with hospital(northfield):
        cache.clear()
        assert cache.get("menu") is None
    with hospital(alwaha):
        assert cache.get("menu") == "alwaha"
        cache.delete("menu")
    assert client.lrange("tests-some-queue", 0, -1) == [b"a task"]
    client.delete("tests-some-queue")


def test_a_cache_with_a_replica_is_cleared_on_the_server_that_is_written(hospital_context: Contexts) -> None:
    primary = str(settings.CACHES["default"]["LOCATION"])
    with_replica = HospitalRedisCache([primary, "redis://127.0.0.1:1/0"], dict(settings.CACHES["default"]))
    with hospital(hospital_context("northfield")):
        cache.set("menu", "Northfield's", 30)
        assert with_replica.clear() is True
        assert cache.get("menu") is None


@pytest.mark.requirement("S04")
def test_what_one_hospital_signed_another_does_not_accept(hospital_context: Contexts) -> None:
    """M2: with Django's own signing the second hospital read it as its own."""
    with hospital(hospital_context("northfield")):
        text = signing.sign({"account": 1}, purpose="invitation")
        assert signing.unsign(text, purpose="invitation", lasts=HOUR) == {"account": 1}
    with hospital(hospital_context("alwaha")), pytest.raises(signing.BadSignature):
        signing.unsign(text, purpose="invitation", lasts=HOUR)
    with shared(), pytest.raises(signing.BadSignature):
        signing.unsign(text, purpose="invitation", lasts=HOUR)


@pytest.mark.requirement("S04")
def test_a_signature_is_good_for_its_purpose_and_its_time_only(hospital_context: Contexts) -> None:
    with hospital(hospital_context("northfield")):
        with time_machine.travel("2026-03-01T10:00:00Z", tick=False):
            text = signing.sign(1, purpose="invitation")
            with pytest.raises(signing.BadSignature):
                signing.unsign(text, purpose="download", lasts=HOUR)
        with time_machine.travel("2026-03-01T11:00:01Z", tick=False), pytest.raises(signing.BadSignature):
            signing.unsign(text, purpose="invitation", lasts=HOUR)


@pytest.mark.requirement("S04")
def test_nothing_is_signed_without_a_scope() -> None:
    with pytest.raises(NoScope):
        signing.sign(1, purpose="invitation")


@pytest.mark.requirement("S01", "S06")
@pytest.mark.parametrize(
    ("name", "value", "refusal"),
    [
        ("USE_X_FORWARDED_HOST", True, "tenancy.E004"),
        ("SESSION_ENGINE", "django.contrib.sessions.backends.signed_cookies", "tenancy.E005"),
        ("SESSION_COOKIE_DOMAIN", ".localhost", "tenancy.E006"),
        ("CSRF_COOKIE_DOMAIN", ".localhost", "tenancy.E006"),
        ("CACHES", {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}, "tenancy.E003"),
        (
            "CACHES",
            {
                "default": {"KEY_FUNCTION": "kernel.cache.hospital_key"},
                "second": {"KEY_FUNCTION": "django_tenants.cache.make_key"},
            },
            "tenancy.E003",
        ),
        ("DATABASES", {"default": {"ENGINE": "django.db.backends.postgresql"}}, "tenancy.E001"),
        (
            "DATABASES",
            {"default": {"ENGINE": "kernel.tenancy.backend", "OPTIONS": {"pool": True}}},
            "tenancy.E002",
        ),
    ],
)
def test_settings_that_would_open_the_guard_stop_the_start(
    monkeypatch: pytest.MonkeyPatch, name: str, value: object, refusal: str
) -> None:
    monkeypatch.setattr(settings, name, value)
    from kernel.tenancy.checks import guard_is_closed

    assert [found.id for found in guard_is_closed(None)] == [refusal]


@pytest.mark.requirement("S01", "S06")
@pytest.mark.parametrize("process", ["config.wsgi", "config.celery; django.setup()"])
def test_neither_web_process_nor_worker_starts_with_an_open_guard(process: str) -> None:
    """Neither runs Django's checks: a cache whose keys know no hospital must stop them all the same."""
    started = subprocess.run(
        [sys.executable, "-c", f"import django, {process}"],
        cwd=CHECKOUT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.kernel.tenancy.open_guard"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert started.returncode != 0
    assert "ImproperlyConfigured: cache 'second' must use kernel.cache.hospital_key (tenancy.E003)" in started.stderr


def test_our_own_settings_pass_the_checks() -> None:
    from kernel.tenancy.checks import guard_is_closed

    assert guard_is_closed(None) == []
    assert guard_is_closed in registry.registered_checks
