"""Small FHIR resources and bundles to vary in tests."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

import orjson

_NAMESPACE = UUID("5b6a0e8e-3f0e-4a52-9a3e-0c1d2e3f4a5b")
LOINC = "http://loinc.org"
HBA1C = f"{LOINC}|4548-4"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)

Resource = dict[str, Any]


def fhir_id(role: str) -> str:
    """A stable id for a role in a test."""
    return str(uuid5(_NAMESPACE, role))


def urn(role: str) -> str:
    """How another entry of the bundle refers to it."""
    return f"urn:uuid:{fhir_id(role)}"


def patient(role: str = "ana", **changes: Any) -> Resource:
    """A patient with one official name and a record number."""
    return {
        "resourceType": "Patient",
        "id": fhir_id(role),
        "identifier": [{"system": "https://hospital.test/mrn", "value": f"MRN-{role}"}],
        "name": [{"use": "official", "family": "Núñez", "given": ["Ana", "María"]}],
        "telecom": [{"system": "phone", "value": "+34 600 123 456"}],
        "gender": "female",
        "birthDate": "1980-02-29",
        **changes,
    }


def observation(role: str = "hba1c", about: str = "ana", **changes: Any) -> Resource:
    """A laboratory result with an exact decimal value."""
    return {
        "resourceType": "Observation",
        "id": fhir_id(role),
        "status": "final",
        "category": [
            {
                "coding": [
                    {
                        "system": "http://terminology.hl7.org/CodeSystem/observation-category",
                        "code": "laboratory",
                    }
                ]
            }
        ],
        "code": {"coding": [{"system": LOINC, "code": "4548-4"}], "text": "HbA1c"},
        "subject": {"reference": urn(about)},
        "effectiveDateTime": "2026-11-18T09:30:00+01:00",
        "valueQuantity": {"value": 6.9, "unit": "%", "system": "http://unitsofmeasure.org", "code": "%"},
        **changes,
    }


def condition(role: str = "diabetes", about: str = "ana", **changes: Any) -> Resource:
    """An active problem."""
    return {
        "resourceType": "Condition",
        "id": fhir_id(role),
        "clinicalStatus": {
            "coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]
        },
        "code": {"text": "Type 2 diabetes"},
        "subject": {"reference": urn(about)},
        "onsetDateTime": "2019",
        **changes,
    }


def quantity(value: float, unit: str = "%") -> dict[str, Any]:
    """A measured value in a unit of UCUM."""
    return {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}


def encounter(role: str = "visit", about: str = "ana", **changes: Any) -> Resource:
    """A finished visit."""
    return {
        "resourceType": "Encounter",
        "id": fhir_id(role),
        "status": "finished",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
        "type": [{"text": "Follow-up"}],
        "subject": {"reference": urn(about)},
        "period": {"start": "2026-11-18T09:00:00+01:00", "end": "2026-11-18T09:30:00+01:00"},
        **changes,
    }


def appointment(role: str = "next", about: str = "ana", **changes: Any) -> Resource:
    """A booked visit."""
    return {
        "resourceType": "Appointment",
        "id": fhir_id(role),
        "status": "booked",
        "description": "Diabetes follow-up",
        "start": "2026-12-01T10:20:00Z",
        "end": "2026-12-01T10:50:00Z",
        "participant": [{"actor": {"reference": urn(about)}, "status": "accepted"}],
        **changes,
    }


def practitioner(role: str = "osei", **changes: Any) -> Resource:
    """A clinician with a national number."""
    return {
        "resourceType": "Practitioner",
        "id": fhir_id(role),
        "identifier": [{"system": "https://hospital.test/staff", "value": f"S-{role}"}],
        "name": [{"prefix": ["Dr."], "given": ["Amara"], "family": "Osei"}],
        **changes,
    }


def entry(resource: Any) -> dict[str, Any]:
    """An entry of a transaction whose fullUrl follows from the id."""
    identity = resource.get("id") if isinstance(resource, dict) else None
    kind = resource.get("resourceType") if isinstance(resource, dict) else None
    return {
        "fullUrl": f"urn:uuid:{identity}",
        "resource": resource,
        "request": {"method": "POST", "url": kind},
    }


def bundle(*resources: Any) -> bytes:
    """The bytes of a transaction bundle."""
    return orjson.dumps(
        {"resourceType": "Bundle", "type": "transaction", "entry": [entry(resource) for resource in resources]}
    )


def without(resource: Resource, name: str) -> Resource:
    """The resource without an element."""
    return {key: value for key, value in resource.items() if key != name}
