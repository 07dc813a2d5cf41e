"""Every page that a person can open, by name, with the status it answers."""

from uuid import UUID

from kernel.audit.models import AuditEntry
from tenants.records.models import Resource
from tests.e2e.conftest import Furnished

_HBA1C = "http://loinc.org|4548-4"
_MAIN = {"northfield": "james", "santalucia": "mateo", "alwaha": "layla"}
_CLINICIAN = {"northfield": "osei", "santalucia": "robledo", "alwaha": "najjar"}

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
STAFF_PAGES = {
    "my-day": 200,
    "search": 200,
    "found": 200,
    "chart": 200,
    "chart-reports": 200,
    "chart-documents": 200,
    "missing-chart": 404,
}
PUBLIC_PAGES = {"front-door": 200, "api-docs": 200, "settings": 200, "accessibility": 200, "missing": 404}

DESK_PAGES = {"desk-day": 200, "desk-found": 200, "no-permission": 403}
BILLING_PAGES = {"billing-start": 200}
MANAGE_PAGES = {
    "manage": 200,
    "manage-staff": 200,
    "manage-staff-nothing": 200,
    "manage-staff-invite": 200,
    "manage-staff-roles": 200,
    "manage-staff-practitioner": 200,
    "manage-staff-end": 200,
    "manage-roles": 200,
    "manage-role": 200,
    "manage-role-add": 200,
    "manage-audit": 200,
    "manage-audit-problem": 200,
    "manage-audit-entry": 200,
    "manage-audit-patient": 403,
}
OFFICER_PAGES = {"officer": 200, "officer-staff": 200, "officer-patient": 200, "officer-found": 200}
SIGNED_OUT_PAGES = {"sign-in": 200, "sign-in-code": 200, "sign-in-forgot": 200}
SECURITY_PAGES = {"security": 200, "devices": 200, "password": 200, "passkey": 200, "app": 200}

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
    "api-docs": "/api/v1/docs",
    "my-day": "/staff/",
    "search": "/staff/patients/",
    "desk-day": "/staff/",
    "no-permission": "/manage/",
    "billing-start": "/staff/start/",
    "manage": "/manage/",
    "manage-staff": "/manage/staff/",
    "manage-staff-nothing": "/manage/staff/?q=zzzz",
    "manage-staff-invite": "/manage/staff/invite/",
    "manage-roles": "/manage/roles/",
    "manage-role": "/manage/roles/clinician/",
    "manage-role-add": "/manage/roles/add/",
    "manage-audit": "/manage/audit/",
    "manage-audit-problem": "/manage/audit/?since=2026-03-02&until=2026-03-01",
    "manage-audit-patient": "/manage/audit/patient/",
    "officer": "/manage/",
    "officer-staff": "/manage/staff/",
    "officer-patient": "/manage/audit/patient/",
    "sign-in": "/sign-in/",
    "sign-in-code": "/sign-in/code/",
    "sign-in-forgot": "/sign-in/forgot/",
    "security": "/account/security/",
    "devices": "/account/devices/",
    "password": "/account/security/password/",
    "passkey": "/account/security/passkey/",
    "app": "/account/security/app/",
    "missing-chart": "/staff/patients/00000000-0000-7000-8000-000000000000/",
}


# The provider's pages: address and status. ``{...}`` are filled in from what the test has made.
CONSOLE_PAGES = {
    "overview": ("/", 200),
    "search": ("/search/?q=a", 200),
    "hospitals": ("/hospitals/", 200),
    "hospitals-nothing": ("/hospitals/?q=zzzz", 200),
    "hospital-add": ("/hospitals/add/", 200),
    "hospital-making": ("/hospitals/making/{making}/", 200),
    "hospital": ("/hospitals/at/{slug}/", 200),
    "hospital-people": ("/hospitals/at/{slug}/people/", 200),
    "hospital-events": ("/hospitals/at/{slug}/events/", 200),
    "hospital-rename": ("/hospitals/at/{slug}/rename/", 200),
    "hospital-telephone": ("/hospitals/at/{slug}/telephone/", 200),
    "hospital-suspend": ("/hospitals/at/{slug}/suspend/", 200),
    "networks": ("/networks/", 200),
    "network": ("/networks/{network}/", 200),
    "network-invite": ("/networks/{network}/invite/", 200),
    "operators": ("/operators/", 200),
    "operator-invite": ("/operators/invite/", 200),
    "operator-end": ("/operators/{operator}/end/", 200),
    "audit": ("/audit/", 200),
    "audit-entry": ("/audit/{entry}/", 200),
    "health": ("/health/", 200),
    "reading": ("/reading/", 200),
    "security": ("/account/security/", 200),
    "missing": ("/nothing-here/", 404),
}
READER_PAGES = {"no-permission": ("/operators/invite/", 403)}
CONSOLE_SIGNED_OUT_PAGES = {"sign-in": ("/sign-in/", 200), "sign-in-code": ("/sign-in/code/", 200)}
NETWORK_PAGES = {"own-network": ("/", 200), "network-missing": ("/nothing-here/", 404)}
NETWORK_SIGNED_OUT_PAGES = {"network-sign-in": ("/sign-in/", 200)}


def address_of(place: Furnished, name: str) -> str:
    """The address of a page in a furnished hospital."""
    if name in _PLAIN:
        return _PLAIN[name]
    patient = place.patient(_MAIN[place.kind])
    if name == "manage-staff-practitioner":
        return f"/manage/staff/{place.accounts[_CLINICIAN[place.kind]].pk}/practitioner/"
    if name in ("manage-staff-roles", "manage-staff-end"):
        return f"/manage/staff/{place.accounts['frontdesk'].pk}/{name.removeprefix('manage-staff-')}/"
    if name == "manage-audit-entry":
        return f"/manage/audit/{place.inside(lambda: AuditEntry.objects.latest('at').pk)}/"
    if name == "officer-found":
        return f"/manage/audit/patient/?words={patient.family_names}"
    if name in ("found", "desk-found"):
        return f"/staff/patients/?q={patient.family_names}"
    if name.startswith("chart"):
        return f"/staff/patients/{patient.pk}/{name[6:]}{'/' if name[6:] else ''}"
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
