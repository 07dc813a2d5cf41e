"""What a hospital says of itself to the provider: numbers, and how its trail stands."""

from django.db.models import Max

from control_plane.hospitals.models import HospitalReport
from kernel import clock
from kernel.accounts.models import Account
from kernel.audit.anchors import read_anchors
from kernel.audit.models import UnsealedEntry
from kernel.registries import meters
from kernel.tenancy.scope import current_hospital, shared

PATIENTS = "patients"


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
