"""Make, rotate and destroy the keys of the scope in context."""

import os

from django.apps import apps
from django.conf import settings
from django.db import models, transaction

from kernel import clock
from kernel.keys.envelope import PlainKey, Purpose, Undecryptable, kept, key_number, owner_of_scope, plain_key
from kernel.keys.fields import EncryptedTextField
from kernel.keys.keyring import master_keys
from kernel.keys.models import WrappedKey
from kernel.keys.sealed import sealed_places
from kernel.tenancy.schemas import listed_labels
from kernel.tenancy.scope import current_scope


def _context(purpose: str, number: int) -> bytes:
    return f"portico-key:{owner_of_scope()}:{purpose}:{number}".encode()


def _unwrapped(row: WrappedKey) -> PlainKey:
    if row.destroyed_at is not None:
        raise Undecryptable("the key was destroyed")
    secret = master_keys().unwrap(row.wrapped_by, bytes(row.wrapped), _context(row.purpose, row.number))
    return PlainKey(row.number, secret)


def _add(purpose: Purpose, number: int) -> None:
    """Write a new random key, unless somebody else has just written that number."""
    keys = master_keys()
    wrapped = keys.wrap(os.urandom(32), _context(purpose.value, number))
    WrappedKey.objects.bulk_create(
        [WrappedKey(purpose=purpose.value, number=number, wrapped=wrapped, wrapped_by=keys.current)],
        ignore_conflicts=True,
    )
    kept.made(current_scope().schema_name, purpose.value)


def ensure_key(purpose: Purpose) -> None:
    """Make the first key of ``purpose``; nothing happens when there is one."""
    if not WrappedKey.objects.filter(purpose=purpose.value).exists():
        _add(purpose, 1)


def load_key(purpose: Purpose, number: int) -> PlainKey:
    """Read and unwrap a key; 0 is the newest. Raises Undecryptable when it was destroyed or never existed."""
    rows = WrappedKey.objects.filter(purpose=purpose.value).order_by("-number")
    row = rows.filter(number=number).first() if number else rows.first()
    if row is None and not number:
        _add(purpose, 1)
        row = rows.first()
    if row is None:
        raise Undecryptable("the key does not exist")
    return _unwrapped(row)


def rotate_data_key() -> int:
    """Make a new data key and return its number. Values are moved to it by ``reencrypt``; old ones stay readable."""
    with transaction.atomic():
        ensure_key(Purpose.DATA)
        newest = WrappedKey.objects.select_for_update().filter(purpose=Purpose.DATA.value).latest("number")
        _add(Purpose.DATA, newest.number + 1)
    kept.forget(current_scope().schema_name)
    return newest.number + 1


def rewrap_keys() -> int:
    """Wrap each key of this scope by the current master key; returns how many had another. Then the old one can go."""
    keys = master_keys()
    with transaction.atomic():
        rows = WrappedKey.objects.select_for_update().filter(destroyed_at=None).exclude(wrapped_by=keys.current)
        found = list(rows)
        for row in found:
            row.wrapped = keys.wrap(_unwrapped(row).secret, _context(row.purpose, row.number))
            row.wrapped_by = keys.current
            row.save(update_fields=["wrapped", "wrapped_by"])
    return len(found)


def destroy_data_keys() -> int:
    """Make everything that this scope encrypted unreadable for ever; returns the number of keys destroyed.

    Copies of the wrapped keys remain in older backups until those expire; the master key opens them till then.
    """
    destroyed = WrappedKey.objects.filter(purpose=Purpose.DATA.value, destroyed_at=None).update(
        wrapped=b"", destroyed_at=clock.now()
    )
    kept.forget(current_scope().schema_name)
    return destroyed


def encrypted_fields() -> list[tuple[type[models.Model], EncryptedTextField]]:
    """Every encrypted field of every model, for rotation and for the inventory."""
    return [
        (model, field)
        for model in apps.get_models()
        for field in model._meta.local_fields
        if isinstance(field, EncryptedTextField)
    ]


def reencrypt() -> int:
    """Move all that this scope encrypted to the newest data key; returns how many values were moved.

    It may be stopped and run again: what is moved already is skipped.
    """
    newest, moved = plain_key(Purpose.DATA).number, 0
    labels = listed_labels(settings.SHARED_APPS if current_scope().is_shared else settings.TENANT_APPS)
    for model, field in encrypted_fields():
        if model._meta.app_label not in labels:
            continue
        rows = model._default_manager.exclude(**{f"{field.name}__isnull": True}).order_by("pk")
        for row in rows.iterator(chunk_size=500):
            sealed = row.__dict__[field.attname]
            if key_number(sealed.ciphertext) == newest:
                continue
            with transaction.atomic():
                fresh = model._default_manager.select_for_update().filter(pk=row.pk).first()
                if fresh is not None:
                    getattr(fresh, field.attname)
                    fresh.save(update_fields=[field.name])
                    moved += 1
    for place in sealed_places:
        if place.app_label in labels or (not place.app_label and not current_scope().is_shared):
            moved += place.move(newest)
    return moved
