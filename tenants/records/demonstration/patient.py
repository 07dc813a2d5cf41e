"""Who the patient is and who cares for them."""

from datetime import timedelta

from tenants.records.demonstration.record import PersonRecord
from tenants.records.demonstration.writing import JsonObject, name_of_patient, write_address
from tenants.records.patients import ASSEMBLY_ORDER, BIRTH_SEX, PRONOUNS, REPRESENTATION


def add_patient(record: PersonRecord) -> None:
    person, hospital = record.person, record.hospital
    names = [name_of_patient("official", person.given, person.family)]
    if person.preferred:
        names.append(name_of_patient("usual", person.preferred, person.family))
    if person.former_family:
        names.append(name_of_patient("maiden", person.given, person.former_family))
    if any(person.latin):
        latin = name_of_patient("official", *person.latin)
        latin["extension"] = [{"url": REPRESENTATION, "valueCode": "ABC"}]
        names.append(latin)
    extensions: list[JsonObject] = [{"url": BIRTH_SEX, "valueCode": person.sex}]
    if person.pronouns:
        value = {"url": "value", "valueCodeableConcept": {"text": person.pronouns}}
        extensions.append({"url": PRONOUNS, "extension": [value]})
    if person.key == "wei":
        names[0]["extension"] = [{"url": ASSEMBLY_ORDER, "valueCode": "F"}]
    number = f"{record.position + 11:02d}"
    record.resources.append(
        {
            "resourceType": "Patient",
            "id": record.id("patient", person.key),
            "extension": extensions,
            "identifier": [
                {
                    "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR"}]},
                    "system": f"urn:portico:{hospital.slug}:mrn",
                    "value": f"{hospital.slug[:2].upper()}-{4100 + record.position * 7}",
                }
            ],
            "active": True,
            "name": names,
            "telecom": [
                {"system": "phone", "value": hospital.phone.format(number), "use": "mobile", "rank": 1},
                {"system": "email", "value": person.email, "use": "home", "rank": 2},
            ],
            "gender": "female" if person.sex == "F" else "male",
            "birthDate": record.born.isoformat(),
            "address": [write_address(hospital, 3 + record.position * 4)],
            "communication": [
                {
                    "language": {"coding": [{"system": "urn:ietf:bcp:47", "code": hospital.language}]},
                    "preferred": True,
                }
            ],
            "generalPractitioner": [record.practitioner()],
        }
    )


def add_care_team(record: PersonRecord) -> None:
    record.add(
        "CareTeam",
        ("care-team",),
        status="active",
        subject=record.subject,
        period={"start": (record.anchor - timedelta(days=400)).isoformat()},
        participant=[{"member": record.practitioner()}],
    )
