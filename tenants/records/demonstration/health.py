"""The rest of the record: health problems, medicines, allergies, vaccines, a procedure, a report and a letter."""

from collections.abc import Mapping
from datetime import date, timedelta

from tenants.records.demonstration import words
from tenants.records.demonstration.measurements import draw_of
from tenants.records.demonstration.people import Story
from tenants.records.demonstration.record import PAST_DAYS, PersonRecord, working_day
from tenants.records.demonstration.writing import LOINC, RXNORM, JsonObject, concept

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


def add_health(record: PersonRecord) -> None:
    """All facts of the record that belong to no visit."""
    if record.is_child:
        _add_childs_facts(record)
    else:
        _add_adults_facts(record)
    _add_vaccines(record)
    _add_procedure(record)
    _add_report(record)
    _add_document(record)


def _add_adults_facts(record: PersonRecord) -> None:
    """Conditions, medicines and allergies as they were drawn together with the values."""
    onset = record.anchor - timedelta(days=900 + int(record.chance("onset") * 2500))
    for entry in draw_of(record)["entry"]:
        resource = entry["resource"]
        if resource["resourceType"] == "Condition":
            coding = resource["code"]["coding"][0]
            _add_condition(record, coding["code"], onset, coding)
        elif resource["resourceType"] == "MedicationRequest":
            coding = resource["medicationCodeableConcept"]["coding"][0]
            _add_medicine(record, coding["code"], coding)
        elif resource["resourceType"] == "AllergyIntolerance":
            coding = resource["code"]["coding"][0]
            _add_allergy(record, coding["code"], coding, "rash", "medication", "low")
    if record.position % 3 == 0 and not any(one["resourceType"] == "AllergyIntolerance" for one in record.resources):
        coding = {
            "system": RXNORM,
            "code": "7980",
            "display": "penicillin G",
        }
        _add_allergy(record, "7980", coding, "hives", "medication", "high")


def _add_childs_facts(record: PersonRecord) -> None:
    story = record.person.story
    if story in _CHILD_CONDITIONS:
        _add_condition(record, _CHILD_CONDITIONS[story], max(record.born, record.anchor - timedelta(days=900)))
    if story is Story.ASTHMA:
        for code in ("2123111", "895994"):
            _add_medicine(record, code, {"system": RXNORM, "code": code})
        _add_allergy(record, "pollen", None, "sneezing", "environment", "low")
    if story is Story.ALLERGY:
        _add_allergy(record, "peanut", None, "hives", "food", "high")


def _add_vaccines(record: PersonRecord) -> None:
    given: list[tuple[str, date, int]] = []
    if record.is_child:
        for code, months in _CHILD_VACCINES.items():
            for dose, month in enumerate(months, start=1):
                given.append((code, record.born + timedelta(days=int(month * 30.44) + 3), dose))
    else:
        given.append(("115", record.anchor - timedelta(days=1500 + record.position * 30), 1))
    for year in range(3):
        given.append(("140", record.anchor - timedelta(days=40 + 365 * year), 1))
    for code, on, dose in given:
        on = working_day(on, record.hospital.country)
        if not record.born <= on < record.anchor:
            continue
        record.add(
            "Immunization",
            ("vaccine", code, on.year, dose),
            status="completed",
            vaccineCode={
                "coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": code}],
                "text": record.say(words.VACCINES, code),
            },
            patient=record.subject,
            occurrenceDateTime=on.isoformat(),
            primarySource=True,
            lotNumber=f"L{int(record.chance('lot', code, on.year, dose) * 90000) + 10000}",
            location=record.place("day"),
            protocolApplied=[{"doseNumberPositiveInt": dose}],
        )


def _add_procedure(record: PersonRecord) -> None:
    name = _PROCEDURES.get(record.person.story)
    if name is None:
        return
    day = working_day(record.anchor - timedelta(days=98), record.hospital.country)
    if day <= record.born:
        return
    record.add(
        "Procedure",
        ("procedure", name),
        status="completed",
        code={"text": record.say(words.SENTENCES, name)},
        subject=record.subject,
        performedDateTime=record.at(day, 11, 15),
        performer=[{"actor": record.practitioner()}],
        location=record.place("main"),
    )


