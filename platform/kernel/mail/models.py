"""Letters, encrypted while they wait and emptied when they are sent."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from kernel.data_classes import DataClass
from kernel.keys.fields import EncryptedTextField
from kernel.tenancy.base import EverywhereModel


class OutgoingMail(EverywhereModel):
    """One letter to one address. What it says may be a code that opens an account, so it is encrypted.

    ``shown`` is the end on a machine that sends nothing: the letter stays readable on the outbox page.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        SENT = "sent"
        SHOWN = "shown"

    data_classes: ClassVar = {
        "recipient": DataClass.PHI,
        "subject": DataClass.INTERNAL,
        "text": DataClass.SENSITIVE,
        "html": DataClass.SENSITIVE,
        "template": DataClass.INTERNAL,
        "language": DataClass.INTERNAL,
        "state": DataClass.INTERNAL,
        "written_at": DataClass.INTERNAL,
        "sent_at": DataClass.INTERNAL,
    }

    recipient = models.CharField(max_length=254)
    subject = models.CharField(max_length=200)
    text = EncryptedTextField()
    html = EncryptedTextField(null=True)
    template = models.CharField(max_length=80, blank=True)
    language = models.CharField(max_length=12, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    written_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["written_at"], name="mail_by_time")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=["waiting", "sent", "shown"]), name="mail_state_is_known")
        ]

    def __str__(self) -> str:
        return str(self.pk)
