"""Keys of the cache: each begins with the schema in context, and without one there is no key (S06)."""

from django.core.cache.backends.redis import RedisCache

from kernel.tenancy.scope import current_scope


def hospital_key(key: str, key_prefix: str, version: int) -> str:
    """The KEY_FUNCTION of every cache. Raises NoScope outside a hospital and outside ``shared()``.

    django-tenants' own function writes keys of a hospital called None instead.
    """
    return f"{key_prefix}:{current_scope().schema_name}:{version}:{key}"


def hospital_name(name: str) -> str:
    """The name of a lock, channel or raw key in Redis for the scope in context. Raises NoScope."""
    return f"portico:{current_scope().schema_name}:{name}"


class HospitalRedisCache(RedisCache):
    """Django's Redis cache, whose ``clear`` forgets the keys of the scope in context only.

    Django's own empties the whole database: every hospital's keys, and the queues that live beside them.
    """

    def clear(self) -> bool:  # type: ignore[override]  # the stubs of the two parents disagree
        prefix = self.make_key("", version=0).rsplit(":", 2)[0]
        client = self._cache.get_client(None, write=True)
        keys = list(client.scan_iter(match=f"{prefix}:*", count=1000))
        if keys:
            client.unlink(*keys)
        return True
