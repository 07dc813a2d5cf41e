"""Handing work to the workers after commit, by the names of the tasks: services do not know tasks.

A message that Redis does not take is not the end of the act: what waits is a committed row, and the sweeps find it.
"""

from uuid import UUID

from celery import current_app
from django.db import transaction

from kernel.tasks import HOSPITAL_HEADER, SHARED

PROVISION, DISCARD, REPORT = "tenancy.provision", "tenancy.discard_hospital", "hospitals.report"


def _send(task: str, header: str, queue: str, *arguments: str) -> None:
    transaction.on_commit(
        lambda: current_app.send_task(task, args=arguments, headers={HOSPITAL_HEADER: header}, queue=queue), robust=True
    )


def provision(provisioning_id: UUID) -> None:
    """Have a hospital made by the worker that owns the database; a sweep sends it again should this be lost."""
    _send(PROVISION, SHARED, "provisioning", str(provisioning_id))


def discard(provisioning_id: UUID) -> None:
    """Have what a failed making left removed. Should this be lost, the making is still there to be discarded again."""
    _send(DISCARD, SHARED, "provisioning", str(provisioning_id))


def ask_for_report(hospital_id: UUID) -> None:
    """Have one hospital counted now; the hourly report comes in any case."""
    _send(REPORT, str(hospital_id), "default")
