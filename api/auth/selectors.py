"""From a key to the access it opens, and a person's own keys."""

import hashlib
from dataclasses import replace
from types import MappingProxyType
from uuid import UUID

from django.db.models import QuerySet

from api.auth.models import PersonalKey
from api.auth.permissions import MANAGE_KEYS
from kernel import clock
from kernel.permissions import Access, Channel, NotFound, Permission, permissions
from kernel.permissions.selectors import access_for
from kernel.tenancy.scope import current_hospital

KEY_PREFIX = "ptk_"


def digest_of(key: str) -> str:
    """What is stored of a key. The hospital's id is in it, so a copied row is worth nothing elsewhere (S04).

    A plain hash is enough: the key has 256 random bits, which nobody guesses from its hash.
    """
    return hashlib.sha256(f"{current_hospital().id}:{key}".encode()).hexdigest()


def own_keys(access: Access) -> QuerySet[PersonalKey]:
    """The keys of the account that acts, newest first."""
    access.require(MANAGE_KEYS)
    return PersonalKey.objects.filter(account=access.actor.account_id).order_by("-pk")


def own_key(access: Access, key_id: UUID) -> PersonalKey:
    """One of these keys. Raises NotFound."""
    found = own_keys(access).filter(pk=key_id).first()
    if found is None:
        raise NotFound
    return found


def rights_of(key: PersonalKey, access: Access) -> list[Permission]:
    """What one of the actor's own keys may do now: its scopes, as far as the actor's roles still hold them."""
    return [one for one in permissions if one.name in key.scopes and access.can(one)]


def access_by_key(key: str, channel: Channel) -> tuple[PersonalKey, Access] | None:
    """The access that ``key`` opens: the account's own, narrowed to the key's scopes. None for an unusable key."""
    if not key.startswith(KEY_PREFIX):
        return None
    found = (
        PersonalKey.objects.select_related("account")
        .filter(digest=digest_of(key), revoked_at=None, expires_at__gt=clock.now(), account__is_active=True)
        .first()
    )
    if found is None:
        return None
    access = access_for(found.account, channel=channel)
    granted = {name: reach for name, reach in access.actor.grants.items() if name in found.scopes}
    actor = replace(access.actor, grants=MappingProxyType(granted), key_id=found.pk)
    return found, replace(access, actor=actor)
