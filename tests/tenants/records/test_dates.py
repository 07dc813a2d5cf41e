"""FHIR dates: the instants they cover, and moving them by whole days."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants.records.dates import (
    Precision,
    WrongDate,
    is_date,
    is_date_time,
    is_instant,
    parse_moment,
    shift_dates,
    shift_text,
)

DAYS = st.integers(-20_000, 20_000)
DATES = st.dates(date(1800, 1, 1), date(2300, 12, 31))
OFFSETS = st.sampled_from(["Z", "+00:00", "+05:45", "-03:30", "+14:00", "-11:00"])


@pytest.mark.parametrize(
    ("text", "start", "end", "precision"),
    [
        ("2024", datetime(2024, 1, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC), Precision.YEAR),
        ("2024-02", datetime(2024, 2, 1, tzinfo=UTC), datetime(2024, 3, 1, tzinfo=UTC), Precision.MONTH),
        ("2024-02-29", datetime(2024, 2, 29, tzinfo=UTC), datetime(2024, 3, 1, tzinfo=UTC), Precision.DAY),
        (
            "2024-02-29T23:30:00-02:00",
            datetime(2024, 3, 1, 1, 30, tzinfo=UTC),
            datetime(2024, 3, 1, 1, 30, 1, tzinfo=UTC),
            Precision.TIME,
        ),
    ],
)
def test_a_date_covers_the_instants_it_says(text: str, start: datetime, end: datetime, precision: Precision) -> None:
    moment = parse_moment(text)

    assert (moment.start, moment.end, moment.precision) == (start, end, precision)


def test_a_day_is_a_day_where_the_hospital_is() -> None:
    moment = parse_moment("2026-03-29", ZoneInfo("Europe/Madrid"))

    # The clocks go forward that night: the day has 23 hours.
    assert moment.end - moment.start == timedelta(hours=23)
    assert moment.start == datetime(2026, 3, 28, 23, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "24",
        "2024-13",
        "2024-02-30",
        "0000",
        "2024-2-3",
        "2024-02-03T10:00:00",
        "2024-02-03T10:00Z",
        "2024-02-03T24:00:00Z",
        "2024-02-03T10:00:61Z",
        "2024-02-03T10:00:00+25:00",
        "2024-02-03 10:00:00Z",
        "2024-02-03\n",
        "٢٠٢٤-٠٢-٠٣T",
        "today",
    ],
)
def test_what_fhir_does_not_call_a_date_is_refused(text: str) -> None:
    with pytest.raises(WrongDate):
        parse_moment(text)
    assert not is_date(text)
    assert not is_date_time(text)


def test_the_ends_of_the_calendar_do_not_overflow() -> None:
    assert parse_moment("9999", ZoneInfo("Pacific/Kiritimati")).end.year == 9999
    assert parse_moment("0001-01-01", ZoneInfo("Pacific/Kiritimati")).start.year == 1


def test_an_instant_needs_a_time() -> None:
    assert is_instant("2026-11-18T09:30:00.123Z")
    assert not is_instant("2026-11-18")


@given(day=DATES, days=DAYS)
def test_moving_a_day_moves_it_by_as_many_days_and_back(day: date, days: int) -> None:
    moved = shift_text(day.isoformat(), days)

    assert date.fromisoformat(moved) - day == timedelta(days=days)
    assert shift_text(moved, -days) == day.isoformat()


@given(day=DATES, time=st.times(), offset=OFFSETS, days=DAYS)
def test_moving_a_time_keeps_the_time_of_day_and_the_zone(day: date, time: object, offset: str, days: int) -> None:
    text = f"{day.isoformat()}T{str(time)[:8]}{offset}"

    moved = shift_text(text, days)

    assert moved[10:] == text[10:]
    assert parse_moment(moved).start - parse_moment(text).start == timedelta(days=days)


@given(year=st.integers(1801, 2299), month=st.integers(1, 12), days=st.integers(-14, 13))
def test_small_shifts_leave_a_month_and_a_year_alone(year: int, month: int, days: int) -> None:
    assert shift_text(f"{year}-{month:02d}", days) == f"{year}-{month:02d}"
    assert shift_text(f"{year}", days) == f"{year}"


def test_only_dates_are_moved_and_the_original_stays() -> None:
    document = {
        "birthDate": "1980-02-29",
        "identifier": [{"value": "1980-02-29", "period": {"start": "2001-01-01"}}],
        "text": {"div": "<div>2001-01-01</div>"},
        "effectivePeriod": {"start": "2020-01-31T10:00:00Z", "end": "2020-02"},
        "dosageInstruction": [{"timing": {"event": ["2020-01-31", "2020-02-01"]}}],
        "valueTime": "10:20:00",
        "valueDateTime": "2020-12-31",
        "version": "2020",
    }

    moved = shift_dates(document, 1)

    assert moved == {
        "birthDate": "1980-03-01",
        "identifier": [{"value": "1980-02-29", "period": {"start": "2001-01-02"}}],
        "text": {"div": "<div>2001-01-01</div>"},
        "effectivePeriod": {"start": "2020-02-01T10:00:00Z", "end": "2020-02"},
        "dosageInstruction": [{"timing": {"event": ["2020-02-01", "2020-02-02"]}}],
        "valueTime": "10:20:00",
        "valueDateTime": "2021-01-01",
        "version": "2020",
    }
    assert document["birthDate"] == "1980-02-29"


def test_a_shift_beyond_the_calendar_is_refused() -> None:
    with pytest.raises(WrongDate):
        shift_text("9999-12-31", 1)
