"""The one table of search parameters: what is extracted from a resource, how it is searched, what we declare to others.

Names, types and meanings are those of FHIR R4 (a test compares every line with the specification's own list).
A line gives the path of the values in our path language (paths.py). ``column`` says that the value is a column of the
resource table and needs no entry in an index.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from tenants.records.paths import Finder, finder


class Kind(StrEnum):
    """The types of R4's search parameters that we serve."""

    TOKEN = "token"  # noqa: S105 -- FHIR's word for a coded value
    REFERENCE = "reference"
    STRING = "string"
    DATE = "date"
    QUANTITY = "quantity"


# The token of what must not be done.
DO_NOT_PERFORM = "do-not-perform"


class Column(StrEnum):
    """Values that are columns of the resource table."""

    PATIENT = "patient"
    STATUS = "status"
    CLINICAL_TIME = "clinical_time"


@dataclass(frozen=True, slots=True)
class SearchParameter:
    """How one search parameter of one resource type finds its values."""

    resource_type: str
    name: str
    kind: Kind
    path: str
    targets: tuple[str, ...] = ()
    column: Column | None = None
    find: Finder = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "find", finder(self.path))

    @property
    def key(self) -> str:
        """The name under which values stand in the table of strings, dates and quantities."""
        return f"{self.resource_type}.{self.name}"


@dataclass(frozen=True, slots=True)
class ResourceDeclaration:
    """What the columns of the resource table are made of for one type, and its search parameters."""

    resource_type: str
    patient: Finder | None
    status: Finder | None
    category: Finder | None
    code: Finder | None
    clinical_time: Finder | None
    clinical_end: Finder | None
    minutes: Finder | None
    participants: Finder | None
    must_not: Finder | None
    parameters: tuple[SearchParameter, ...]
    indexed: tuple[SearchParameter, ...]
    by_name: Mapping[str, SearchParameter]


def _token(name: str, path: str) -> tuple[str, Kind, str, tuple[str, ...], Column | None]:
    return name, Kind.TOKEN, path, (), None


def _status(name: str, path: str) -> tuple[str, Kind, str, tuple[str, ...], Column | None]:
    return name, Kind.TOKEN, path, (), Column.STATUS


def _reference(name: str, path: str, *targets: str) -> tuple[str, Kind, str, tuple[str, ...], Column | None]:
    return name, Kind.REFERENCE, path, targets, None


def _patient(path: str) -> tuple[str, Kind, str, tuple[str, ...], Column | None]:
    return "patient", Kind.REFERENCE, path, ("Patient",), Column.PATIENT


def _string(name: str, path: str) -> tuple[str, Kind, str, tuple[str, ...], Column | None]:
    return name, Kind.STRING, path, (), None


def _date(name: str, path: str) -> tuple[str, Kind, str, tuple[str, ...], Column | None]:
    return name, Kind.DATE, path, (), None


def _clinical_time(name: str, path: str) -> tuple[str, Kind, str, tuple[str, ...], Column | None]:
    return name, Kind.DATE, path, (), Column.CLINICAL_TIME


def _quantity(name: str, path: str) -> tuple[str, Kind, str, tuple[str, ...], Column | None]:
    return name, Kind.QUANTITY, path, (), None


def _declare(
    resource_type: str,
    *lines: tuple[str, Kind, str, tuple[str, ...], Column | None],
    category: str | None = None,
    code: str | None = None,
    status: str | None = None,
    clinical_end: str | None = None,
    minutes: str | None = None,
    participants: str | None = None,
    must_not: str | None = None,
) -> ResourceDeclaration:
    """``status`` is given only where R4 has no search parameter for what we keep as the status.

    ``clinical_end`` and ``minutes`` lead to the end and the length of what R4 searches by its start alone;
    ``participants`` to those who may have declined, or taken part for a time only; ``must_not`` to what turns the
    whole into its contrary, for which R4 has no search parameter.
    """
    parameters = tuple(SearchParameter(resource_type, *line) for line in lines)
    columns = {parameter.column: parameter.find for parameter in parameters if parameter.column}
    return ResourceDeclaration(
        resource_type=resource_type,
        patient=columns.get(Column.PATIENT),
        status=finder(status) if status else columns.get(Column.STATUS),
        category=finder(category) if category else None,
        code=finder(code) if code else None,
        clinical_time=columns.get(Column.CLINICAL_TIME),
        clinical_end=finder(clinical_end) if clinical_end else None,
        minutes=finder(minutes) if minutes else None,
        participants=finder(participants) if participants else None,
        must_not=finder(must_not) if must_not else None,
        parameters=parameters,
        indexed=tuple(parameter for parameter in parameters if parameter.column is None),
        by_name=MappingProxyType({parameter.name: parameter for parameter in parameters}),
    )


