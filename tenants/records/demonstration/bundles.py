"""The demonstration's clinical records: invented people with believable courses, as bundles for the product's importer.

Values, diagnoses and medicines of adults come from ``carebundle``; names, ages, addresses, words, courses over time,
reference ranges, visits and children are ours. The same hospital, anchor, canaries and seed give the same bytes. Every
resource carries HTEST, FHIR's label for test data.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from tenants.records.demonstration import words
from tenants.records.demonstration.health import add_health
from tenants.records.demonstration.measurements import add_urgent_result
from tenants.records.demonstration.patient import add_care_team, add_patient
from tenants.records.demonstration.people import DemoHospital
from tenants.records.demonstration.record import PersonRecord
from tenants.records.demonstration.visits import add_coming_visits, add_past_visits
from tenants.records.demonstration.words import say
from tenants.records.demonstration.writing import (
    JsonObject,
    demonstration_id,
    name_of_clinician,
    write_address,
    write_bundle,
)


@dataclass(frozen=True, slots=True)
class DemoBundle:
    """One file of the demonstration. ``person`` is empty for the hospital's own file, which comes first."""

    name: str
    content: bytes
    person: str
    patient_fhir_id: str


def demonstration_bundles(
    hospital: DemoHospital, *, anchor: date, canaries: Mapping[str, str], seed: int = 1
) -> tuple[DemoBundle, ...]:
    """All files of a hospital, the hospital's own first.

    ``anchor`` is the day that counts as today. ``canaries`` has a text for each person's key and one for the hospital
    under ``""``: it appears in notes, letters and places, so that a leak can be seen. Missing ones are left out.
    """
    place = _hospital_bundle(hospital, canaries.get("", ""))
    people = [
        _person_bundle(PersonRecord(hospital, person, position, anchor, canaries.get(person.key, ""), seed))
        for position, person in enumerate(hospital.people)
    ]
    return (place, *people)


def _hospital_bundle(hospital: DemoHospital, canary: str) -> DemoBundle:
    organization = demonstration_id(hospital, "organization")
    resources: list[JsonObject] = [
        {
            "resourceType": "Organization",
            "id": organization,
            "active": True,
            "name": hospital.name,
            **({"alias": [canary]} if canary else {}),
            "address": [write_address(hospital, 1)],
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
                "name": [name_of_clinician(clinician)],
                "gender": clinician.gender,
                "qualification": [{"code": {"text": say(words.SPECIALTIES, clinician.specialty, hospital.language)}}],
            }
        )
    return DemoBundle("hospital.json", write_bundle(resources), "", "")


def _person_bundle(record: PersonRecord) -> DemoBundle:
    add_patient(record)
    add_care_team(record)
    add_past_visits(record)
    add_urgent_result(record)
    add_health(record)
    add_coming_visits(record)
    key = record.person.key
    return DemoBundle(f"{key}.json", write_bundle(record.resources), key, record.id("patient", key))
