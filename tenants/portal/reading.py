"""How the reader of a page reads: from the account when signed in, else from a cookie of this device."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from django.http import HttpRequest, HttpResponse

from kernel.i18n.formats import reader_digits
from kernel.web.cookies import LANGUAGE, READING, give_cookie
from tenants.portal.models import ReadingChoice
from themes.shell import Reading

YEAR = 365 * 24 * 3600
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "size": tuple(ReadingChoice.Size.values),
    "contrast": tuple(ReadingChoice.Contrast.values),
    "motion": tuple(ReadingChoice.Motion.values),
    "mode": tuple(ReadingChoice.Mode.values),
    "view": tuple(ReadingChoice.View.values),
}
NAMES = (*_CHOICES, "keys")


def reading_from(values: Mapping[str, Any]) -> Reading:
    """A reading from stored or sent values; what is not one of the choices is the usual."""
    usual = Reading()
    known = {
        name: values[name] if values.get(name) in choices else getattr(usual, name)
        for name, choices in _CHOICES.items()
    }
    return Reading(**known, keys=str(values.get("keys", True)) not in ("off", "False"))


def write(reading: Reading) -> str:
    """The value of the cookie: the choices in their order, ``normal.more.auto.dark.full.on``."""
    return ".".join([*(getattr(reading, name) for name in _CHOICES), "on" if reading.keys else "off"])


def read(cookie: str) -> Reading:
    """The reading of a cookie, whatever somebody has written into it."""
    return reading_from(dict(zip(NAMES, cookie.split("."), strict=False)))


def reading_of(request: HttpRequest) -> Reading:
    """The reader's choices, with the digits of this page. Remembered on the request: many components ask."""
    kept: Reading | None = getattr(request, "_portico_reading", None)
    if kept is None:
        kept = _stored(request) or read(request.COOKIES.get(READING, ""))
        request._portico_reading = kept  # type: ignore[attr-defined]
    return replace(kept, digits=reader_digits())


def _stored(request: HttpRequest) -> Reading | None:
    account = getattr(request, "user", None)
    if account is None or not getattr(account, "is_authenticated", False):
        return None
    values = ReadingChoice.objects.filter(account=account.pk).values(*NAMES).first()
    return reading_from(values) if values else None


def remember(response: HttpResponse, reading: Reading, language: str) -> None:
    """Keep both on this device, so that the sign-in page is right too."""
    for name, value in ((READING, write(reading)), (LANGUAGE, language)):
        give_cookie(response, name, value, seconds=YEAR)


def as_values(reading: Reading) -> dict[str, Any]:
    """The choices as a form's first values."""
    return {name: value for name, value in asdict(reading).items() if name in NAMES}
