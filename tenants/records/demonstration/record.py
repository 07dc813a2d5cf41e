"""One patient's record while it is written: who it is about, from which day on, and what it has so far."""

import base64
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from hashlib import blake2b
from typing import Any
from zoneinfo import ZoneInfo

from tenants.records.demonstration import words
from tenants.records.demonstration.people import DemoHospital, DemoPerson
from tenants.records.demonstration.words import say
from tenants.records.demonstration.writing import JsonObject, demonstration_id

# Days before the anchor on which a patient was seen and tested, oldest first.
PAST_DAYS = (-308, -189, -98, -4)
_WEEKENDS: Mapping[str, tuple[int, ...]] = {"SA": (4, 5)}


def working_day(day: date, country: str) -> date:
    """``day``, or the first day after it on which clinics of the country are open."""
    while day.weekday() in _WEEKENDS.get(country, (5, 6)):
        day += timedelta(days=1)
    return day


class PersonRecord:
    """Collects one patient's resources; the modules beside this one add them, each its own subject.

    ``position`` is the person's place in the hospital's list, ``anchor`` the day that counts as today.
    """

    def __init__(
        self, hospital: DemoHospital, person: DemoPerson, position: int, anchor: date, canary: str, seed: int
    ) -> None:
        self.hospital = hospital
        self.person = person
        self.position = position
        self.anchor = anchor
        self.canary = canary
        self.seed = seed
        self.zone = ZoneInfo(hospital.time_zone)
        self.is_child = person.age < 18
        self.clinician = next(one for one in hospital.clinicians if person.story in one.treats)
        self.born = self._birth_date()
        self.subject = {"reference": f"Patient/{demonstration_id(hospital, 'patient', person.key)}"}
        self.resources: list[JsonObject] = []

    def id(self, *role: object) -> str:
        """The FHIR id of what plays a role in this hospital."""
        return demonstration_id(self.hospital, *role)

    def say(self, table: Mapping[str, tuple[str, ...]], code: str) -> str:
        """The words of a table in the language of the hospital."""
        return say(table, code, self.hospital.language)

    def chance(self, *role: object) -> float:
        """A number from 0 to 1 that depends only on the seed and what it is for."""
        text = "/".join(map(str, [self.seed, self.hospital.slug, self.person.key, *role]))
        return int.from_bytes(blake2b(text.encode(), digest_size=6).digest(), "big") / 2**48

    def at(self, day: date, hour: int, minute: int) -> str:
        """A moment of a day by the clocks of the hospital."""
        return datetime.combine(day, time(hour, minute), tzinfo=self.zone).isoformat()

    def practitioner(self) -> JsonObject:
        """The Reference to the clinician who treats this person."""
        return {"reference": f"Practitioner/{self.id('practitioner', self.clinician.key)}"}

    def place(self, key: str) -> JsonObject:
        """The Reference to a place of the hospital."""
        return {"reference": f"Location/{self.id('location', key)}"}

    def add(self, kind: str, role: tuple[object, ...], **elements: Any) -> JsonObject:
        """Add a resource of a kind, whose id follows from the person and its role, and return it to be changed."""
        resource = {"resourceType": kind, "id": self.id(self.person.key, *role), **elements}
        self.resources.append(resource)
        return resource

    def was_born_by(self, days: int) -> bool:
        """Whether the person was there so many days from the anchor."""
        return self.anchor + timedelta(days=days) > self.born

    def note(self, text: str, day: date) -> JsonObject:
        """An Annotation by the person's clinician; carries the canary."""
        if self.canary:
            text = f"{text} {self.say(words.SENTENCES, 'reference')} {self.canary}."
        return {"authorString": self.clinician.full_name, "time": self.at(day, 16, 5), "text": text}

    def file(self, name: str, lines: Sequence[str], written: str) -> JsonObject:
        """An Attachment: a letter of the hospital in its language, of the moment ``written``; carries the canary."""
        lines = [self.hospital.name, name, "", *lines]
        if self.canary:
            lines.append(f"{self.say(words.SENTENCES, 'reference')} {self.canary}.")
        content = "\n".join(lines).encode()
        return {
            "contentType": "text/plain",
            "language": self.hospital.language,
            "data": base64.b64encode(content).decode(),
            "size": len(content),
            "title": f"{name}.txt",
            "creation": written,
        }

    def _birth_date(self) -> date:
        birthday = self.anchor - timedelta(days=int(self.chance("birthday") * 300) + 30)
        return birthday.replace(year=birthday.year - self.person.age, day=min(birthday.day, 28))
