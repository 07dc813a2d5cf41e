"""The only place that reads the time, so that tests can hold it."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def today(zone: str) -> date:
    """The calendar day that it is now in ``zone`` (an IANA name such as ``Europe/Madrid``)."""
    return now().astimezone(ZoneInfo(zone)).date()