_ADDRESS = (
    _string("address-city", "address.city"),
    _string("address-postalcode", "address.postalCode"),
)

_DECLARATIONS = (
    _declare(
        "Patient",
        _token("identifier", "identifier"),
        _token("active", "active"),
        _string("name", "name"),
        _string("family", "name.family"),
        _string("given", "name.given"),
        _token("gender", "gender"),
        _date("birthdate", "birthDate"),
        _date("death-date", "deceased:dateTime"),
        _token("phone", "telecom[system=phone]"),
        _token("email", "telecom[system=email]"),
        _token("language", "communication.language"),
        *_ADDRESS,
        _reference("general-practitioner", "generalPractitioner", "Practitioner", "Organization"),
        _reference("organization", "managingOrganization", "Organization"),
        _reference("link", "link.other", "Patient"),
        status="active",
    ),
    _declare(
        "Encounter",
        _patient("subject"),
        _status("status", "status"),
        _token("identifier", "identifier"),
        _token("class", "class"),
        _token("type", "type"),
        _clinical_time("date", "period"),
        _reference("appointment", "appointment", "Appointment"),
        _reference("participant", "participant.individual", "Practitioner"),
        _reference("location", "location.location", "Location"),
        _reference("service-provider", "serviceProvider", "Organization"),
        _token("reason-code", "reasonCode"),
        category="class",
        code="type",
    ),
    _declare(
        "Condition",
        _patient("subject"),
        _status("clinical-status", "clinicalStatus"),
        _token("verification-status", "verificationStatus"),
        _token("identifier", "identifier"),
        _token("category", "category"),
        _token("code", "code"),
        _token("severity", "severity"),
        _clinical_time("onset-date", "onset:dateTime,Period"),
        _date("abatement-date", "abatement:dateTime,Period"),
        _date("recorded-date", "recordedDate"),
        _reference("encounter", "encounter", "Encounter"),
        category="category",
        code="code",
    ),
    _declare(
        "AllergyIntolerance",
        _patient("patient"),
        _status("clinical-status", "clinicalStatus"),
        _token("verification-status", "verificationStatus"),
        _token("identifier", "identifier"),
        _token("category", "category"),
        _token("criticality", "criticality"),
        _token("code", "code | reaction.substance"),
        _token("manifestation", "reaction.manifestation"),
        _clinical_time("date", "recordedDate"),
        category="category",
        code="code",
    ),
    _declare(
        "MedicationRequest",
        _patient("subject"),
        _status("status", "status"),
        _token("intent", "intent"),
        _token("identifier", "identifier"),
        _token("category", "category"),
        _token("code", "medication:CodeableConcept"),
        _clinical_time("authoredon", "authoredOn"),
        _reference("encounter", "encounter", "Encounter"),
        _reference("requester", "requester", "Practitioner", "Organization", "Patient"),
        category="category",
        code="medication:CodeableConcept",
        must_not="doNotPerform",
    ),
    _declare(
        "MedicationStatement",
        _patient("subject"),
        _status("status", "status"),
        _token("identifier", "identifier"),
        _token("category", "category"),
        _token("code", "medication:CodeableConcept"),
        _clinical_time("effective", "effective:dateTime,Period"),
        _reference("context", "context", "Encounter"),
        category="category",
        code="medication:CodeableConcept",
    ),
    _declare(
        "Immunization",
        _patient("patient"),
        _status("status", "status"),
        _token("identifier", "identifier"),
        _token("vaccine-code", "vaccineCode"),
        _string("lot-number", "lotNumber"),
        _clinical_time("date", "occurrence:dateTime"),
        _reference("location", "location", "Location"),
        code="vaccineCode",
    ),
    _declare(
        "Procedure",
        _patient("subject"),
        _status("status", "status"),
        _token("identifier", "identifier"),
        _token("category", "category"),
        _token("code", "code"),
        _clinical_time("date", "performed:dateTime,Period"),
        _reference("encounter", "encounter", "Encounter"),
        _reference("performer", "performer.actor", "Practitioner", "Organization"),
        category="category",
        code="code",
    ),
    _declare(
        "Observation",
        _patient("subject"),
        _status("status", "status"),
        _token("identifier", "identifier"),
        _token("category", "category"),
        _token("code", "code"),
        _token("component-code", "component.code"),
        _clinical_time("date", "effective:dateTime,Period,instant"),
        _quantity("value-quantity", "value:Quantity"),
        _token("value-concept", "value:CodeableConcept"),
        _quantity("component-value-quantity", "component.value:Quantity"),
        _reference("encounter", "encounter", "Encounter"),
        _reference("performer", "performer", "Practitioner", "Organization"),
        _reference("has-member", "hasMember", "Observation"),
        category="category",
        code="code",
    ),
    _declare(
        "DiagnosticReport",
        _patient("subject"),
        _status("status", "status"),
        _token("identifier", "identifier"),
        _token("category", "category"),
        _token("code", "code"),
        _clinical_time("date", "effective:dateTime,Period"),
        _date("issued", "issued"),
        _reference("encounter", "encounter", "Encounter"),
        _reference("result", "result", "Observation"),
        _reference("performer", "performer", "Practitioner", "Organization"),
        category="category",
        code="code",
    ),
    _declare(
        "DocumentReference",
        _patient("subject"),
        _status("status", "status"),
        _token("identifier", "masterIdentifier | identifier"),
        _token("category", "category"),
        _token("type", "type"),
        _clinical_time("date", "date"),
        _reference("author", "author", "Practitioner", "Organization", "Patient"),
        _reference("encounter", "context.encounter", "Encounter"),
        category="category",
        code="type",
    ),
    _declare(
        "Appointment",
        _patient("participant.actor"),
        _status("status", "status"),
        _token("identifier", "identifier"),
        _token("service-type", "serviceType"),
        _token("specialty", "specialty"),
        _token("appointment-type", "appointmentType"),
        _clinical_time("date", "start"),
        _reference("practitioner", "participant.actor", "Practitioner"),
        _reference("location", "participant.actor", "Location"),
        category="serviceCategory",
        code="serviceType",
        clinical_end="end",
        minutes="minutesDuration",
        participants="participant",
    ),
    _declare(
        "CarePlan",
        _patient("subject"),
        _status("status", "status"),
        _token("identifier", "identifier"),
        _token("category", "category"),
        _token("intent", "intent"),
        _clinical_time("date", "period"),
        _reference("encounter", "encounter", "Encounter"),
        _reference("condition", "addresses", "Condition"),
        _reference("goal", "goal", "Goal"),
        category="category",
        code="category",
    ),
    _declare(
        "CareTeam",
        _patient("subject"),
        _status("status", "status"),
        _token("identifier", "identifier"),
        _token("category", "category"),
        _clinical_time("date", "period"),
        _reference("participant", "participant.member", "Practitioner", "Organization", "Patient"),
        category="category",
        participants="participant",
    ),
    _declare(
        "Goal",
        _patient("subject"),
        _status("lifecycle-status", "lifecycleStatus"),
        _token("identifier", "identifier"),
        _token("achievement-status", "achievementStatus"),
        _clinical_time("start-date", "start:date"),
        category="category",
        code="description",
    ),
    _declare(
        "Practitioner",
        _token("identifier", "identifier"),
        _token("active", "active"),
        _string("name", "name"),
        _string("family", "name.family"),
        _string("given", "name.given"),
        status="active",
    ),
    _declare(
        "Organization",
        _token("identifier", "identifier"),
        _token("active", "active"),
        _token("type", "type"),
        _string("name", "name | alias"),
        status="active",
        code="type",
    ),
    _declare(
        "Location",
        _status("status", "status"),
        _token("identifier", "identifier"),
        _token("type", "type"),
        _string("name", "name | alias"),
        _reference("organization", "managingOrganization", "Organization"),
        code="type",
    ),
    _declare(
        "Medication",
        _status("status", "status"),
        _token("identifier", "identifier"),
        _token("code", "code"),
        _token("form", "form"),
        code="code",
    ),
    _declare(
        "Claim",
        _patient("patient"),
        _status("status", "status"),
        _token("identifier", "identifier"),
        _token("use", "use"),
        _clinical_time("created", "created"),
        _reference("provider", "provider", "Practitioner", "Organization"),
        category="type",
    ),
    _declare(
        "ExplanationOfBenefit",
        _patient("patient"),
        _status("status", "status"),
        _token("identifier", "identifier"),
        _clinical_time("created", "created"),
        _reference("claim", "claim", "Claim"),
        _reference("provider", "provider", "Practitioner", "Organization"),
        category="type",
    ),
)

DECLARATIONS: Mapping[str, ResourceDeclaration] = MappingProxyType(
    {declaration.resource_type: declaration for declaration in _DECLARATIONS}
)
