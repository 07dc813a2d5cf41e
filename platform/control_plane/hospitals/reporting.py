"""What a hospital says of itself to the provider: numbers, and how its trail stands. And how the provider's does."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from control_plane.hospitals.models import AnchorReport, HospitalReport, ProviderReport
from kernel import clock
from kernel.accounts.models import Account
from kernel.audit.anchors import Anchor, read_anchors
from kernel.audit.models import AuditSeal, UnsealedEntry
from kernel.events.selectors import outbox_health
from kernel.registries import meters
from kernel.tenancy.scope import current_hospital, shared

PATIENTS = "patients"


def write_report() -> None:
    """The report of the hospital in context. Numbers only: no name leaves the hospital."""
    key = current_hospital().id
    with shared():
        # Before the anchors are read: one that a report beside this one has seen meanwhile would look lost.
        earlier = HospitalReport.objects.filter(hospital_id=key).first()
    active = Account.objects.filter(is_active=True)
    accounts, last = active.count(), active.aggregate(last=Max("last_login"))["last"]
    unsealed, anchors = UnsealedEntry.objects.count(), read_anchors()
    standing = _standing(anchors, earlier, has_seals=AuditSeal.objects.exists())
    outbox = outbox_health()
    patients = meters.get(PATIENTS).measure() if PATIENTS in meters else 0
    with shared():
        _write(
            HospitalReport,
            {"hospital_id": key},
            earlier,
            standing,
            {
                "accounts": accounts,
                "patients": patients,
                "last_activity_at": last,
                "unsealed_entries": unsealed,
                "stuck_events": outbox.unreadable + outbox.dead,
            },
        )


def write_provider_report() -> None:
    """How the provider's own trail stands. Under ``shared()``."""
    earlier = ProviderReport.objects.first()
    standing = _standing(read_anchors(), earlier, has_seals=AuditSeal.objects.exists())
    _write(ProviderReport, {"slot": 1}, earlier, standing, {})


def _write(
    kind: type[AnchorReport],
    key: dict[str, Any],
    earlier: AnchorReport | None,
    standing: tuple[AnchorReport.Anchors, datetime | None],
    figures: dict[str, Any],
) -> None:
    """Write a report. What was found of the anchors counts only if nobody settled or reported them meanwhile.

    No lock is held while they are read: that may take long, and the scope cannot change inside a transaction.
    """
    with transaction.atomic():
        present = kind._default_manager.select_for_update().filter(**key).first()
        if _anchors_in(present) == _anchors_in(earlier):
            figures = {**figures, "anchor_state": standing[0], "last_anchor_at": standing[1]}
        kind._default_manager.update_or_create(**key, defaults={**figures, "reported_at": clock.now()})


def _anchors_in(report: AnchorReport | None) -> tuple[str, datetime | None] | None:
    return (report.anchor_state, report.last_anchor_at) if report is not None else None


def _standing(
    anchors: list[Anchor], earlier: AnchorReport | None, *, has_seals: bool
) -> tuple[AnchorReport.Anchors, datetime | None]:
    """What ``anchors`` say of the trail, and when the newest was written that a report has seen.

    A new anchor is written within a minute where none is left, so it proves nothing of what was there before. Missing
    lasts until the anchor of the earlier reports is back, forged until somebody settles it (``settle_anchors``).
    """
    state = AnchorReport.Anchors
    before = earlier.anchor_state if earlier is not None else state.NONE
    known = earlier.last_anchor_at if earlier is not None else None
    genuine = [anchor.at for anchor in anchors if anchor.is_genuine]
    is_lost = known is not None and known not in genuine
    last = known if is_lost else max(genuine, default=None)
    if len(genuine) < len(anchors) or before == state.FORGED:
        return state.FORGED, last
    if is_lost:
        return state.MISSING, last
    if genuine:
        return state.GENUINE, last
    return (state.MISSING if has_seals or before == state.MISSING else state.NONE), last
