"""Wrapped keys. Only the process that knows the master key can use them."""

from typing import ClassVar

from django.db import models

from kernel.data_classes import DataClass, KeptAs
from kernel.tenancy.base import EverywhereModel


class WrappedKey(EverywhereModel):
    """One key of this schema's owner, encrypted by the master key called ``wrapped_by``.

    The newest number of a purpose encrypts, older ones still decrypt. A destroyed key keeps its row, so that what it
    encrypted is known to be gone and not merely broken.
    """

    data_classes: ClassVar = {
        "purpose": DataClass.INTERNAL,
        "number": DataClass.INTERNAL,
        "wrapped": DataClass.SENSITIVE,
        "wrapped_by": DataClass.INTERNAL,
        "created_at": DataClass.INTERNAL,
        "destroyed_at": DataClass.INTERNAL,
    }
    kept_as: ClassVar = {"wrapped": KeptAs.WRAPPED}

    purpose = models.CharField(max_length=16)
    number = models.PositiveSmallIntegerField()
    wrapped = models.BinaryField()
    wrapped_by = models.CharField(max_length=60)
    created_at = models.DateTimeField(auto_now_add=True)
    destroyed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["purpose", "number"], name="one_key_of_a_number")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.number}"
