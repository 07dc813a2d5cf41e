"""What a FHIR Patient resource says about who somebody is."""

from datetime import date
from typing import Any

from kernel.plain import plain_document, plain_line
from tenants.people.models import ContactPoint, Patient, PatientName
from tenants.people.names import written
from tenants.people.services import ContactFact, IdentifierFact, NameFact, PatientFacts
from tenants.records.dates import parse_moment

_EXTENSIONS = "http://hl7.org/fhir/StructureDefinition/"
BIRTH_SEX = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex"
PRONOUNS = f"{_EXTENSIONS}individual-pronouns"
ASSEMBLY_ORDER = f"{_EXTENSIONS}humanname-assembly-order"
REPRESENTATION = f"{_EXTENSIONS}iso21090-EN-representation"

_SEXES = {"M": Patient.Sex.MALE, "F": Patient.Sex.FEMALE, "OTH": Patient.Sex.OTHER}
_NAME_USES = {
    "official": PatientName.Use.OFFICIAL,
    "usual": PatientName.Use.USUAL,
    "nickname": PatientName.Use.NICKNAME,
    "maiden": PatientName.Use.MAIDEN,
    "old": PatientName.Use.OLD,
}


def patient_facts(resource: dict[str, Any]) -> PatientFacts:
    """The facts of a valid Patient resource that has its id.

    The official name is today's name, else the usual, else the first; a usual name beside an official one is the
    preferred name. A name in another script (iso21090-EN-representation) is kept for search as a transliteration.
    Signs that nobody sees are left out of every text; the resource itself stays as it came.
    """
    resource = plain_document(resource)
    names = [name for name in resource.get("name", []) if name]
    main = _main_name(names)
    given, family = _parts(main)
    born_on, precision = _birth(resource.get("birthDate", ""))
    deceased_at = resource.get("deceasedDateTime", "")
    replaced_by = [
        link["other"].get("reference", "") for link in resource.get("link", []) if link["type"] == "replaced-by"
    ]
    return PatientFacts(
        fhir_id=resource["id"],
        given_names=given,
        family_names=family,
        family_first=_extension(main, ASSEMBLY_ORDER).get("valueCode") == "F",
        preferred_name=_preferred_name(names, main),
        pronouns=_pronouns(resource),
        gender=resource.get("gender", Patient.Gender.UNKNOWN),
        sex=_SEXES.get(_extension(resource, BIRTH_SEX).get("valueCode", ""), Patient.Sex.UNKNOWN),
        born_on=born_on,
        birth_precision=precision,
        is_deceased=bool(deceased_at) or resource.get("deceasedBoolean", False),
        deceased_at=parse_moment(deceased_at).start if deceased_at else None,
        language=_language(resource),
        country=_country(resource),
        is_active=resource.get("active", True),
        replaced_by_fhir_id=replaced_by[0].removeprefix("Patient/") if replaced_by else "",
        identifiers=_identifiers(resource),
        other_names=tuple(_other_name(name) for name in names if name is not main and any(_parts(name))),
        contact_points=_contact_points(resource),
    )


def _main_name(names: list[dict[str, Any]]) -> dict[str, Any]:
    native = [name for name in names if not _extension(name, REPRESENTATION)] or names
    for use in ("official", "usual"):
        for name in native:
            if name.get("use") == use and any(_parts(name)):
                return name
    return next((name for name in native if any(_parts(name))), {"text": "?"})


def _parts(name: dict[str, Any]) -> tuple[str, str]:
    given = plain_line(" ".join(part for part in name.get("given", []) if part))[:200].strip()
    family = plain_line(name.get("family", ""))[:200].strip()
    return (given, family) if given or family else (plain_line(name.get("text", ""))[:200].strip(), "")


def _other_name(name: dict[str, Any]) -> NameFact:
    use = _NAME_USES.get(name.get("use", ""), PatientName.Use.OLD)
    if _extension(name, REPRESENTATION):
        use = PatientName.Use.TRANSLITERATED
    return NameFact(use, written(*_parts(name)))


def _preferred_name(names: list[dict[str, Any]], main: dict[str, Any]) -> str:
    for use in ("usual", "nickname"):
        for name in names:
            if name is not main and name.get("use") == use and not _extension(name, REPRESENTATION):
                given, family = _parts(name)
                return given or family
    return ""


def _birth(text: str) -> tuple[date | None, str]:
    if not text:
        return None, Patient.BirthPrecision.DAY
    precision = {4: Patient.BirthPrecision.YEAR, 7: Patient.BirthPrecision.MONTH}.get(
        len(text), Patient.BirthPrecision.DAY
    )
    return date.fromisoformat((text + "-01-01")[:10]), precision


def _pronouns(resource: dict[str, Any]) -> str:
    value = _extension(_extension(resource, PRONOUNS), "value").get("valueCodeableConcept", {})
    codings = value.get("coding") or [{}]
    return str(value.get("text") or codings[0].get("display", ""))[:60]


def _language(resource: dict[str, Any]) -> str:
    spoken = resource.get("communication", [])
    for choice in sorted(spoken, key=lambda communication: not communication.get("preferred", False)):
        for coding in choice["language"].get("coding", []):
            if coding.get("code"):
                return str(coding["code"])[:35]
    return str(resource.get("language", ""))[:35]


def _country(resource: dict[str, Any]) -> str:
    countries = [address.get("country", "") for address in resource.get("address", [])]
    return next((country.upper() for country in countries if len(country) == 2), "")


def _identifiers(resource: dict[str, Any]) -> tuple[IdentifierFact, ...]:
    found: dict[tuple[str, str], IdentifierFact] = {}
    for identifier in resource.get("identifier", []):
        value, system = identifier.get("value", "")[:255], identifier.get("system", "")[:255]
        if value and system:
            codings = identifier.get("type", {}).get("coding") or [{}]
            found.setdefault((system, value), IdentifierFact(system, value, codings[0].get("code", "")[:32]))
    return tuple(found.values())


def _contact_points(resource: dict[str, Any]) -> tuple[ContactFact, ...]:
    return tuple(
        ContactFact(
            system=point.get("system", ContactPoint.System.OTHER),
            value=point["value"][:255],
            use=point.get("use", ""),
            rank=rank if isinstance(rank := point.get("rank"), int) and 0 < rank < 32768 else None,
        )
        for point in resource.get("telecom", [])
        if point.get("value") and point.get("use") != "old"
    )


def _extension(element: dict[str, Any], url: str) -> dict[str, Any]:
    extensions = element.get("extension", [])
    if not isinstance(extensions, list):
        return {}
    return next((one for one in extensions if isinstance(one, dict) and one.get("url") == url), {})
