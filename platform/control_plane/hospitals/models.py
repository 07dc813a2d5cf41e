"""What the provider knows of a hospital beyond the register: its own report, and its first invitation.

And how the provider's own trail stands.
"""

from typing import ClassVar

from django.db import models

from kernel.data_classes import DataClass
from kernel.tenancy.base import SharedModel

INTERNAL = DataClass.INTERNAL


class AnchorReport(SharedModel):
    """How the proof of one trail stands, as it was found the last time."""

    class Anchors(models.TextChoices):
        """What stands outside the database as proof of the trail. MISSING: there was one, or there are seals."""

        NONE = "none"
        GENUINE = "genuine"
        MISSING = "missing"
        FORGED = "forged"

    BROKEN_ANCHORS: ClassVar = (Anchors.MISSING, Anchors.FORGED)

    # Defaults of the database, here and below, are for processes of a release that does not know the column yet.
    # When the newest anchor was written that a report has seen.
    last_anchor_at = models.DateTimeField(null=True, blank=True)
    anchor_state = models.CharField(
        max_length=8, choices=Anchors.choices, default=Anchors.NONE, db_default=Anchors.NONE
    )
    reported_at = models.DateTimeField()

    class Meta:
        abstract = True


class HospitalReport(AnchorReport):
    """How many people a hospital has, as it said itself the last time: the console never looks inside hospitals."""

    data_classes: ClassVar = {
        "hospital": INTERNAL,
        "accounts": INTERNAL,
        "patients": INTERNAL,
        "last_activity_at": INTERNAL,
        "unsealed_entries": INTERNAL,
        "stuck_events": INTERNAL,
        "last_anchor_at": INTERNAL,
        "anchor_state": INTERNAL,
        "reported_at": INTERNAL,
    }

    hospital = models.OneToOneField("tenancy.Hospital", on_delete=models.CASCADE, related_name="report")
    accounts = models.PositiveIntegerField(default=0)
    patients = models.PositiveIntegerField(default=0)
    last_activity_at = models.DateTimeField(null=True, blank=True)
    # Entries of the audit trail that wait for their seal.
    unsealed_entries = models.PositiveIntegerField(default=0, db_default=0)
    # Effects of acts, such as letters, that no code here can read or that were given up.
    stuck_events = models.PositiveIntegerField(default=0, db_default=0)

    class Meta:
        ordering = ["-reported_at"]

    def __str__(self) -> str:
        return str(self.hospital_id)


class ProviderReport(AnchorReport):
    """How the proof of the provider's own trail stands. One row."""

    data_classes: ClassVar = {
        "slot": INTERNAL,
        "last_anchor_at": INTERNAL,
        "anchor_state": INTERNAL,
        "reported_at": INTERNAL,
    }

    slot = models.PositiveSmallIntegerField(default=1)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["slot"], name="one_provider_report"),
            models.CheckConstraint(condition=models.Q(slot=1), name="provider_report_is_one"),
        ]

    def __str__(self) -> str:
        return self.anchor_state


class FirstInvitation(SharedModel):
    """The code for a hospital's first administrator has been shown to an operator; a second time is refused."""

    data_classes: ClassVar = {"hospital": INTERNAL, "shown_by": INTERNAL, "shown_at": INTERNAL}

    hospital = models.OneToOneField("tenancy.Hospital", on_delete=models.CASCADE, related_name="first_invitation")
    shown_by = models.UUIDField(null=True)
    shown_at = models.DateTimeField()

    class Meta:
        ordering = ["-shown_at"]

    def __str__(self) -> str:
        return str(self.hospital_id)
