"""Work on hospitals in the background: being made, being counted, being told what the provider did."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from control_plane.hospitals.events import (
    HospitalRenamed,
    HospitalResumed,
    HospitalSuspended,
    HospitalTelephoneChanged,
)
from control_plane.hospitals.reporting import write_provider_report, write_report
from kernel import audit
from kernel.audit.models import AuditEntry
from kernel.events import current_delivery, on
from kernel.permissions import system_access
from kernel.tasks import Schedule, hospital_task, provider_task, schedules
from kernel.tenancy.models import Hospital, Provisioning
from kernel.tenancy.provisioning import discard
from kernel.tenancy.resolution import context_for
from kernel.tenancy.scope import hospital


@provider_task(name="tenancy.discard_hospital")
def discard_hospital(provisioning_id: str) -> None:
    """Remove what a failed making left. A second run finds nothing and is content."""
    if Provisioning.objects.filter(pk=provisioning_id).exists():
        discard(UUID(provisioning_id))


@hospital_task(name="hospitals.report")
def report_hospital() -> None:
    """Count the people of the hospital in context and write the numbers, and nothing else, on the provider's side."""
    write_report()


@provider_task(name="hospitals.report_provider")
def report_provider() -> None:
    """See whether the anchors of the provider's own trail are there and genuine."""
    write_provider_report()


schedules.register(Schedule("hospitals.report", report_hospital, every=timedelta(hours=1), also_suspended=True))
schedules.register(Schedule("hospitals.report_provider", report_provider, every=timedelta(hours=1)))


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


@on(HospitalTelephoneChanged, atomic=False)
def tell_telephone_changed(event: HospitalTelephoneChanged) -> None:
    """The hospital's own people can read who changed the number that patients call."""
    numbers = {"before": event.old_number, "after": event.new_number}
    _tell(event.hospital_id, "hospital.telephone_changed", event.operator_name, "", numbers)
