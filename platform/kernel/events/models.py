"""The outbox."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kernel.data_classes import DataClass
from kernel.tenancy.base import EverywhereModel

INTERNAL = DataClass.INTERNAL

# How the failure of an event begins that no subscriber has had, because this code cannot read it.
UNREADABLE = "payload:"


class OutboxEvent(EverywhereModel):
    """One event on its way. ``reached`` names the subscribers that have had it.

    Who relays it holds it until ``held_until``; a relay that was killed loses it then. ``failure`` names the
    subscriber and the kind of error, never its text.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        DONE = "done", _("Delivered")
        DEAD = "dead", _("Given up")

    data_classes: ClassVar = {
        "type_name": INTERNAL,
        "payload": INTERNAL,
        "request_id": INTERNAL,
        "published_at": INTERNAL,
        "available_at": INTERNAL,
        "state": INTERNAL,
        "reached": INTERNAL,
        "attempts": INTERNAL,
        "held_until": INTERNAL,
        "failure": INTERNAL,
        "finished_at": INTERNAL,
    }

    type_name = models.CharField(max_length=120)
    payload = models.JSONField(default=dict)
    request_id = models.CharField(max_length=64, blank=True)
    published_at = models.DateTimeField()
    available_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    reached = ArrayField(models.CharField(max_length=200), default=list)
    attempts = models.PositiveSmallIntegerField(default=0)
    held_until = models.DateTimeField(null=True, blank=True)
    failure = models.CharField(max_length=400, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["available_at"], name="events_waiting", condition=Q(state="waiting")),
            models.Index(fields=["finished_at"], name="events_finished", condition=Q(state="done")),
            models.Index(fields=["published_at"], name="events_dead", condition=Q(state="dead")),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=["waiting", "done", "dead"]), name="event_state_is_known")
        ]

    def __str__(self) -> str:
        return f"{self.type_name} {self.pk}"
