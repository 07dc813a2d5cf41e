"""The abstract models everything stored inherits from: where a table lives, its key, and the stamp of its scope."""

from collections.abc import Sequence
from typing import Any, ClassVar, Self

from django.db import models

from kernel.data_classes import DataClass
from kernel.ids import uuid7
from kernel.tenancy.errors import ForeignInstance
from kernel.tenancy.scope import current_scope


class _StampedModel(models.Model):
    """A row remembers the schema it was read from and is refused by any other.

    Neither the search path nor the role can stop an object loaded in one hospital from being saved in another
    (measured: it overwrote the row with the same key). UUID keys turn the overwrite into a miss; this stamp turns the
    miss into an error.
    """

    data_classes: ClassVar[dict[str, DataClass]] = {"id": DataClass.INTERNAL}

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)

    class Meta:
        abstract = True

    @classmethod
    def from_db(cls, db: str | None, field_names: Sequence[str], values: Sequence[Any]) -> Self:
        instance = super().from_db(db, field_names, values)
        instance._state.schema_name = current_scope().schema_name  # type: ignore[attr-defined]
        return instance

    def _require_own_scope(self) -> None:
        stamp = getattr(self._state, "schema_name", None)
        if stamp is not None and stamp != current_scope().schema_name:
            raise ForeignInstance(f"{self._meta.label} was loaded in another scope and cannot be written in this one")

    def save_base(self, *args: Any, **kwargs: Any) -> None:
        self._require_own_scope()
        super().save_base(*args, **kwargs)
        self._state.schema_name = current_scope().schema_name  # type: ignore[attr-defined]

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        self._require_own_scope()
        return super().delete(*args, **kwargs)

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        self._require_own_scope()
        super().refresh_from_db(*args, **kwargs)


class HospitalModel(_StampedModel):
    """A table that exists in every hospital's schema and nowhere else."""

    class Meta:
        abstract = True


class SharedModel(_StampedModel):
    """A table of the provider's schema ``shared``."""

    class Meta:
        abstract = True


class EverywhereModel(_StampedModel):
    """A table that exists in the shared schema and in each hospital's, never read across: accounts, audit, events."""

    class Meta:
        abstract = True


def scope_of(instance: models.Model) -> str | None:
    """The schema an instance was loaded from or last saved in; None for a new one."""
    stamp: str | None = getattr(instance._state, "schema_name", None)
    return stamp
