"""Make, end and use personal keys."""

import secrets
from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from api.auth.models import PersonalKey
from api.auth.permissions import MANAGE_KEYS
from api.auth.selectors import KEY_PREFIX, digest_of, own_keys
from kernel import audit, clock
from kernel.accounts.models import Account
from kernel.errors import DomainError
from kernel.names import readable_name
from kernel.permissions import Access, Channel, NotFound, NotPermitted, anonymous_access
from kernel.tenancy.scope import current_hospital, current_scope

LONGEST_LIFE = timedelta(days=365)
MOST_KEYS = 20
LONGEST_NAME = 80


class ScopesInvalid(DomainError):
    message = _("Choose at least one thing that the key may do, and only things that you may do yourself.")
    code = "scopes-invalid"


class TooManyKeys(DomainError):
    message = _("You already have 20 keys. End one that you no longer need first.")
    code = "too-many-keys"


class LifeInvalid(DomainError):
    message = _("A key lives between 1 and 365 days.")
    code = "life-invalid"


def create_key(*, access: Access, name: str, scopes: Collection[str], days: int) -> tuple[PersonalKey, str]:
    """Make a key for the acting account. Returns the row and the key itself, which nobody can read again.

    ``scopes`` are names of permissions that the account holds; ``days`` is the key's life. A key cannot make keys.
    Raises NotPermitted, NameUnreadable, ScopesInvalid, TooManyKeys or LifeInvalid.
    """
    access.require(MANAGE_KEYS)
    account_id = access.actor.account_id
    if account_id is None:
        raise NotPermitted
    wanted = set(scopes) - {MANAGE_KEYS.name}
    if not wanted or wanted - set(access.actor.grants):
        raise ScopesInvalid
    if not 1 <= days <= LONGEST_LIFE.days:
        raise LifeInvalid
    name = readable_name(name, LONGEST_NAME)
    secret = KEY_PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        # Who makes several at one moment has them counted one after the other.
        Account.objects.select_for_update().get(pk=account_id)
        if own_keys(access).filter(revoked_at=None, expires_at__gt=clock.now()).count() >= MOST_KEYS:
            raise TooManyKeys
        key = PersonalKey.objects.create(
            account_id=account_id,
            name=name,
            prefix=secret[: len(KEY_PREFIX) + 6],
            digest=digest_of(secret),
            scopes=sorted(wanted),
            expires_at=clock.now() + timedelta(days=days),
        )
        audit.record(access, action="api.key_created", target=key, detail={"scopes": key.scopes, "days": days})
    return key, secret


def revoke_key(*, access: Access, key_id: UUID) -> PersonalKey:
    """End one of the acting account's keys at once. Ending it twice is the same as once. Raises NotFound."""
    with transaction.atomic():
        key = own_keys(access).select_for_update().filter(pk=key_id).first()
        if key is None:
            raise NotFound
        if key.revoked_at is None:
            key.revoked_at = clock.now()
            key.save(update_fields=["revoked_at"])
            audit.record(access, action="api.key_revoked", target=key)
    return key


def end_all_keys(access: Access, account: Account) -> int:
    """End all keys of ``account``, because what it signs in with has changed; returns how many worked until now.

    Part of that change's transaction. On the provider's side nobody has keys.
    """
    if current_scope().hospital is None:
        return 0
    now = clock.now()
    live = list(PersonalKey.objects.select_for_update().filter(account=account, revoked_at=None, expires_at__gt=now))
    for key in live:
        key.revoked_at = now
        key.save(update_fields=["revoked_at"])
        audit.record(access, action="api.key_revoked", target=key, detail={"with": "sign-in"})
    return len(live)


def note_refused_key(key: str, channel: Channel) -> None:
    """A key that was ours and has ended is still tried: the trail learns whose it was.

    What was never a key of this hospital leaves no line, or strangers could fill the trail.
    """
    ended = PersonalKey.objects.filter(digest=digest_of(key)).first()
    if ended is not None:
        with transaction.atomic():
            audit.record(
                anonymous_access(replace(channel, app="api")),
                action="api.key_refused",
                target=ended,
                detail={"account": str(ended.account_id)},
                result="refused",
            )


def note_use(key: PersonalKey) -> None:
    """Remember the day on which the key was last used: one write a day, not one a request."""
    today = clock.today(current_hospital().time_zone)
    if key.last_used_on != today:
        PersonalKey.objects.filter(pk=key.pk).update(last_used_on=today)
