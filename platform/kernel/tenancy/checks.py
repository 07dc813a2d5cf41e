"""Refuse to start with settings that would open the guard."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ImproperlyConfigured

OUR_BACKEND = "kernel.tenancy.backend"
OUR_KEY_FUNCTION = "kernel.cache.hospital_key"


@register()
def guard_is_closed(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Every database uses our backend, every cache our key function, and no header can choose the host."""
    found: list[CheckMessage] = []
    databases: dict[str, Any] = settings.DATABASES
    for alias, database in databases.items():
        if database["ENGINE"] != OUR_BACKEND:
            found.append(Error(f"database {alias!r} must use {OUR_BACKEND}", id="tenancy.E001"))
        if database.get("OPTIONS", {}).get("pool"):
            found.append(Error(f"database {alias!r} must not use a pool", id="tenancy.E002"))
    for alias, cache in settings.CACHES.items():
        if cache.get("KEY_FUNCTION") != OUR_KEY_FUNCTION:
            found.append(Error(f"cache {alias!r} must use {OUR_KEY_FUNCTION}", id="tenancy.E003"))
    if settings.USE_X_FORWARDED_HOST:
        found.append(
            Error(
                "USE_X_FORWARDED_HOST lets a client choose the hospital",
                id="tenancy.E004",
            )
        )
    if settings.SESSION_ENGINE.endswith("signed_cookies"):
        found.append(
            Error(
                "signed-cookie sessions of one hospital are valid in another",
                id="tenancy.E005",
            )
        )
    if settings.SESSION_COOKIE_DOMAIN or settings.CSRF_COOKIE_DOMAIN:
        found.append(Error("cookies must stay with the host that set them", id="tenancy.E006"))
    return found


def require_closed_guard() -> None:
    """Called when the apps are ready, because gunicorn and Celery never run Django's checks.

    Raises ImproperlyConfigured with all that is wrong.
    """
    found = guard_is_closed(None)
    if found:
        raise ImproperlyConfigured("; ".join(f"{message.msg} ({message.id})" for message in found))
