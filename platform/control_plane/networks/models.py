"""Who administers a network."""

from typing import ClassVar

from django.db import models

from kernel.data_classes import DataClass
from kernel.tenancy.base import SharedModel

INTERNAL = DataClass.INTERNAL


class NetworkAdmin(SharedModel):
    """The one network that an account administers. What the account may do comes from its role, not from this row."""

    data_classes: ClassVar = {"network": INTERNAL, "account_id": INTERNAL, "since": INTERNAL}

    network = models.ForeignKey("tenancy.Network", on_delete=models.CASCADE, related_name="administrators")
    account_id = models.UUIDField()
    since = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["since"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account_id"], name="networks_one_network_of_an_admin")
        ]

    def __str__(self) -> str:
        return str(self.account_id)
