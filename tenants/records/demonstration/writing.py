"""FHIR as the demonstration writes it: ids, bundles, and the elements that come again and again."""

from typing import Any
from uuid import UUID, uuid5

from tenants.records.bundles import write_json
from tenants.records.demonstration.people import DemoClinician, DemoHospital

JsonObject = dict[str, Any]

LOINC = "http://loinc.org"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
_NAMESPACE = UUID("0d9f3c1e-6f1b-5d0e-9b57-7a3b1c2d4e5f")
_HTEST = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ActReason",
    "code": "HTEST",
    "display": "test health data",
}


def demonstration_id(hospital: DemoHospital, *role: object) -> str:
    """The FHIR id of what plays ``role`` in a hospital: ``("patient", "james")``, ``("practitioner", "osei")``."""
    return str(uuid5(_NAMESPACE, "/".join([hospital.slug, *map(str, role)])))


def write_bundle(resources: list[JsonObject]) -> bytes:
    """The bytes of a transaction bundle that puts these resources under their ids, each labelled as test data."""
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


def write_address(hospital: DemoHospital, number: int) -> JsonObject:
    """The Address of a house in the hospital's street."""
    return {
        "use": "home",
        "line": [hospital.street.format(number)],
        "city": hospital.city,
        "state": hospital.state,
        "postalCode": hospital.postal_code,
        "country": hospital.country,
    }


def name_of_clinician(clinician: DemoClinician) -> JsonObject:
    """The HumanName of somebody who treats patients."""
    return {
        "use": "official",
        "text": clinician.full_name,
        "prefix": [clinician.prefix],
        "given": [clinician.given],
        "family": clinician.family,
    }


def name_of_patient(use: str, given: str, family: str) -> JsonObject:
    """A HumanName of which parts may be missing."""
    return {"use": use, **({"family": family} if family else {}), **({"given": [given]} if given else {})}


def concept(system: str, code: str) -> JsonObject:
    """A CodeableConcept of one of HL7's own code systems."""
    return {"coding": [{"system": f"http://terminology.hl7.org/CodeSystem/{system}", "code": code}]}
