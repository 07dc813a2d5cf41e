"""The demonstration's clinical records: invented people with believable courses, as bundles for the product's importer.

Values, diagnoses and medicines of adults come from ``carebundle``; names, ages, addresses, words, courses over time,
reference ranges, visits and children are ours. The same hospital, anchor, canaries and seed give the same bytes. Every
resource carries HTEST, FHIR's label for test data. The reference ranges belong to the invented laboratory.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from hashlib import blake2b
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import carebundle

from tenants.records import demonstration_words as words
from tenants.records.bundles import read_json, write_json
from tenants.records.demonstration_people import HOSPITALS, SOURCE, DemoClinician, DemoHospital, DemoPerson, Story
from tenants.records.demonstration_words import say
from tenants.records.indexing import as_decimal
from tenants.records.patients import ASSEMBLY_ORDER, BIRTH_SEX, PRONOUNS, REPRESENTATION
from tenants.records.units import convert

__all__ = ["HOSPITALS", "SOURCE", "DemoBundle", "demonstration_bundles", "demonstration_id"]

_NAMESPACE = UUID("0d9f3c1e-6f1b-5d0e-9b57-7a3b1c2d4e5f")
_LOINC = "http://loinc.org"
_HTEST = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ActReason",
    "code": "HTEST",
    "display": "test health data",
}
_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
_HBA1C, _GLUCOSE, _PEAK_FLOW = "4548-4", "2345-7", "19935-6"
_CREATININE, _EGFR, _LDL, _HEMOGLOBIN = "2160-0", "98979-8", "13457-7", "718-7"

# Days before the anchor on which a patient was seen and tested, oldest first.
_PAST_DAYS = (-308, -189, -98, -4)
_COURSES: Mapping[str, tuple[str, ...]] = {
    "james": ("8.1", "7.6", "7.3", "6.9"),
    "layla": ("8.1", "7.6", "7.3", "6.9"),
    "rosa": ("7.4", "7.9", "8.3", "7.8"),
    "ingrid": ("6.8", "6.6", "6.7", "6.5"),
    "maryam": ("9.2", "8.6", "7.9", "7.5"),
    "hassan": ("7.1", "7.0", "7.2", "7.0"),
}
# Whose first value another laboratory reported in mmol/mol, as happens when people move.
_MOVED = ("rosa", "hassan")
_PROFILES: Mapping[Story, tuple[str, tuple[str, ...]]] = {
    Story.DIABETES: ("type2_diabetes", ("cmp", "lipid", "hba1c", "albuminuria")),
    Story.PRESSURE: ("hypertension", ("cmp", "lipid")),
    Story.KIDNEY: ("ckd_stage3", ("cmp", "cbc", "albuminuria")),
    Story.BLOOD: ("anaemia", ("cbc",)),
    Story.CHECKUP: ("healthy", ("cmp", "cbc", "lipid")),
}
# How earlier values relate to the newest one, oldest first.
_DRIFTS: Mapping[tuple[Story, str], tuple[str, ...]] = {
    (Story.KIDNEY, _CREATININE): ("0.90", "0.94", "0.97", "1"),
    (Story.KIDNEY, _EGFR): ("1.11", "1.06", "1.03", "1"),
    (Story.BLOOD, _HEMOGLOBIN): ("0.86", "0.91", "0.96", "1"),
    (Story.DIABETES, _LDL): ("1.24", "1.12", "1.05", "1"),
    (Story.PRESSURE, _LDL): ("1.18", "1.10", "1.04", "1"),
    (Story.PRESSURE, "85354-9"): ("1.13", "1.08", "1.03", "1"),
}
_ADULT_RANGES: Mapping[str, tuple[str, str]] = {
    "2951-2": ("136", "145"), "2823-3": ("3.5", "5.1"), "2075-0": ("98", "107"), "2028-9": ("22", "29"),
    "17861-6": ("8.6", "10.3"), "1751-7": ("3.5", "5.0"), "3094-0": ("7", "20"), _CREATININE: ("0.6", "1.2"),
    _EGFR: ("60", ""), _GLUCOSE: ("70", "99"), "1742-6": ("", "40"), "1920-8": ("", "40"), "6768-6": ("40", "130"),
    "1975-2": ("0.2", "1.2"), _HEMOGLOBIN: ("12.0", "17.5"), "4544-3": ("36", "53"), "789-8": ("3.8", "5.9"),
    "6690-2": ("4.0", "11.0"), "777-3": ("150", "400"), "2093-3": ("", "200"), "2085-9": ("40", ""),
    _LDL: ("", "130"), "2571-8": ("", "150"), _HBA1C: ("4.0", "5.6"), "9318-7": ("", "30"),
}  # fmt: skip
_CHILD_RANGES: Mapping[str, tuple[str, str]] = {
    _HEMOGLOBIN: ("11.5", "15.5"), "4544-3": ("34", "45"), "789-8": ("3.9", "5.3"), "6690-2": ("4.5", "13.5"),
    "777-3": ("150", "450"),
}  # fmt: skip
# CVX code: ages in months at which children get it.
_CHILD_VACCINES: Mapping[str, tuple[int, ...]] = {
    "08": (0, 2, 6), "20": (2, 4, 6, 15, 54), "10": (2, 4, 6, 54), "133": (2, 4, 6, 12), "03": (12, 54), "21": (12, 54),
}  # fmt: skip
_PROCEDURES: Mapping[Story, str] = {
    Story.DIABETES: "retina",
    Story.PRESSURE: "ecg",
    Story.KIDNEY: "ultrasound",
    Story.ASTHMA: "spirometry",
    Story.CHILD: "hearing",
}
_CHILD_CONDITIONS: Mapping[Story, str] = {
    Story.ASTHMA: "J45.30",
    Story.SKIN: "L20.9",
    Story.ALLERGY: "Z91.010",
    Story.BLOOD: "D50.9",
}
_WEEKENDS: Mapping[str, tuple[int, ...]] = {"SA": (4, 5)}

JsonObject = dict[str, Any]


@dataclass(frozen=True, slots=True)
class DemoBundle:
    """One file of the demonstration. ``person`` is empty for the hospital's own file, which comes first."""

    name: str
    content: bytes
    person: str
    patient_fhir_id: str