def _add_report(record: PersonRecord) -> None:
    """An image of the chest without anything to worry about, for those who also have an urgent result."""
    if record.person.urgent is None:
        return
    day = working_day(record.anchor - timedelta(days=6), record.hospital.country)
    name, conclusion = record.say(words.SENTENCES, "chest"), record.say(words.SENTENCES, "clear")
    record.add(
        "DiagnosticReport",
        ("report", "chest"),
        status="final",
        category=[{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0074", "code": "RAD"}]}],
        code={"coding": [{"system": LOINC, "code": "36643-5"}], "text": name},
        subject=record.subject,
        effectiveDateTime=record.at(day, 11, 30),
        issued=record.at(day, 12, 15),
        performer=[record.practitioner()],
        conclusion=conclusion,
        presentedForm=[record.file(name, [conclusion], record.at(day, 12, 15))],
    )


def _add_document(record: PersonRecord) -> None:
    written = record.at(record.anchor - timedelta(days=3), 17, 0)
    name = record.say(words.SENTENCES, "plan" if record.person.story is Story.ASTHMA else "letter")
    seen = f"{record.say(words.SENTENCES, 'seen')} {record.say(words.VISITS, record.person.story.value)}."
    record.add(
        "DocumentReference",
        ("document",),
        status="current",
        type={"text": name},
        subject=record.subject,
        date=written,
        author=[record.practitioner()],
        description=name,
        content=[{"attachment": record.file(name, [seen], written)}],
    )


def _add_condition(record: PersonRecord, code: str, onset: date, coding: JsonObject | None = None) -> None:
    system = "http://hl7.org/fhir/sid/icd-10-cm"
    first = not any(resource["resourceType"] == "Condition" for resource in record.resources)
    name = record.say(words.CONDITIONS, code)
    record.add(
        "Condition",
        ("condition", code),
        clinicalStatus=concept("condition-clinical", "active"),
        verificationStatus=concept("condition-ver-status", "confirmed"),
        category=[concept("condition-category", "problem-list-item")],
        code={"coding": [coding or {"system": system, "code": code}], "text": name},
        subject=record.subject,
        onsetDateTime=onset.isoformat()[: 7 if first else 4],
        recordedDate=record.at(record.anchor + timedelta(days=PAST_DAYS[0]), 10, 40),
        **({"note": [record.note(name + ".", record.anchor - timedelta(days=4))]} if first else {}),
    )


def _add_medicine(
    record: PersonRecord, code: str, coding: JsonObject, status: str = "active", days: int = -189
) -> None:
    directions = record.say(words.DIRECTIONS, code if code in words.DIRECTIONS else "*")
    record.add(
        "MedicationRequest",
        ("medicine", code),
        status=status,
        intent="order",
        medicationCodeableConcept={"coding": [coding], "text": record.say(words.MEDICINES, code)},
        subject=record.subject,
        authoredOn=record.at(record.anchor + timedelta(days=days), 10, 45),
        requester=record.practitioner(),
        dosageInstruction=[{"text": directions, "patientInstruction": directions}],
    )


def _add_allergy(
    record: PersonRecord, code: str, coding: JsonObject | None, sign: str, category: str, criticality: str
) -> None:
    words_of_code = {"text": record.say(words.ALLERGENS, code)}
    record.add(
        "AllergyIntolerance",
        ("allergy", code),
        clinicalStatus=concept("allergyintolerance-clinical", "active"),
        verificationStatus=concept("allergyintolerance-verification", "confirmed"),
        type="allergy",
        category=[category],
        criticality=criticality,
        code={**({"coding": [coding]} if coding else {}), **words_of_code},
        patient=record.subject,
        recordedDate=record.at(record.anchor + timedelta(days=PAST_DAYS[1]), 10, 40),
        reaction=[{"manifestation": [{"text": record.say(words.ALLERGENS, sign)}]}],
    )
