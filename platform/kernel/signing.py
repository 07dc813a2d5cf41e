"""Signed values (links, invitations, download tickets) that only the hospital which signed them accepts (S04).

Django's own signatures know nothing of hospitals: what one signed, every other would accept for its own person with
the same key (measured).
"""

from datetime import timedelta
from typing import Any

from django.core import signing

from kernel.tenancy.scope import current_scope

BadSignature = signing.BadSignature


def _salt(purpose: str) -> str:
    scope = current_scope()
    owner = str(scope.hospital.id) if scope.hospital is not None else scope.schema_name
    return f"portico:{owner}:{purpose}"


def sign(value: Any, *, purpose: str) -> str:
    """``value`` (JSON) as a signed text for URLs, valid for this scope and ``purpose`` only. Raises NoScope."""
    return signing.dumps(value, salt=_salt(purpose))


def unsign(text: str, *, purpose: str, lasts: timedelta) -> Any:
    """The value that ``sign`` was given.

    Raises BadSignature when it is forged, another scope's, or older than ``lasts``.
    """
    return signing.loads(text, salt=_salt(purpose), max_age=lasts)