def demonstration_id(hospital: DemoHospital, *role: object) -> str:
    """The FHIR id of what plays ``role`` in a hospital: ``("patient", "james")``, ``("practitioner", "osei")``."""
    return str(uuid5(_NAMESPACE, "/".join([hospital.slug, *map(str, role)])))


def demonstration_bundles(
    hospital: DemoHospital, *, anchor: date, canaries: Mapping[str, str], seed: int = 1
) -> tuple[DemoBundle, ...]:
    """All files of a hospital, the hospital's own first.

    ``anchor`` is the day that counts as today. ``canaries`` has a text for each person's key and one for the hospital
    under ``""``: it appears in notes, letters and places, so that a leak can be seen. Missing ones are left out.
    """
    place = _hospital_bundle(hospital, canaries.get("", ""))
    people = [
        _PersonRecord(hospital, person, position, anchor, canaries.get(person.key, ""), seed).bundle()
        for position, person in enumerate(hospital.people)
    ]
    return (place, *people)


def working_day(day: date, country: str) -> date:
    """``day``, or the first day after it on which clinics of the country are open."""
    while day.weekday() in _WEEKENDS.get(country, (5, 6)):
        day += timedelta(days=1)
    return day


def _hospital_bundle(hospital: DemoHospital, canary: str) -> DemoBundle:
    organization = demonstration_id(hospital, "organization")
    resources: list[JsonObject] = [
        {
            "resourceType": "Organization",
            "id": organization,
            "active": True,
            "name": hospital.name,
            **({"alias": [canary]} if canary else {}),
            "address": [_address(hospital, 1)],
        }
    ]
    for key, name in hospital.places:
        resources.append(
            {
                "resourceType": "Location",
                "id": demonstration_id(hospital, "location", key),
                "status": "active",
                "name": name,
                **({"description": canary} if canary else {}),
                "managingOrganization": {"reference": f"Organization/{organization}"},
            }
        )
    for clinician in hospital.clinicians:
        resources.append(
            {
                "resourceType": "Practitioner",
                "id": demonstration_id(hospital, "practitioner", clinician.key),
                "active": True,
                "identifier": [{"system": f"urn:portico:{hospital.slug}:staff", "value": clinician.key}],
                "name": [_written_name(hospital, clinician)],
                "gender": clinician.gender,
                "qualification": [{"code": {"text": say(words.SPECIALTIES, clinician.specialty, hospital.language)}}],
            }
        )
    return DemoBundle("hospital.json", _bundle(resources), "", "")


def _written_name(hospital: DemoHospital, clinician: DemoClinician) -> JsonObject:
    return {
        "use": "official",
        "text": f"{clinician.prefix} {clinician.given} {clinician.family}",
        "prefix": [clinician.prefix],
        "given": [clinician.given],
        "family": clinician.family,
    }


