"""Past visits with what was measured on them, and coming ones."""

from datetime import date, datetime, time, timedelta

from tenants.records.demonstration import words
from tenants.records.demonstration.measurements import add_measurements
from tenants.records.demonstration.people import Story
from tenants.records.demonstration.record import PAST_DAYS, PersonRecord, working_day
from tenants.records.demonstration.writing import JsonObject


def add_past_visits(record: PersonRecord) -> None:
    """Visits that have taken place since the person was born, oldest first."""
    for number, days in enumerate(PAST_DAYS):
        if record.was_born_by(days):
            _add_past_visit(record, number, days)


def add_coming_visits(record: PersonRecord) -> None:
    """The first person's next visit is on a Tuesday of next week; the others fill the week of the anchor.

    A refresh moves all dates by whole weeks, so weekdays stay weekdays and the day sheet of any day has people.
    """
    country, story = record.hospital.country, record.person.story.value
    week = [record.anchor + timedelta(days=days) for days in range(7)]
    open_days = [day for day in week if working_day(day, country) == day]
    slot = (9 + record.position % 6, 20 * (record.position % 3))
    if record.position == 0:
        ahead = (1 - record.anchor.weekday()) % 7 + 7
        _add_appointment(record, ("next",), record.anchor + timedelta(days=ahead), (10, 20), story, "booked")
    else:
        # By turns within each clinician's own patients, so that every clinician's next open day has a visit.
        others = [one for one in record.hospital.people[1:] if one.story in record.clinician.treats]
        turn = others.index(record.person)
        _add_appointment(record, ("next",), open_days[turn % len(open_days)], slot, story, "booked")
        day = open_days[(turn + 2) % len(open_days)]
        _add_appointment(record, ("sample",), day, (8, 5 * record.position), "laboratory", "booked", "laboratory")
    later = working_day(record.anchor + timedelta(days=91 + record.position), country)
    _add_appointment(record, ("later",), later, slot, story, "booked", "day")
    if record.position % 4 == 1:
        day = working_day(record.anchor - timedelta(days=40), country)
        _add_appointment(record, ("cancelled",), day, slot, story, "cancelled")
    if record.position % 6 == 2:
        day = working_day(record.anchor - timedelta(days=61), country)
        _add_appointment(record, ("missed",), day, slot, story, "noshow")


def _add_past_visit(record: PersonRecord, number: int, days: int) -> None:
    day = working_day(record.anchor + timedelta(days=days - 2), record.hospital.country)
    if day >= record.anchor:
        day = record.anchor - timedelta(days=1)
    story = record.person.story.value
    appointment = None
    if number >= len(PAST_DAYS) - 2:
        appointment = _add_appointment(record, ("past", number), day, (10, 20), story, "fulfilled")
    encounter = record.add(
        "Encounter",
        ("encounter", number),
        status="finished",
        **{"class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"}},
        type=[{"text": record.say(words.VISITS, story)}],
        serviceType={"text": record.say(words.SPECIALTIES, record.clinician.specialty)},
        subject=record.subject,
        participant=[{"individual": record.practitioner()}],
        **({"appointment": [{"reference": f"Appointment/{appointment['id']}"}]} if appointment else {}),
        period={"start": record.at(day, 10, 20), "end": record.at(day, 10, 50)},
        location=[{"location": record.place("main")}],
        serviceProvider={"reference": f"Organization/{record.id('organization')}"},
    )
    add_measurements(record, number, day, {"reference": f"Encounter/{encounter['id']}"})


def _add_appointment(
    record: PersonRecord,
    role: tuple[object, ...],
    day: date,
    at: tuple[int, int],
    visit: str,
    status: str,
    place: str = "main",
) -> JsonObject:
    start = datetime.combine(day, time(*at), tzinfo=record.zone)
    minutes = 10 if visit == "laboratory" else 30
    instruction = record.say(words.SENTENCES, "inhaler" if record.person.story is Story.ASTHMA else "bring")
    if record.canary:
        instruction = f"{instruction} {record.say(words.SENTENCES, 'reference')} {record.canary}."
    participants: list[JsonObject] = [{"actor": record.subject, "status": "accepted"}]
    if visit != "laboratory":
        participants.append({"actor": record.practitioner(), "status": "accepted"})
    participants.append({"actor": record.place(place), "status": "accepted"})
    return record.add(
        "Appointment",
        ("appointment", *role),
        status=status,
        serviceType=[{"text": record.say(words.VISITS, visit)}],
        specialty=[{"text": record.say(words.SPECIALTIES, record.clinician.specialty)}],
        description=record.say(words.VISITS, visit),
        start=start.isoformat(),
        end=(start + timedelta(minutes=minutes)).isoformat(),
        minutesDuration=minutes,
        patientInstruction=instruction,
        participant=participants,
    )
