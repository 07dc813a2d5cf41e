"""What the record puts on the patient's home: what is next, and what is new."""

from collections.abc import Mapping
from typing import Any

from kernel.permissions import Access
from kernel.registries import HomeCard, home_cards
from kernel.tenancy.scope import current_hospital
from tenants.records import permissions
from tenants.records.facts.results import Report
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
    """The results and reports not opened yet, the most serious first, and how many more; when all are, the newest."""
    if access.subject is None or not access.can(permissions.VIEW_RESULTS, access.subject):
        return None
    found = looking.newest(access=access, patient=access.subject, limit=SHOWN)
    entries = [{"report" if isinstance(one, Report) else "result": one} for one in found.entries]
    return {"entries": entries, "is_news": found.is_news, "more": found.more, "is_more_than": found.is_more_than}


home_cards.register(HomeCard("urgent-results", "records/home_urgent.html", urgent_results, order=5))
home_cards.register(HomeCard("next-visit", "records/home_next_visit.html", next_visit, order=10))
home_cards.register(HomeCard("newest-results", "records/home_results.html", newest_results, order=30))
