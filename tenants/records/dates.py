"""FHIR dates: what instant range a partial date covers, and moving every date of a document by whole days.

FHIR R4 writes time with the precision that is known ("2024", "2024-03", "2024-03-07", "2024-03-07T09:30:00+02:00").
Search and order need a range of instants, screens need the precision, demonstration data needs dates that move.
Source of the formats: FHIR R4, "Primitive Types" (date, dateTime, instant).
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Any

DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
DATE_TIME = re.compile(
    r"(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:\d{2}))?)?)?"
)

# Elements of R4 that hold a date, dateTime or instant. A string elsewhere may look like a date and be an identifier,
# a version or a sentence: only these names are moved.
DATE_ELEMENTS = frozenset(
    """
    abatementDateTime approvalDate assertedDate authoredOn authored availableTime birthDate boundsDate
    collectedDateTime collected created date dateAsserted dateRecorded dateTime deceasedDateTime dueDate due
    effectiveDateTime effectiveInstant end event expirationDate indexed issued lastOccurrence lastReviewDate
    lastUpdated manufactureDate occurrenceDateTime onset onsetDateTime onsetDate performedDateTime paymentDate
    publicationDate recorded recordedDate received receivedTime requestedDate scheduledDateTime sent servicedDate
    start startDate statusDate started time timingDate timingDateTime valueDate valueDateTime valueInstant
    whenHandedOver whenPrepared
    """.split()  # noqa: SIM905 -- a list of sixty strings would hide the names
)

FARTHEST = datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
NEAREST = datetime(1, 1, 1, tzinfo=UTC)


class Precision(StrEnum):
    """How much of a date was known."""

    YEAR = "year"
    MONTH = "month"
    DAY = "day"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class Moment:
    """A FHIR date as screens need it: the instants it covers and how precisely it was said.

    ``start`` is inclusive, ``end`` exclusive for days, months and years; for a time both bound that second.
    """

    start: datetime
    end: datetime
    precision: Precision


class WrongDate(ValueError):
    """The text is not a date, dateTime or instant of FHIR R4."""


def parse_moment(text: str, zone: tzinfo = UTC) -> Moment:
    """Read a date, dateTime or instant.

    ``zone`` is the hospital's: a date without a time is that day where the hospital is (FHIR R4, Search, date).
    Raises WrongDate for another format and for days that do not exist.
    """
    match = DATE_TIME.fullmatch(text)
    if match is None:
        raise WrongDate(text)
    year, month, day, hour, _minute, second, fraction, offset = match.groups()
    try:
        if hour is not None:
            seconds = int(second)
            # A leap second is legal in FHIR and unknown to Python and PostgreSQL: it becomes the second before.
            moment = datetime.fromisoformat(f"{text[:17]}{min(seconds, 59):02d}{offset.replace('Z', '+00:00')}")
            if seconds > 60:
                raise WrongDate(text)
            start = moment.astimezone(UTC)
            if fraction is None:
                return Moment(start, start + timedelta(seconds=1), Precision.TIME)
            start += timedelta(microseconds=int(fraction[:6].ljust(6, "0")))
            return Moment(start, start + timedelta(milliseconds=1), Precision.TIME)
        if day is not None:
            first = date(int(year), int(month), int(day))
            return Moment(_midnight(first, zone), _midnight_after(first, zone), Precision.DAY)
        if month is not None:
            first = date(int(year), int(month), 1)
            last = first.replace(day=monthrange(first.year, first.month)[1])
            return Moment(_midnight(first, zone), _midnight_after(last, zone), Precision.MONTH)
        first = date(int(year), 1, 1)
        return Moment(_midnight(first, zone), _midnight_after(date(first.year, 12, 31), zone), Precision.YEAR)
    except (ValueError, OverflowError) as error:
        raise WrongDate(text) from error


def _midnight(day: date, zone: tzinfo) -> datetime:
    try:
        return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
    except OverflowError:
        return NEAREST


def _midnight_after(day: date, zone: tzinfo) -> datetime:
    try:
        return _midnight(day + timedelta(days=1), zone)
    except OverflowError:
        return FARTHEST


def is_date(text: str) -> bool:
    """Whether the text is a FHIR ``date`` of a day, month or year that exists."""
    match = DATE.fullmatch(text)
    if match is None:
        return False
    year, month, day = match.groups()
    try:
        date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return False
    return True


def is_date_time(text: str) -> bool:
    """Whether the text is a FHIR ``dateTime`` that exists."""
    try:
        parse_moment(text)
    except WrongDate:
        return False
    return True


def is_instant(text: str) -> bool:
    """Whether the text is a FHIR ``instant``: a dateTime with seconds and a zone."""
    return "T" in text and is_date_time(text)


def shift_text(text: str, days: int) -> str:
    """Move a FHIR date by whole days and keep its precision, time of day and zone.

    A year or a month has no day to move: its middle is moved, so small shifts leave it alone.
    Text that is not a FHIR date comes back as it was. Raises WrongDate when the calendar ends (years 1 to 9999).
    """
    match = DATE_TIME.fullmatch(text)
    if match is None:
        return text
    year, month, day = match.group(1), match.group(2), match.group(3)
    try:
        if day is not None:
            moved = date(int(year), int(month), int(day)) + timedelta(days=days)
            return moved.isoformat() + text[10:]
        moved = date(int(year), int(month or 7), 15 if month else 1) + timedelta(days=days)
    except (ValueError, OverflowError) as error:
        raise WrongDate(text) from error
    return f"{moved.year:04d}-{moved.month:02d}" if month else f"{moved.year:04d}"


def shift_dates(document: Any, days: int) -> Any:
    """A copy of a resource or bundle with every date, dateTime, instant and Period moved by ``days`` whole days.

    The argument is not changed. Text (narratives, notes) and identifiers stay as they are.
    """
    if isinstance(document, dict):
        return {
            key: _shift_element(value, days) if key in DATE_ELEMENTS else shift_dates(value, days)
            for key, value in document.items()
        }
    if isinstance(document, list):
        return [shift_dates(item, days) for item in document]
    return document


def _shift_element(value: Any, days: int) -> Any:
    if isinstance(value, str):
        return shift_text(value, days)
    if isinstance(value, list):
        return [_shift_element(item, days) for item in value]
    return shift_dates(value, days)
