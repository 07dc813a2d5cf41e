"""Ways on from the patient's home."""

from collections.abc import Mapping
from typing import Any

from kernel.permissions import Access
from kernel.registries import HomeCard, home_cards
from tenants.people.requests import is_own
from tenants.records import permissions as records


def shortcuts(access: Access) -> Mapping[str, Any] | None:
    """Links to what this person may open. What is not built is not offered."""
    subject = access.subject
    return {
        "may_see_results": access.can(records.VIEW_RESULTS, subject),
        "may_see_record": access.can(records.VIEW, subject),
        "may_see_documents": access.can(records.VIEW_DOCUMENTS, subject),
        "may_see_visits": access.can(records.VIEW_VISITS, subject),
        "is_own": is_own(access),
    }


home_cards.register(HomeCard("shortcuts", "portal/home_shortcuts.html", shortcuts, order=90, beside=True))
