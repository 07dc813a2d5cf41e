"""Personal keys: a person's own programs act with a part of the person's rights."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from kernel.data_classes import DataClass, KeptAs
from kernel.tenancy.base import HospitalModel


class PersonalKey(HospitalModel):
    """One key of one account in one hospital. Only a digest is stored; the key itself is shown once."""

    data_classes: ClassVar[dict[str, DataClass]] = {
        "account": DataClass.INTERNAL,
        "name": DataClass.PHI,
        "prefix": DataClass.INTERNAL,
        "digest": DataClass.SENSITIVE,
        "scopes": DataClass.INTERNAL,
        "created_at": DataClass.INTERNAL,
        "expires_at": DataClass.INTERNAL,
        "last_used_on": DataClass.INTERNAL,
        "revoked_at": DataClass.INTERNAL,
    }
    kept_as: ClassVar[dict[str, KeptAs]] = {"digest": KeptAs.HASHED}

    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="personal_keys")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=12)
    digest = models.CharField(max_length=64)
    scopes = ArrayField(models.CharField(max_length=80))
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    last_used_on = models.DateField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["digest"], name="one_key_of_a_digest")]

    def __str__(self) -> str:
        return self.prefix