def _address(hospital: DemoHospital, number: int) -> JsonObject:
    return {
        "use": "home",
        "line": [hospital.street.format(number)],
        "city": hospital.city,
        "state": hospital.state,
        "postalCode": hospital.postal_code,
        "country": hospital.country,
    }


def _bundle(resources: list[JsonObject]) -> bytes:
    entries = []
    for resource in resources:
        meta = {**resource.get("meta", {}), "security": [_HTEST]}
        rest = {name: value for name, value in resource.items() if name not in {"resourceType", "id", "meta"}}
        stored = {"resourceType": resource["resourceType"], "id": resource["id"], "meta": meta, **rest}
        entries.append(
            {
                "fullUrl": f"urn:uuid:{resource['id']}",
                "resource": stored,
                "request": {"method": "PUT", "url": f"{resource['resourceType']}/{resource['id']}"},
            }
        )
    return write_json({"resourceType": "Bundle", "type": "transaction", "entry": entries})


class _PersonRecord:
    """Builds one patient's bundle."""

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

    def bundle(self) -> DemoBundle:
        self._add_patient()
        self._add_care_team()
        for number, days in enumerate(_PAST_DAYS):
            if self._was_born_by(days):
                self._add_past_visit(number, days)
        if self.is_child:
            self._add_childs_facts()
        else:
            self._add_adults_facts()
        self._add_vaccines()
        self._add_procedure()
        self._add_document()
        self._add_coming_visits()
        key = self.person.key
        return DemoBundle(f"{key}.json", _bundle(self.resources), key, self._id("patient", key))

    # --- small makers ------------------------------------------------------------------------------------------------

    def _id(self, *role: object) -> str:
        return demonstration_id(self.hospital, *role)

    def _say(self, table: Mapping[str, tuple[str, ...]], code: str) -> str:
        return say(table, code, self.hospital.language)

    def _chance(self, *role: object) -> float:
        """A number from 0 to 1 that depends only on the seed and what it is for."""
        text = "/".join(map(str, [self.seed, self.hospital.slug, self.person.key, *role]))
        return int.from_bytes(blake2b(text.encode(), digest_size=6).digest(), "big") / 2**48

    def _at(self, day: date, hour: int, minute: int) -> str:
        return datetime.combine(day, time(hour, minute), tzinfo=self.zone).isoformat()

    def _practitioner(self) -> JsonObject:
        return {"reference": f"Practitioner/{self._id('practitioner', self.clinician.key)}"}

    def _place(self, key: str) -> JsonObject:
        return {"reference": f"Location/{self._id('location', key)}"}

    def _add(self, kind: str, role: tuple[object, ...], **elements: Any) -> JsonObject:
        resource = {"resourceType": kind, "id": self._id(self.person.key, *role), **elements}
        self.resources.append(resource)
        return resource

    def _birth_date(self) -> date:
        birthday = self.anchor - timedelta(days=int(self._chance("birthday") * 300) + 30)
        return birthday.replace(year=birthday.year - self.person.age, day=min(birthday.day, 28))

    def _was_born_by(self, days: int) -> bool:
        return self.anchor + timedelta(days=days) > self.born

    def _note(self, text: str, day: date) -> JsonObject:
        if self.canary:
            text = f"{text} {self._say(words.SENTENCES, 'reference')} {self.canary}."
        author = f"{self.clinician.prefix} {self.clinician.given} {self.clinician.family}"
        return {"authorString": author, "time": self._at(day, 16, 5), "text": text}

    # --- who it is ---------------------------------------------------------------------------------------------------

    def _add_patient(self) -> None:
        person, hospital = self.person, self.hospital
        names = [_name("official", person.given, person.family)]
        if person.preferred:
            names.append(_name("usual", person.preferred, person.family))
        if person.former_family:
            names.append(_name("maiden", person.given, person.former_family))
        if any(person.latin):
            latin = _name("official", *person.latin)
            latin["extension"] = [{"url": REPRESENTATION, "valueCode": "ABC"}]
            names.append(latin)
        extensions: list[JsonObject] = [{"url": BIRTH_SEX, "valueCode": person.sex}]
        if person.pronouns:
            value = {"url": "value", "valueCodeableConcept": {"text": person.pronouns}}
            extensions.append({"url": PRONOUNS, "extension": [value]})
        if person.key == "wei":
            names[0]["extension"] = [{"url": ASSEMBLY_ORDER, "valueCode": "F"}]
        number = f"{self.position + 11:02d}"
        self.resources.append(
            {
                "resourceType": "Patient",
                "id": self._id("patient", person.key),
                "extension": extensions,
                "identifier": [
                    {
                        "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR"}]},
                        "system": f"urn:portico:{hospital.slug}:mrn",
                        "value": f"{hospital.slug[:2].upper()}-{4100 + self.position * 7}",
                    }
                ],
                "active": True,
                "name": names,
                "telecom": [
                    {"system": "phone", "value": hospital.phone.format(number), "use": "mobile", "rank": 1},
                    {"system": "email", "value": person.email, "use": "home", "rank": 2},
                ],
                "gender": "female" if person.sex == "F" else "male",
                "birthDate": self.born.isoformat(),
                "address": [_address(hospital, 3 + self.position * 4)],
                "communication": [
                    {
                        "language": {"coding": [{"system": "urn:ietf:bcp:47", "code": hospital.language}]},
                        "preferred": True,
                    }
                ],
                "generalPractitioner": [self._practitioner()],
            }
        )

    def _add_care_team(self) -> None:
        self._add(
            "CareTeam",
            ("care-team",),
            status="active",
            subject=self.subject,
            period={"start": (self.anchor - timedelta(days=400)).isoformat()},
            participant=[{"member": self._practitioner()}],
        )

    # --- visits ------------------------------------------------------------------------------------------------------

    def _add_past_visit(self, number: int, days: int) -> None:
        day = working_day(self.anchor + timedelta(days=days - 2), self.hospital.country)
        if day >= self.anchor:
            day = self.anchor - timedelta(days=1)
        story = self.person.story.value
        appointment = None
        if number >= len(_PAST_DAYS) - 2:
            appointment = self._add_appointment(("past", number), day, (10, 20), story, "fulfilled")
        encounter = self._add(
            "Encounter",
            ("encounter", number),
            status="finished",
            **{"class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"}},
            type=[{"text": self._say(words.VISITS, story)}],
            serviceType={"text": self._say(words.SPECIALTIES, self.clinician.specialty)},
            subject=self.subject,
            participant=[{"individual": self._practitioner()}],
            **({"appointment": [{"reference": f"Appointment/{appointment['id']}"}]} if appointment else {}),
            period={"start": self._at(day, 10, 20), "end": self._at(day, 10, 50)},
            location=[{"location": self._place("main")}],
            serviceProvider={"reference": f"Organization/{self._id('organization')}"},
        )
        self._add_measurements(number, day, {"reference": f"Encounter/{encounter['id']}"})

    def _add_appointment(
        self, role: tuple[object, ...], day: date, at: tuple[int, int], visit: str, status: str, place: str = "main"
    ) -> JsonObject:
        start = datetime.combine(day, time(*at), tzinfo=self.zone)
        minutes = 10 if visit == "laboratory" else 30
        instruction = self._say(words.SENTENCES, "inhaler" if self.person.story is Story.ASTHMA else "bring")
        if self.canary:
            instruction = f"{instruction} {self._say(words.SENTENCES, 'reference')} {self.canary}."
        participants: list[JsonObject] = [{"actor": self.subject, "status": "accepted"}]
        if visit != "laboratory":
            participants.append({"actor": self._practitioner(), "status": "accepted"})
        participants.append({"actor": self._place(place), "status": "accepted"})
        return self._add(
            "Appointment",
            ("appointment", *role),
            status=status,
            serviceType=[{"text": self._say(words.VISITS, visit)}],
            specialty=[{"text": self._say(words.SPECIALTIES, self.clinician.specialty)}],
            description=self._say(words.VISITS, visit),
            start=start.isoformat(),
            end=(start + timedelta(minutes=minutes)).isoformat(),
            minutesDuration=minutes,
            patientInstruction=instruction,
            participant=participants,
        )

    def _add_coming_visits(self) -> None:
        """The first person's next visit is on a Tuesday of next week; the others fill the week of the anchor.

        A refresh moves all dates by whole weeks, so weekdays stay weekdays and the day sheet of any day has people.
        """
        country, story = self.hospital.country, self.person.story.value
        week = [self.anchor + timedelta(days=days) for days in range(7)]
        open_days = [day for day in week if working_day(day, country) == day]
        slot = (9 + self.position % 6, 20 * (self.position % 3))
        if self.position == 0:
            ahead = (1 - self.anchor.weekday()) % 7 + 7
            self._add_appointment(("next",), self.anchor + timedelta(days=ahead), (10, 20), story, "booked")
        else:
            # By turns within each clinician's own patients, so that every clinician's next open day has a visit.
            others = [one for one in self.hospital.people[1:] if one.story in self.clinician.treats]
            turn = others.index(self.person)
            self._add_appointment(("next",), open_days[turn % len(open_days)], slot, story, "booked")
            day = open_days[(turn + 2) % len(open_days)]
            self._add_appointment(("sample",), day, (8, 5 * self.position), "laboratory", "booked", "laboratory")
        later = working_day(self.anchor + timedelta(days=91 + self.position), country)
        self._add_appointment(("later",), later, slot, story, "booked", "day")
        if self.position % 4 == 1:
            day = working_day(self.anchor - timedelta(days=40), country)
            self._add_appointment(("cancelled",), day, slot, story, "cancelled")
        if self.position % 6 == 2:
            day = working_day(self.anchor - timedelta(days=61), country)
            self._add_appointment(("missed",), day, slot, story, "noshow")

    # --- measurements ------------------------------------------------------------------------------------------------

    def _add_measurements(self, number: int, day: date, encounter: JsonObject) -> None:
        """Tests and vital signs of one visit, from the one draw of this person, moved along the course of the story."""
        renamed: dict[str, str] = {}
        kept: list[JsonObject] = []
        for entry in self._draw()["entry"]:
            resource = entry["resource"]
            if resource["resourceType"] not in {"Observation", "DiagnosticReport"}:
                continue
            code = resource["code"]["coding"][0]["code"]
            if self.is_child and (self._is_vital(resource) is False and number < 2):
                continue
            role = (resource["resourceType"].lower(), number, code)
            renamed[entry["fullUrl"]] = f"{resource['resourceType']}/{self._id(self.person.key, *role)}"
            kept.append({**resource, "id": self._id(self.person.key, *role)})
        for resource in kept:
            if resource["resourceType"] == "Observation":
                self._adapt_observation(resource, number, day)
            else:
                resource["result"] = [
                    {"reference": renamed[one["reference"]]}
                    for one in resource["result"]
                    if one["reference"] in renamed
                ]
                resource["issued"] = self._at(day, 13, 30)
                resource["performer"] = [{"reference": f"Organization/{self._id('organization')}"}]
            resource.pop("text", None)
            code = resource["code"]["coding"][0]["code"]
            resource["code"]["text"] = self._say(words.TESTS, code)
            resource["subject"], resource["encounter"] = self.subject, encounter
            resource["effectiveDateTime"] = self._at(day, 8, 40)
            self.resources.append(resource)
        if self.person.story is Story.ASTHMA:
            self._add_peak_flow(number, day, encounter)

    def _draw(self) -> JsonObject:
        profile, panels = ("healthy", ("cbc",)) if self.is_child else _PROFILES[self.person.story]
        seed = self.seed * 1000 + self.position
        drawn: JsonObject = read_json(_draw(profile, seed, self.person.sex, max(self.person.age, 18), panels))
        return drawn

    def _is_vital(self, resource: JsonObject) -> bool:
        return any(
            coding["code"] == "vital-signs" for category in resource["category"] for coding in category["coding"]
        )

    def _adapt_observation(self, resource: JsonObject, number: int, day: date) -> None:
        code = resource["code"]["coding"][0]["code"]
        resource["issued"] = self._at(day, 13, 0)
        if self._is_vital(resource):
            resource["performer"] = [self._practitioner()]
        else:
            resource["performer"] = [{"reference": f"Organization/{self._id('organization')}"}]
        for part in resource.get("component", []):
            kind = part["code"]["coding"][0]["code"]
            part["code"]["text"] = self._say(words.TESTS, kind)
            self._adapt_value(part["valueQuantity"], code, number, kind)
        if "valueQuantity" not in resource:
            return
        quantity = resource["valueQuantity"]
        self._adapt_value(quantity, code, number, code)
        ranges = self._ranges(code, quantity)
        if ranges:
            resource["referenceRange"] = ranges
            resource["interpretation"] = [_interpretation(as_decimal(quantity["value"]), ranges[0])]
        if code == _HBA1C and number == len(_PAST_DAYS) - 1:
            resource["note"] = [self._note(self._say(words.SENTENCES, "improved"), day)]

    def _adapt_value(self, quantity: JsonObject, code: str, number: int, kind: str) -> None:
        value = as_decimal(quantity["value"])
        course = _COURSES.get(self.person.key)
        if self.is_child:
            value = self._childs_value(kind, value, number)
        elif code == _HBA1C and course:
            value = Decimal(course[number])
        elif code == _GLUCOSE and course:
            # ADAG: estimated average glucose in mg/dL is 28.7 times HbA1c less 46.7.
            value = (Decimal(course[number]) * Decimal("28.7") - Decimal("46.7")).quantize(Decimal(1))
        elif kind not in {"8302-2", "8310-5"}:
            drift = Decimal(_DRIFTS.get((self.person.story, code), ("1", "1", "1", "1"))[number])
            wobble = Decimal(1) if number == len(_PAST_DAYS) - 1 else _near_one(self._chance(kind, number))
            value = (value * drift * wobble).quantize(value)
        quantity["value"] = value
        if code == _HBA1C and number == 0 and self.person.key in _MOVED:
            moved = convert(value, "%", "mmol/mol", _HBA1C)
            assert moved is not None  # noqa: S101 -- the table of units has this pair
            quantity.update(value=moved.quantize(Decimal(1)), unit="mmol/mol", code="mmol/mol")
        if quantity.get("unit") == "Cel":
            quantity["unit"] = "°C"

    def _childs_value(self, code: str, value: Decimal, number: int) -> Decimal:
        """What is usual for the age; an anaemic child's haemoglobin climbs back into the range."""
        age = Decimal(self.person.age)
        height = Decimal("75") + (age - 1) * Decimal("6.3") - (3 - number)
        weight = (age + 4) * 2 if age <= 10 else age * Decimal("3.4")
        usual: dict[str, Decimal] = {
            "8302-2": height.quantize(Decimal(1)),
            "29463-7": weight.quantize(Decimal("0.1")),
            "39156-5": (weight / (height / 100) ** 2).quantize(Decimal("0.1")),
            "8867-4": (Decimal(112) - age * 3).quantize(Decimal(1)),
            "9279-1": (Decimal(28) - age * Decimal("0.7")).quantize(Decimal(1)),
            "8310-5": Decimal("36.7"),
            "59408-5": Decimal(98),
            "8480-6": (Decimal(90) + age * 2).quantize(Decimal(1)),
            "8462-4": (Decimal(54) + age).quantize(Decimal(1)),
        }
        if code in usual:
            return usual[code]
        low, high = (Decimal(bound) for bound in _CHILD_RANGES[code])
        middle = low + (high - low) * Decimal("0.5") * _near_one(self._chance(code, number), Decimal("0.3"))
        if self.person.story is Story.BLOOD and code in {_HEMOGLOBIN, "4544-3"}:
            middle = low * Decimal(("0.84", "0.88", "0.94", "1.03")[number])
        return middle.quantize(value)

    def _ranges(self, code: str, quantity: JsonObject) -> list[JsonObject]:
        bounds = (_CHILD_RANGES if self.is_child else _ADULT_RANGES).get(code)
        if bounds is None or quantity["code"] == "mmol/mol":
            return []
        unit = {name: quantity[name] for name in ("unit", "system", "code")}
        low, high = bounds
        usual: JsonObject = {"type": _range_type("normal")}
        if low:
            usual["low"] = {"value": Decimal(low), **unit}
        if high:
            usual["high"] = {"value": Decimal(high), **unit}
        ranges = [usual]
        if code == _HBA1C:
            goal = {"type": _range_type("treatment"), "high": {"value": Decimal("7.0"), **unit}}
            ranges.append({**goal, "text": self._say(words.SENTENCES, "goal")})
        return ranges

    def _add_peak_flow(self, number: int, day: date, encounter: JsonObject) -> None:
        expected = Decimal(100 + max(self.person.age * 17, 60))
        share = Decimal(("0.72", "0.80", "0.88", "0.95")[number]) * _near_one(
            self._chance("flow", number), Decimal("0.04")
        )
        value = (expected * share / 5).quantize(Decimal(1)) * 5
        unit = {"unit": "L/min", "system": "http://unitsofmeasure.org", "code": "L/min"}
        usual = {
            "type": _range_type("normal"),
            "low": {"value": (expected * Decimal("0.8")).quantize(Decimal(1)), **unit},
        }
        resource = self._add(
            "Observation",
            ("observation", number, _PEAK_FLOW),
            status="final",
            category=[{"coding": [{"system": _CATEGORY, "code": "laboratory"}]}],
            code={
                "coding": [{"system": _LOINC, "code": _PEAK_FLOW}],
                "text": self._say(words.TESTS, _PEAK_FLOW),
            },
            subject=self.subject,
            encounter=encounter,
            effectiveDateTime=self._at(day, 10, 30),
            issued=self._at(day, 10, 45),
            performer=[self._practitioner()],
            valueQuantity={"value": value, **unit},
            interpretation=[_interpretation(value, usual)],
            referenceRange=[usual],
        )
        if number == len(_PAST_DAYS) - 1:
            resource["note"] = [self._note(self._say(words.SENTENCES, "breathing"), day)]

    # --- the rest of the record --------------------------------------------------------------------------------------

    def _add_condition(self, code: str, onset: date, coding: JsonObject | None = None) -> None:
        system = "http://hl7.org/fhir/sid/icd-10-cm"
        first = not any(resource["resourceType"] == "Condition" for resource in self.resources)
        name = self._say(words.CONDITIONS, code)
        self._add(
            "Condition",
            ("condition", code),
            clinicalStatus=_concept("condition-clinical", "active"),
            verificationStatus=_concept("condition-ver-status", "confirmed"),
            category=[_concept("condition-category", "problem-list-item")],
            code={"coding": [coding or {"system": system, "code": code}], "text": name},
            subject=self.subject,
            onsetDateTime=onset.isoformat()[: 7 if first else 4],
            recordedDate=self._at(self.anchor + timedelta(days=_PAST_DAYS[0]), 10, 40),
            **({"note": [self._note(name + ".", self.anchor - timedelta(days=4))]} if first else {}),
        )

    def _add_medicine(self, code: str, coding: JsonObject, status: str = "active", days: int = -189) -> None:
        directions = self._say(words.DIRECTIONS, code if code in words.DIRECTIONS else "*")
        self._add(
            "MedicationRequest",
            ("medicine", code),
            status=status,
            intent="order",
            medicationCodeableConcept={"coding": [coding], "text": self._say(words.MEDICINES, code)},
            subject=self.subject,
            authoredOn=self._at(self.anchor + timedelta(days=days), 10, 45),
            requester=self._practitioner(),
            dosageInstruction=[{"text": directions, "patientInstruction": directions}],
        )

    def _add_allergy(self, code: str, coding: JsonObject | None, sign: str, category: str, criticality: str) -> None:
        words_of_code = {"text": self._say(words.ALLERGENS, code)}
        self._add(
            "AllergyIntolerance",
            ("allergy", code),
            clinicalStatus=_concept("allergyintolerance-clinical", "active"),
            verificationStatus=_concept("allergyintolerance-verification", "confirmed"),
            type="allergy",
            category=[category],
            criticality=criticality,
            code={**({"coding": [coding]} if coding else {}), **words_of_code},
            patient=self.subject,
            recordedDate=self._at(self.anchor + timedelta(days=_PAST_DAYS[1]), 10, 40),
            reaction=[{"manifestation": [{"text": self._say(words.ALLERGENS, sign)}]}],
        )

    def _add_adults_facts(self) -> None:
        """Conditions, medicines and allergies as they were drawn together with the values."""
        onset = self.anchor - timedelta(days=900 + int(self._chance("onset") * 2500))
        for entry in self._draw()["entry"]:
            resource = entry["resource"]
            if resource["resourceType"] == "Condition":
                coding = resource["code"]["coding"][0]
                self._add_condition(coding["code"], onset, coding)
            elif resource["resourceType"] == "MedicationRequest":
                coding = resource["medicationCodeableConcept"]["coding"][0]
                self._add_medicine(coding["code"], coding)
            elif resource["resourceType"] == "AllergyIntolerance":
                coding = resource["code"]["coding"][0]
                self._add_allergy(coding["code"], coding, "rash", "medication", "low")
        if self.position % 3 == 0 and not any(one["resourceType"] == "AllergyIntolerance" for one in self.resources):
            coding = {
                "system": "http://www.nlm.nih.gov/research/umls/rxnorm",
                "code": "7980",
                "display": "penicillin G",
            }
            self._add_allergy("7980", coding, "hives", "medication", "high")

    def _add_childs_facts(self) -> None:
        rxnorm = "http://www.nlm.nih.gov/research/umls/rxnorm"
        story = self.person.story
        if story in _CHILD_CONDITIONS:
            self._add_condition(_CHILD_CONDITIONS[story], max(self.born, self.anchor - timedelta(days=900)))
        if story is Story.ASTHMA:
            for code in ("2123111", "895994"):
                self._add_medicine(code, {"system": rxnorm, "code": code})
            self._add_allergy("pollen", None, "sneezing", "environment", "low")
        if story is Story.ALLERGY:
            self._add_allergy("peanut", None, "hives", "food", "high")

    def _add_vaccines(self) -> None:
        given: list[tuple[str, date, int]] = []
        if self.is_child:
            for code, months in _CHILD_VACCINES.items():
                for dose, month in enumerate(months, start=1):
                    given.append((code, self.born + timedelta(days=int(month * 30.44) + 3), dose))
        else:
            given.append(("115", self.anchor - timedelta(days=1500 + self.position * 30), 1))
        for year in range(3):
            given.append(("140", self.anchor - timedelta(days=40 + 365 * year), 1))
        for code, on, dose in given:
            on = working_day(on, self.hospital.country)
            if not self.born <= on < self.anchor:
                continue
            self._add(
                "Immunization",
                ("vaccine", code, on.year, dose),
                status="completed",
                vaccineCode={
                    "coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": code}],
                    "text": self._say(words.VACCINES, code),
                },
                patient=self.subject,
                occurrenceDateTime=on.isoformat(),
                primarySource=True,
                lotNumber=f"L{int(self._chance('lot', code, on.year, dose) * 90000) + 10000}",
                location=self._place("day"),
                protocolApplied=[{"doseNumberPositiveInt": dose}],
            )

    def _add_procedure(self) -> None:
        name = _PROCEDURES.get(self.person.story)
        if name is None:
            return
        day = working_day(self.anchor - timedelta(days=98), self.hospital.country)
        if day <= self.born:
            return
        self._add(
            "Procedure",
            ("procedure", name),
            status="completed",
            code={"text": self._say(words.SENTENCES, name)},
            subject=self.subject,
            performedDateTime=self._at(day, 11, 15),
            performer=[{"actor": self._practitioner()}],
            location=self._place("main"),
        )

    def _add_document(self) -> None:
        language, day = self.hospital.language, self.anchor - timedelta(days=3)
        name = self._say(words.SENTENCES, "plan" if self.person.story is Story.ASTHMA else "letter")
        lines = [
            self.hospital.name,
            name,
            "",
            f"{self._say(words.SENTENCES, 'seen')} {self._say(words.VISITS, self.person.story.value)}.",
        ]
        if self.canary:
            lines.append(f"{self._say(words.SENTENCES, 'reference')} {self.canary}.")
        content = "\n".join(lines).encode()
        self._add(
            "DocumentReference",
            ("document",),
            status="current",
            type={"text": name},
            subject=self.subject,
            date=self._at(day, 17, 0),
            author=[self._practitioner()],
            description=name,
            content=[
                {
                    "attachment": {
                        "contentType": "text/plain",
                        "language": language,
                        "data": base64.b64encode(content).decode(),
                        "size": len(content),
                        "title": f"{name}.txt",
                        "creation": self._at(day, 17, 0),
                    }
                }
            ],
        )


