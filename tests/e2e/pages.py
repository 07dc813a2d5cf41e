"""Every page that a person can open, by name, with the status it answers."""

from uuid import UUID

from tenants.records.models import Resource
from tests.e2e.conftest import Furnished

_HBA1C = "http://loinc.org|4548-4"
_MAIN = {"northfield": "james", "santalucia": "mateo", "alwaha": "layla"}

PATIENT_PAGES = {
    "home": 200,
    "visits": 200,
    "visit": 200,
    "results": 200,
    "result": 200,
    "health": 200,
    "measurements": 200,
    "conditions": 200,
    "allergies": 200,
    "medicines": 200,
    "vaccines": 200,
    "procedures": 200,
    "documents": 200,
    "settings": 200,
    "accessibility": 200,
    "missing": 404,
}
OWN_PAGES = {"who-looked": 200}
HELPER_PAGES = {"viewing": 200}
STAFF_PAGES = {"my-day": 200, "search": 200, "found": 200, "chart": 200, "missing-chart": 404}
PUBLIC_PAGES = {"front-door": 200, "settings": 200, "accessibility": 200, "missing": 404}

_PLAIN = {
    "home": "/",
    "front-door": "/",
    "visits": "/visits/",
    "results": "/results/",
    "health": "/health/",
    "measurements": "/health/measurements/",
    "who-looked": "/health/who-looked/",
    "viewing": "/viewing/",
    "settings": "/account/settings/",
    "accessibility": "/accessibility/",
    "missing": "/nothing-here/",
    "my-day": "/staff/",
    "search": "/staff/patients/",
    "missing-chart": "/staff/patients/00000000-0000-7000-8000-000000000000/",
}


def address_of(place: Furnished, name: str) -> str:
    """The address of a page in a furnished hospital."""
    if name in _PLAIN:
        return _PLAIN[name]
    patient = place.patient(_MAIN[place.kind])
    if name == "found":
        return f"/staff/patients/?q={patient.family_names}"
    if name == "chart":
        return f"/staff/patients/{patient.pk}/"
    if name in ("visit", "result"):
        return f"/{name}s/{place.inside(lambda: _newest(patient.pk, name))}/"
    return f"/health/{name}/"


def _newest(patient: UUID, name: str) -> object:
    rows = Resource.objects.filter(patient=patient)
    if name == "visit":
        return rows.filter(type="Appointment", status="booked").order_by("starts").values_list("pk", flat=True)[0]
    results = rows.filter(type="Observation", category="laboratory").order_by("-starts", "-id")
    return (
        results.filter(code=_HBA1C).values_list("pk", flat=True).first() or results.values_list("pk", flat=True).first()
    )
