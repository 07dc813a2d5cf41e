"""The abstract models everything stored inherits from: where a table lives, its key, and the stamp of its scope."""

from typing import Any, ClassVar

from django.db import models
from django.db.models.base import ModelState

from kernel.data_classes import DataClass
from kernel.ids import uuid7
from kernel.tenancy.errors import ForeignInstance
from kernel.tenancy.scope import current_scope


class _StampedState(ModelState):
    """Remembers the scope in which a row was read or written: Django clears ``adding`` at exactly these moments.

    So ``from_db``, ``save`` and ``bulk_create`` are all covered, and a plain new object bears no stamp.
    """

    schema_name: str | None = None

    @property
    def adding(self) -> bool:
        return bool(self.__dict__.get("_adding", True))

    @adding.setter
    def adding(self, value: bool) -> None:
        self.__dict__["_adding"] = value
        if not value:
            self.__dict__["schema_name"] = current_scope().schema_name


class _StampedModel(models.Model):
    """A row remembers the schema it was read from and is refused by any other.

    Neither the search path nor the role can stop an object loaded in one hospital from being saved in another
    (measured: it overwrote the row with the same key). UUID keys turn the overwrite into a miss, which Django answers
    with an INSERT; this stamp turns it into an error.
    """

    data_classes: ClassVar[dict[str, DataClass]] = {"id": DataClass.INTERNAL}

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)

    class Meta:
        abstract = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._state.__class__ = _StampedState

    def _require_own_scope(self) -> None:
        stamp = scope_of(self)
        if stamp is not None and stamp != current_scope().schema_name:
            raise ForeignInstance(f"{self._meta.label} was loaded in another scope and cannot be written in this one")

    def _prepare_related_fields_for_save(self, *args: Any, **kwargs: Any) -> None:
        # Django's own step before save, bulk_create and bulk_update.
        self._require_own_scope()
        super()._prepare_related_fields_for_save(*args, **kwargs)  # type: ignore[misc]

    def save_base(self, *args: Any, **kwargs: Any) -> None:
        self._require_own_scope()
        super().save_base(*args, **kwargs)

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