@lru_cache(maxsize=64)
def _draw(profile: str, seed: int, sex: str, age: int, panels: tuple[str, ...]) -> bytes:
    """One visit as carebundle draws it. Its dates are replaced by ours, so one draw serves every visit and anchor."""
    made = carebundle.generate_bundle(profile=profile, seed=seed, sex=sex, age_range=(age, age), panels=panels)
    return str(carebundle.to_json(made)).encode()


def _name(use: str, given: str, family: str) -> JsonObject:
    return {"use": use, **({"family": family} if family else {}), **({"given": [given]} if given else {})}


def _concept(system: str, code: str) -> JsonObject:
    return {"coding": [{"system": f"http://terminology.hl7.org/CodeSystem/{system}", "code": code}]}


def _range_type(code: str) -> JsonObject:
    return {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/referencerange-meaning", "code": code}]}


def _interpretation(value: Decimal, usual: JsonObject) -> JsonObject:
    code = "N"
    if "low" in usual and value < usual["low"]["value"]:
        code = "L"
    elif "high" in usual and value > usual["high"]["value"]:
        code = "H"
    return _concept("v3-ObservationInterpretation", code)


def _near_one(chance: float, width: Decimal = Decimal("0.06")) -> Decimal:
    """A factor within ``width`` around one."""
    return 1 + (Decimal(repr(round(chance, 6))) - Decimal("0.5")) * width
