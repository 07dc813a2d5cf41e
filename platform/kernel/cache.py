"""Keys of the cache: each begins with the schema in context, and without one there is no key (S06)."""

from kernel.tenancy.scope import current_scope


def hospital_key(key: str, key_prefix: str, version: int) -> str:
    """The KEY_FUNCTION of every cache. Raises NoScope outside a hospital and outside ``shared()``.

    django-tenants' own function writes keys of a hospital called None instead.
    """
    return f"{key_prefix}:{current_scope().schema_name}:{version}:{key}"


def hospital_name(name: str) -> str:
    """The name of a lock, channel or raw key in Redis for the scope in context. Raises NoScope."""
    return f"portico:{current_scope().schema_name}:{name}"
