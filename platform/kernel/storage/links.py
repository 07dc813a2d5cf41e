"""Links to one file for one person for a few minutes (S11)."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.urls import reverse

from kernel.permissions import Access, NotFound
from kernel.signing import BadSignature, sign, unsign

LASTS = timedelta(minutes=5)
_PURPOSE = "download"


@dataclass(frozen=True)
class Download:
    """What a link opens."""

    key: str
    name: str
    media_type: str


def download_link(access: Access, key: str, *, name: str, media_type: str = "application/octet-stream") -> str:
    """An address for the file ``key``, good for five minutes, this hospital and the account of ``access``.

    Whoever calls it has checked that the access covers the file. ``name`` is what the file is called when it is saved.
    """
    account = access.actor.account_id
    if account is None:
        raise NotFound
    token = sign([key, str(account), name, media_type], purpose=_PURPOSE)
    return reverse("storage:download", args=[token])


def opened_link(access: Access, token: str) -> Download:
    """What the link opens for ``access``. Raises NotFound when it is old, changed, another's or another hospital's."""
    try:
        key, account, name, media_type = unsign(token, purpose=_PURPOSE, lasts=LASTS)
        owner = UUID(account)
    except (BadSignature, ValueError):
        raise NotFound from None
    if access.actor.account_id != owner:
        raise NotFound
    return Download(key, name, media_type)
