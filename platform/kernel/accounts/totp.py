"""Codes of authenticator apps (RFC 6238): SHA-1, six digits, thirty seconds, the form every app knows."""

import base64
import hmac
import secrets
from urllib.parse import quote, urlencode

STEP_SECONDS = 30
# One step before and after, for clocks that are a little off (RFC 6238 section 5.2).
_DRIFT = (-1, 0, 1)


def new_secret() -> bytes:
    """160 random bits, as RFC 4226 section 4 recommends."""
    return secrets.token_bytes(20)


def as_text(secret: bytes) -> str:
    """The secret as people type it into an app: base32 without padding."""
    return base64.b32encode(secret).decode().rstrip("=")


def code_at(secret: bytes, step: int) -> str:
    """The six digits of one time step (RFC 4226 section 5.3)."""
    digest = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 1_000_000:06d}"


def current_code(secret: bytes, unix_seconds: float) -> str:
    """What an app shows at ``unix_seconds``."""
    return code_at(secret, int(unix_seconds) // STEP_SECONDS)


def matching_step(secret: bytes, code: str, unix_seconds: float, *, after: int) -> int | None:
    """The time step that ``code`` belongs to, near ``unix_seconds`` and later than ``after``; None when there is none.

    The caller stores the step and passes it as ``after`` the next time: a code seen over a shoulder is worth nothing.
    """
    now = int(unix_seconds) // STEP_SECONDS
    found = None
    for drift in _DRIFT:
        step = now + drift
        if hmac.compare_digest(code_at(secret, step).encode(), code.encode()) and step > after:
            found = step
    return found


def app_address(secret: bytes, *, issuer: str, login: str) -> str:
    """The ``otpauth://`` address that the QR code holds."""
    label = quote(f"{issuer}:{login}", safe="")
    return f"otpauth://totp/{label}?{urlencode({'secret': as_text(secret), 'issuer': issuer}, quote_via=quote)}"
