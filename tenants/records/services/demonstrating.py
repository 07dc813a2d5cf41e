"""Filling a hospital with the demonstration's people, and keeping their dates near today."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Min

from kernel import audit, clock
from kernel.permissions import Access
from kernel.tenancy.scope import current_hospital
from tenants.people.models import Patient
from tenants.records import permissions
from tenants.records.bundles import read_json
from tenants.records.dates import shift_dates
from tenants.records.demonstration.bundles import demonstration_bundles
from tenants.records.demonstration.people import SOURCE, DemoHospital
from tenants.records.demonstration.writing import demonstration_id
from tenants.records.models import Resource
from tenants.records.services.importing import import_bundle
from tenants.records.services.storing import Draft, digest_of, rewrite_resources

_BATCH = 500


@dataclass(frozen=True, slots=True)
class SeededHospital:
    """What was put in: primary keys of patients by the person's key, FHIR ids of practitioners by the clinician's."""

    patients: Mapping[str, UUID]
    practitioners: Mapping[str, str]
    resources: int


def seed_demonstration(
    *, access: Access, hospital: DemoHospital, anchor: date, canaries: Mapping[str, str], seed: int = 1
) -> SeededHospital:
    """Import the demonstration's bundles into the hospital in context through the product's own importer.

    ``anchor`` is the day that counts as today. Running it again with the same arguments changes nothing.
    """
    stored = 0
    for bundle in demonstration_bundles(hospital, anchor=anchor, canaries=canaries, seed=seed):
        result = import_bundle(access=access, content=bundle.content, source=SOURCE, name=bundle.name)
        stored += result.created + result.updated + result.unchanged
    ids = {demonstration_id(hospital, "patient", person.key): person.key for person in hospital.people}
    found = Patient.objects.filter(fhir_id__in=ids).values_list("fhir_id", "pk")
    return SeededHospital(
        patients={ids[fhir_id]: key for fhir_id, key in found},
        practitioners={one.key: demonstration_id(hospital, "practitioner", one.key) for one in hospital.clinicians},
        resources=stored,
    )


def days_to_refresh(*, access: Access, today: date | None = None) -> int:
    """By how many days the demonstration has aged: whole weeks, so that weekdays stay what they are; 0 for none.

    The earliest visit that is still booked marks the week in which the demonstration was made or last refreshed.
    """
    access.require(permissions.IMPORT)
    zone = ZoneInfo(current_hospital().time_zone)
    first = Resource.objects.filter(source=SOURCE, type="Appointment", status="booked").aggregate(Min("starts"))
    if first["starts__min"] is None:
        return 0
    day = today or clock.today(current_hospital().time_zone)
    age: timedelta = day - first["starts__min"].astimezone(zone).date()
    return max(age.days // 7 * 7, 0)


def shift_demo_dates(*, access: Access, days: int) -> int:
    """Move all dates of the demonstration's records by whole days, dates of birth too; returns how many were moved.

    Only records of the demonstration's own source are touched. No history is kept: nothing has happened to anybody.
    """
    access.require(permissions.IMPORT)
    if days == 0:
        return 0
    zone, received_at = ZoneInfo(current_hospital().time_zone), clock.now()
    with transaction.atomic():
        keys = list(Resource.objects.filter(source=SOURCE).order_by("pk").values_list("pk", flat=True))
        for start in range(0, len(keys), _BATCH):
            drafts = []
            for row in Resource.objects.filter(pk__in=keys[start : start + _BATCH]):
                moved = shift_dates(read_json(bytes(row.content)), days)
                digest = digest_of(moved)
                drafts.append(Draft(row.pk, moved, row.patient_id, row.version, digest, SOURCE, received_at))
            rewrite_resources(drafts, zone=zone)
        for patient in Patient.objects.filter(source=SOURCE).select_for_update():
            patient.born_on = patient.born_on and patient.born_on + timedelta(days=days)
            patient.deceased_at = patient.deceased_at and patient.deceased_at + timedelta(days=days)
            patient.save(update_fields=["born_on", "deceased_at"])
        audit.record(
            access,
            action="records.demonstration_moved",
            target=("records.Resource", SOURCE),
            detail={"days": days, "resources": len(keys)},
        )
    return len(keys)
