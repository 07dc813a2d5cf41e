"""What the record puts on the patient's home: what is next, and what is new."""

from collections.abc import Mapping
from typing import Any

from kernel.permissions import Access
from kernel.registries import HomeCard, home_cards
from kernel.tenancy.scope import current_hospital
from tenants.records import permissions
from tenants.records.dates import NEAREST, Moment
from tenants.records.selectors import results, visits
from tenants.records.services import looking

SHOWN = 4


def urgent_results(access: Access) -> Mapping[str, Any] | None:
    """The results about which somebody must call now, and whom; before everything else."""
    if access.subject is None or not access.can(permissions.VIEW_RESULTS, access.subject):
        return None
    found = results.urgent_results(access, access.subject)
    return {"results": found, "phone": current_hospital().phone} if found else None


def next_visit(access: Access) -> Mapping[str, Any] | None:
    """The next visit, how many more are coming, and which were cancelled; an empty card says that there is none."""
    if access.subject is None or not access.can(permissions.VIEW_VISITS, access.subject):
        return None
    coming = visits.coming_visits(access, access.subject)
    return {
        "visit": coming[0] if coming else None,
        "more": len(coming) - 1,
        "cancelled": visits.cancelled_visits(access, access.subject),
        "phone": current_hospital().phone,
    }


def newest_results(access: Access) -> Mapping[str, Any] | None:
    """The newest results and reports, results not yet opened marked as new."""
    if access.subject is None or not access.can(permissions.VIEW_RESULTS, access.subject):
        return None
    found, unseen = looking.newest_results(access=access, patient=access.subject, limit=SHOWN)
    reports = results.newest_reports(access, access.subject, limit=SHOWN)
    dated: list[tuple[Moment | None, dict[str, Any]]] = [(one.taken, {"result": one}) for one in found]
    dated += [(one.taken or one.reported, {"report": one}) for one in reports]
    dated.sort(key=lambda entry: entry[0].start if entry[0] else NEAREST, reverse=True)
    return {"entries": [entry for _taken, entry in dated[:SHOWN]], "new": unseen, "count_new": len(unseen)}


home_cards.register(HomeCard("urgent-results", "records/home_urgent.html", urgent_results, order=5))
home_cards.register(HomeCard("next-visit", "records/home_next_visit.html", next_visit, order=10))
home_cards.register(HomeCard("newest-results", "records/home_results.html", newest_results, order=30))
