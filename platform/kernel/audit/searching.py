"""What the pages on which a trail is searched have in common, whoever they are for.

Nothing here checks an access: the selectors of those pages do, each with a permission of its own.
"""

from datetime import datetime, time, timedelta, tzinfo

from django.db.models import QuerySet
from django.utils.dateparse import parse_date

from kernel import clock
from kernel.audit.models import AuditEntry
from kernel.lists import ListState

# Words stand in no index, so every entry of the days that are searched is read: a month, unless days were chosen.
DAYS_SEARCHED = 30


def narrowed(entries: QuerySet[AuditEntry], state: ListState, zone: tzinfo) -> QuerySet[AuditEntry]:
    """The entries with the action (or its beginning), the result and between the days that ``state`` asks for, sorted.

    Days are those of ``zone``, the last one included; what is no day is passed over.
    """
    wanted = state.filters
    if wanted.get("action"):
        entries = entries.filter(action__startswith=wanted["action"])
    if wanted.get("result"):
        entries = entries.filter(result=wanted["result"])
    since, until = beginning(wanted.get("since", ""), zone), beginning(wanted.get("until", ""), zone, days=1)
    if since is not None:
        entries = entries.filter(at__gte=since)
    if until is not None:
        entries = entries.filter(at__lt=until)
    return entries.order_by(*state.ordering)


def searched_since(state: ListState, zone: tzinfo) -> datetime | None:
    """The beginning of the first day in which words are looked for, when ``state`` has words and chose no first day."""
    has_words = bool(state.search or state.filters.get("person"))
    if not has_words or beginning(state.filters.get("since", ""), zone) is not None:
        return None
    end = beginning(state.filters.get("until", ""), zone) or clock.now()
    day = end.astimezone(zone).date() - timedelta(days=DAYS_SEARCHED - 1)
    return datetime.combine(day, time(), tzinfo=zone)


def beginning(text: str, zone: tzinfo, *, days: int = 0) -> datetime | None:
    """When the day that is written, or one some days after it, begins; None for what is no day."""
    try:
        day = parse_date(text)
    except ValueError:
        return None
    # Years near the ends of the calendar leave it when a day or a zone's hours are added.
    if day is None or not 1900 <= day.year <= 9000:
        return None
    return datetime.combine(day + timedelta(days=days), time(), tzinfo=zone)
