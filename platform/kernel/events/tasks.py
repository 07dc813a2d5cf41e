"""The relay runs when the bell rings, and every minute in case a bell was lost."""

from datetime import timedelta

from kernel.doorbell import Doorbell
from kernel.events import relay as relaying
from kernel.tasks import Schedule, hospital_task, provider_task, schedules
from kernel.tenancy.models import Hospital
from kernel.tenancy.scope import current_hospital


@hospital_task(name="events.relay")
def relay() -> None:
    """Deliver the hospital's events that are due.

    Nothing leaves before its address answers: a letter must not lead to a hospital whose making may still fail.
    """
    bell.answer()
    if current_hospital().state != Hospital.State.CREATING:
        relaying.relay_waiting()


@provider_task(name="events.relay_shared")
def relay_shared() -> None:
    """Deliver the provider's events that are due."""
    bell.answer()
    relaying.relay_waiting()


@hospital_task(name="events.remove_old")
def remove_old() -> None:
    """Forget delivered events after two weeks."""
    relaying.remove_old_events()


@provider_task(name="events.remove_old_shared")
def remove_old_shared() -> None:
    """Forget the provider's delivered events after two weeks."""
    relaying.remove_old_events()


bell = Doorbell("relay", hospital=relay, provider=relay_shared)

schedules.register(Schedule("events.relay", relay, timedelta(seconds=60), also_suspended=True))
schedules.register(Schedule("events.relay_shared", relay_shared, timedelta(seconds=60)))
schedules.register(Schedule("events.remove_old", remove_old, timedelta(days=1), also_suspended=True))
schedules.register(Schedule("events.remove_old_shared", remove_old_shared, timedelta(days=1)))
