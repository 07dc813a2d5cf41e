"""What a hospital says of itself to the provider: numbers, and how its trail stands."""

from django.db.models import Max

from control_plane.hospitals.models import HospitalReport
from kernel import clock
from kernel.accounts.models import Account
from kernel.audit.anchors import read_anchors
from kernel.audit.models import AuditSeal, UnsealedEntry
from kernel.registries import meters
from kernel.tenancy.scope import current_hospital, shared

PATIENTS = "patients"


def write_report() -> None:
    """The report of the hospital in context. Numbers only: no name leaves the hospital."""
    key = current_hospital().id
    active = Account.objects.filter(is_active=True)
    accounts, last = active.count(), active.aggregate(last=Max("last_login"))["last"]
    unsealed, anchors = UnsealedEntry.objects.count(), read_anchors()
    genuine = [anchor.at for anchor in anchors if anchor.is_genuine]
    has_seals = AuditSeal.objects.exists()
    patients = meters.get(PATIENTS).measure() if PATIENTS in meters else 0
    with shared():
        earlier = HospitalReport.objects.filter(hospital_id=key).values_list("anchor_state", flat=True).first()
        HospitalReport.objects.update_or_create(
            hospital_id=key,
            defaults={
                "accounts": accounts,
                "patients": patients,
                "last_activity_at": last,
                "unsealed_entries": unsealed,
                "last_anchor_at": max(genuine, default=None),
                "anchor_state": _anchor_state(len(anchors), len(genuine), has_seals=has_seals, earlier=earlier),
                "reported_at": clock.now(),
            },
        )


def _anchor_state(anchors: int, genuine: int, *, has_seals: bool, earlier: str | None) -> str:
    """What ``anchors``, of which some are ``genuine``, say of the trail; ``earlier`` is what the last report said."""
    if genuine < anchors:
        return HospitalReport.Anchors.FORGED
    if anchors:
        return HospitalReport.Anchors.GENUINE
    # An emptied trail has no seals either; then only the provider remembers that there was an anchor.
    had_some = earlier not in (None, HospitalReport.Anchors.NONE)
    return HospitalReport.Anchors.MISSING if has_seals or had_some else HospitalReport.Anchors.NONE
