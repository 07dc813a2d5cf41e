"""Where ciphertexts stand that no encrypted field knows of: whoever keeps some says here how they move to a new key.

An ``EncryptedTextField`` needs no entry; ``reencrypt`` finds it by itself.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import transaction

from kernel.keys.envelope import decrypt, encrypt, key_number
from kernel.registries import Registry


@dataclass(frozen=True)
class SealedPlace:
    """``move`` gets the number of the newest key, encrypts anew in the scope in context what another key encrypted, and
    returns how many values that were. It may be stopped and run again. ``app_label`` empty: for hospitals only."""

    name: str
    app_label: str
    move: Callable[[int], int]
    order: int = 100


sealed_places: Registry[SealedPlace] = Registry("places of encrypted values")


def sealed_column(label: str, column: str, **rows: Any) -> SealedPlace:
    """Register the binary ``column`` of the model ``label`` (``app.Model``) in those ``rows`` (a filter) that hold
    what ``encrypt`` gave for table, column and primary key."""

    def move(newest: int) -> int:
        return _move_column(label, column, rows, newest)

    return sealed_places.register(SealedPlace(f"{label}.{column}", label.partition(".")[0], move))


def _move_column(label: str, column: str, rows: Mapping[str, Any], newest: int) -> int:
    model, moved = apps.get_model(label), 0
    wanted = model._default_manager.filter(**rows)
    for row in wanted.order_by("pk").iterator(chunk_size=500):
        if key_number(bytes(getattr(row, column))) == newest:
            continue
        with transaction.atomic():
            fresh = wanted.select_for_update().filter(pk=row.pk).first()
            if fresh is not None:
                place = {"table": model._meta.db_table, "column": column, "row": fresh.pk}
                setattr(fresh, column, encrypt(decrypt(bytes(getattr(fresh, column)), **place), **place))
                fresh.save(update_fields=[column])
                moved += 1
    return moved
