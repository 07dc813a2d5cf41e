"""Sealing seconds after an act, at the latest with the sweep; anchors once a day."""

from datetime import timedelta

from kernel.audit import anchors, sealing
from kernel.doorbell import Doorbell
from kernel.tasks import Schedule, hospital_task, provider_task, schedules


def _seal() -> None:
    bell.answer()
    sealing.seal_waiting()
    anchors.write_anchor_if_due()


@hospital_task(name="audit.seal")
def seal() -> None:
    """Seal what waits in the hospital."""
    _seal()


@provider_task(name="audit.seal_shared")
def seal_shared() -> None:
    """Seal what waits on the provider's side."""
    _seal()


@hospital_task(name="audit.anchor")
def anchor() -> None:
    """Write the end of the hospital's chain outside the database."""
    anchors.write_anchor()


@provider_task(name="audit.anchor_shared")
def anchor_shared() -> None:
    """Write the end of the provider's chain outside the database."""
    anchors.write_anchor()


# Two seconds of acts are sealed together; with a busy worker the five seconds of S34 still hold.
bell = Doorbell("seal", hospital=seal, provider=seal_shared, delay=2.0)

schedules.register(Schedule("audit.seal", seal, timedelta(seconds=60), also_suspended=True))
schedules.register(Schedule("audit.seal_shared", seal_shared, timedelta(seconds=60)))
schedules.register(Schedule("audit.anchor", anchor, timedelta(days=1), also_suspended=True))
schedules.register(Schedule("audit.anchor_shared", anchor_shared, timedelta(days=1)))
