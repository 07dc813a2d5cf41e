"""What a hospital, or one of its sites, has decided."""

from typing import ClassVar

from django.db import models

from kernel.data_classes import DataClass
from kernel.tenancy.base import HospitalModel

INTERNAL = DataClass.INTERNAL


class PreferenceValue(HospitalModel):
    """One decision; ``site_id`` empty: for the whole hospital. What was before is told by the trail."""

    data_classes: ClassVar = {
        "key": INTERNAL,
        "site_id": INTERNAL,
        "value": INTERNAL,
        "set_by": INTERNAL,
        "set_by_name": INTERNAL,
        "reason": INTERNAL,
        "set_at": INTERNAL,
    }

    key = models.CharField(max_length=80)
    site_id = models.UUIDField(null=True, blank=True)
    value = models.JSONField(null=True)
    set_by = models.UUIDField(null=True)
    set_by_name = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    set_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["key", "site_id"], nulls_distinct=False, name="one_decision_of_a_key")
        ]

    def __str__(self) -> str:
        return self.key
