"""What was done, the seals over it, and what waits for its seal."""

from typing import Any, ClassVar

import orjson
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from kernel.data_classes import DataClass
from kernel.tenancy.base import EverywhereModel

INTERNAL, PHI = DataClass.INTERNAL, DataClass.PHI


class AuditEntry(EverywhereModel):
    """One act. Never changed and never removed; ``mac`` proves that a process with the hospital's key wrote it.

    Nothing points to other tables: an entry outlives the account, the patient and the object it names. ``subject`` is
    the patient whose record it was, ``on_behalf_of`` the account or patient for whom a helper or a delegate acted.
    """

    class Result(models.TextChoices):
        """Whether the act happened."""

        DONE = "done"
        REFUSED = "refused"
        FAILED = "failed"

    data_classes: ClassVar = {
        "at": INTERNAL,
        "actor_id": INTERNAL,
        "actor_kind": INTERNAL,
        "actor_name": PHI,
        "on_behalf_of": INTERNAL,
        "subject": INTERNAL,
        "action": INTERNAL,
        "target_type": INTERNAL,
        "target_id": INTERNAL,
        "fields": INTERNAL,
        "reason": PHI,
        "app": INTERNAL,
        "address": INTERNAL,
        "request_id": INTERNAL,
        "result": INTERNAL,
        "detail": PHI,
        "mac": INTERNAL,
    }

    at = models.DateTimeField()
    actor_id = models.UUIDField(null=True)
    actor_kind = models.CharField(max_length=20)
    actor_name = models.CharField(max_length=200, blank=True)
    on_behalf_of = models.UUIDField(null=True)
    subject = models.UUIDField(null=True)
    action = models.CharField(max_length=80)
    target_type = models.CharField(max_length=80, blank=True)
    target_id = models.CharField(max_length=64, blank=True)
    fields = models.TextField(blank=True)
    reason = models.TextField(blank=True)
    app = models.CharField(max_length=60, blank=True)
    address = models.CharField(max_length=45, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    result = models.CharField(max_length=8, choices=Result.choices, default=Result.DONE)
    # JSON as it was written: the database would store its own spelling, which the mac does not cover.
    detail = models.TextField(default="{}")
    mac = models.BinaryField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["subject", "at"], name="audit_of_a_subject", condition=Q(subject__isnull=False)),
            models.Index(fields=["actor_id", "at"], name="audit_of_an_actor"),
            models.Index(fields=["at"], name="audit_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.pk}"

    @property
    def details(self) -> dict[str, Any]:
        """What the act wrote beside the fixed columns."""
        written: dict[str, Any] = orjson.loads(self.detail)
        return written


class UnsealedEntry(EverywhereModel):
    """An entry without a seal. A trigger writes the row with the entry, the sealer removes it."""

    class Meta:
        db_table = "audit_unsealed"

    def __str__(self) -> str:
        return str(self.pk)


class AuditSeal(EverywhereModel):
    """One link of the chain: the entries it covers in their order, and a signature over all that came before.

    ``macs`` holds 32 bytes for each of ``entries``; ``total`` counts the entries sealed so far, this seal's included.
    """

    data_classes: ClassVar = {
        "position": INTERNAL,
        "sealed_at": INTERNAL,
        "entries": INTERNAL,
        "macs": INTERNAL,
        "total": INTERNAL,
        "previous": INTERNAL,
        "hash": INTERNAL,
        "signature": INTERNAL,
    }

    position = models.BigIntegerField()
    sealed_at = models.DateTimeField()
    entries = ArrayField(models.UUIDField())
    macs = models.BinaryField()
    total = models.BigIntegerField()
    previous = models.BinaryField()
    hash = models.BinaryField()
    signature = models.BinaryField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["position"], name="one_seal_of_a_position"),
            models.CheckConstraint(condition=Q(position__gte=1), name="seals_begin_at_one"),
        ]

    def __str__(self) -> str:
        return str(self.position)


class AuditHead(EverywhereModel):
    """Where the chain ends, signed: one row, so that a chain that was cut off at the end does not look whole."""

    data_classes: ClassVar = {
        "slot": INTERNAL,
        "position": INTERNAL,
        "hash": INTERNAL,
        "signature": INTERNAL,
        "sealed_at": INTERNAL,
    }

    slot = models.PositiveSmallIntegerField(default=1)
    position = models.BigIntegerField()
    hash = models.BinaryField()
    signature = models.BinaryField()
    sealed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["slot"], name="one_head"),
            models.CheckConstraint(condition=Q(slot=1), name="the_head_is_alone"),
        ]

    def __str__(self) -> str:
        return str(self.position)
