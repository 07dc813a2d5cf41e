"""The relay runs when the bell rings, and every minute in case a bell was lost."""

from datetime import timedelta

from kernel.doorbell import Doorbell
from kernel.events import relay as relaying
from kernel.tasks import Schedule, hospital_task, provider_task, schedules


def _relay() -> None:
    bell.answer()
    relaying.relay_waiting()


@hospital_task(name="events.relay")
def relay() -> None:
    """Deliver the hospital's events that are due."""
    _relay()


@provider_task(name="events.relay_shared")
def relay_shared() -> None:
    """Deliver the provider's events that are due."""
    _relay()


@hospital_task(name="events.remove_old")
def remove_old() -> None:
    """Forget delivered events after two weeks."""
    relaying.remove_old_events()


@provider_task(name="events.remove_old_shared")
def remove_old_shared() -> None:
    """Forget the provider's delivered events after two weeks."""
    relaying.remove_old_events()


bell = Doorbell("relay", hospital=relay, provider=relay_shared)

schedules.register(Schedule("events.relay", relay, timedelta(seconds=60)))
schedules.register(Schedule("events.relay_shared", relay_shared, timedelta(seconds=60)))
schedules.register(Schedule("events.remove_old", remove_old, timedelta(days=1)))
schedules.register(Schedule("events.remove_old_shared", remove_old_shared, timedelta(days=1)))
