"""Work on hospitals in the background: being made, being counted, being told what the provider did."""

from dataclasses import replace
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
from kernel.audit.anchors import read_anchors
from kernel.audit.models import AuditEntry, UnsealedEntry
from kernel.events import current_delivery, on
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
    unsealed, anchors = UnsealedEntry.objects.count(), read_anchors()
    patients = meters.get(PATIENTS).measure() if PATIENTS in meters else 0
    with shared():
        HospitalReport.objects.update_or_create(
            hospital_id=key,
            defaults={
                "accounts": accounts,
                "patients": patients,
                "last_activity_at": last,
                "unsealed_entries": unsealed,
                "last_anchor_at": anchors[-1].at if anchors and anchors[-1].is_genuine else None,
                "reported_at": clock.now(),
            },
        )


def ask_for_report(hospital_id: UUID) -> None:
    """Have one hospital counted now. Call it under ``shared()``, where a hospital's task cannot be sent by itself."""
    transaction.on_commit(lambda: Task.apply_async(report_hospital, headers={HOSPITAL_HEADER: str(hospital_id)}))


schedules.register(Schedule("hospitals.report", report_hospital, every=timedelta(hours=1)))


def _tell(hospital_id: UUID, action: str, operator_name: str, reason: str, detail: dict[str, Any]) -> None:
    """Write into the hospital's own trail what the provider did to it; a second delivery finds it written."""
    delivery = current_delivery()
    context = context_for(hospital_id)
    if context is None:
        return
    access = system_access(reason, app="console")
    access = replace(access, channel=replace(access.channel, request_id=str(delivery.event_id)))
    with hospital(context), transaction.atomic():
        told = AuditEntry.objects.filter(
            at__gte=delivery.published_at, action=action, request_id=access.channel.request_id
        )
        if not told.exists():
            audit.record(
                access,
                action=action,
                target=(Hospital._meta.label, hospital_id),
                detail={"operator": operator_name, **detail},
            )


# Not atomic: the hospital's scope cannot be entered inside a transaction of the provider's.
@on(HospitalSuspended, atomic=False)
def tell_suspended(event: HospitalSuspended) -> None:
    """The hospital's own people can read who closed it, and why."""
    _tell(event.hospital_id, "hospital.suspended", event.operator_name, event.reason, {})


@on(HospitalResumed, atomic=False)
def tell_resumed(event: HospitalResumed) -> None:
    """The hospital's own people can read who opened it again, and why."""
    _tell(event.hospital_id, "hospital.resumed", event.operator_name, event.reason, {})


@on(HospitalRenamed, atomic=False)
def tell_renamed(event: HospitalRenamed) -> None:
    """The hospital's own people can read who renamed it."""
    names = {"before": event.old_name, "after": event.new_name}
    _tell(event.hospital_id, "hospital.renamed", event.operator_name, "", names)
