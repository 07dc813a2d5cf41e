"""Work on hospitals in the background: being made, being counted, being told what the provider did."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from celery import Task, current_app
from django.db import transaction
from django.db.models import Max

from control_plane.hospitals.events import HospitalRenamed, HospitalResumed, HospitalSuspended
from control_plane.hospitals.models import HospitalReport
from kernel import audit, clock
from kernel.accounts.models import Account
from kernel.events import on
from kernel.permissions import system_access
from kernel.registries import meters
from kernel.tasks import HOSPITAL_HEADER, SHARED, Schedule, hospital_task, provider_task, schedules
from kernel.tenancy.models import Hospital
from kernel.tenancy.provisioning import discard
from kernel.tenancy.resolution import context_for
from kernel.tenancy.scope import current_hospital, hospital, shared

PROVISION = "tenancy.provision"
PATIENTS = "patients"


def provision(provisioning_id: UUID) -> None:
    """Send the making of a hospital to the worker that owns the database, after commit."""
    transaction.on_commit(
        lambda: current_app.send_task(
            PROVISION, args=(str(provisioning_id),), headers={HOSPITAL_HEADER: SHARED}, queue="provisioning"
        )
    )


@provider_task(name="tenancy.discard_hospital")
def discard_hospital(provisioning_id: str) -> None:
    """Remove what a failed making left. A second run finds nothing and is content."""
    from kernel.tenancy.models import Provisioning

    if Provisioning.objects.filter(pk=provisioning_id).exists():
        discard(UUID(provisioning_id))


@hospital_task(name="hospitals.report")
def report_hospital() -> None:
    """Count the people of the hospital in context and write the numbers, and nothing else, on the provider's side."""
    write_report()


def write_report() -> None:
    """The report of the hospital in context. Numbers only: no name leaves the hospital."""
    key = current_hospital().id
    active = Account.objects.filter(is_active=True)
    accounts, last = active.count(), active.aggregate(last=Max("last_login"))["last"]
    patients = meters.get(PATIENTS).measure() if PATIENTS in meters else 0
    with shared():
        HospitalReport.objects.update_or_create(
            hospital_id=key,
            defaults={
                "accounts": accounts,
                "patients": patients,
                "last_activity_at": last,
                "reported_at": clock.now(),
            },
        )


def ask_for_report(hospital_id: UUID) -> None:
    """Have one hospital counted now. Call it under ``shared()``, where a hospital's task cannot be sent by itself."""
    transaction.on_commit(
        lambda: Task.apply_async(report_hospital, headers={HOSPITAL_HEADER: str(hospital_id)})
    )


schedules.register(Schedule("hospitals.report", report_hospital, every=timedelta(hours=1)))


def _tell(hospital_id: UUID, action: str, operator_name: str, reason: str, detail: dict[str, Any]) -> None:
    """Write into the hospital's own trail what the provider did to it."""
    context = context_for(hospital_id)
    if context is None:
        return
    with hospital(context), transaction.atomic():
        audit.record(
            system_access(reason),
            action=action,
            target=(Hospital._meta.label, hospital_id),
            detail={"operator": operator_name, **detail},
        )


@on(HospitalSuspended, atomic=False)
def tell_suspended(event: HospitalSuspended) -> None:
    _tell(event.hospital_id, "hospital.suspended", event.operator_name, event.reason, {})


@on(HospitalResumed, atomic=False)
def tell_resumed(event: HospitalResumed) -> None:
    _tell(event.hospital_id, "hospital.resumed", event.operator_name, event.reason, {})


@on(HospitalRenamed, atomic=False)
def tell_renamed(event: HospitalRenamed) -> None:
    _tell(
        event.hospital_id, "hospital.renamed", event.operator_name, "", {"before": event.old_name, "after": event.new_name}
    )
