"""What the programming interface shows of each thing. One serializer to read it with, one to write it with."""

from typing import Any, ClassVar

import orjson
from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from tenants.people.models import Patient
from tenants.records.models import Resource

_PATIENT = "01a207d4-c062-70d7-a7f0-8d37dd956676"
_ROW = "01a207d4-c2a1-7c0e-9b1d-4f0f3d6a2b11"


def _shown(value: dict[str, Any]) -> Any:
    """Show ``value`` as an example of an answer."""
    return extend_schema_serializer(examples=[OpenApiExample("answer", value=value, response_only=True)])


@_shown(
    {
        "name": "Northfield University Medical Center",
        "slug": "northfield",
        "country": "US",
        "time_zone": "America/Chicago",
        "languages": ["en", "es"],
        "emergency_phone": "911",
    }
)
class HospitalSerializer(serializers.Serializer[Any]):
    """The public profile of a hospital."""

    name = serializers.CharField()
    slug = serializers.CharField()
    country = serializers.CharField(help_text="ISO 3166-1 alpha-2")
    time_zone = serializers.CharField(help_text="IANA name")
    languages = serializers.ListField(child=serializers.CharField(), help_text="BCP 47, the default first")
    emergency_phone = serializers.CharField(help_text="the hospital's, else the country's")


class LinkedPatientSerializer(serializers.Serializer[Any]):
    """A patient the account stands for, and how far."""

    id = serializers.UUIDField()
    scopes = serializers.ListField(child=serializers.CharField(), help_text='"self", or the slices that were opened')


@_shown(
    {
        "account": "01a207d4-be10-7f52-8f5e-2c1b9d3a7e01",
        "name": "Ana Ruiz",
        "roles": ["patient"],
        "permissions": ["people.view", "records.view_results"],
        "patients": [{"id": _PATIENT, "scopes": ["self"]}],
    }
)
class MeSerializer(serializers.Serializer[Any]):
    """Who calls, and what the call may do."""

    account = serializers.UUIDField()
    name = serializers.CharField()
    roles = serializers.ListField(child=serializers.CharField())
    permissions = serializers.ListField(child=serializers.CharField())
    patients = LinkedPatientSerializer(many=True)


@_shown(
    {
        "id": _PATIENT,
        "fhir_id": "ana-ruiz",
        "name": "Ana Ruiz",
        "given_names": "Ana",
        "family_names": "Ruiz",
        "preferred_name": "",
        "pronouns": "",
        "gender": "female",
        "born_on": "1984-02-29",
        "is_deceased": False,
        "language": "es",
    }
)
class PatientSerializer(serializers.ModelSerializer[Patient]):
    """Who a patient is."""

    name = serializers.CharField(source="full_name")
    born_on = serializers.SerializerMethodField()

    class Meta:
        model = Patient
        fields: ClassVar = [
            "id", "fhir_id", "name", "given_names", "family_names", "preferred_name", "pronouns", "gender", "born_on",
            "is_deceased", "language",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(
        {
            "type": "string",
            "nullable": True,
            "description": "a FHIR date, as far as it is known: 1984, 1984-02 or 1984-02-29",
        }
    )
    def get_born_on(self, patient: Patient) -> str | None:
        """The date of birth with no more precision than is known."""
        if patient.born_on is None:
            return None
        known = {Patient.BirthPrecision.YEAR: 4, Patient.BirthPrecision.MONTH: 7}
        return patient.born_on.isoformat()[: known.get(Patient.BirthPrecision(patient.birth_precision), 10)]


class ResourceSerializer(serializers.ModelSerializer[Resource]):
    """A clinical fact: the few things one filters by, and the FHIR R4 resource as it is stored."""

    patient = serializers.UUIDField(source="patient_id")
    effective_at = serializers.DateTimeField(
        source="starts", allow_null=True, help_text="when it was taken, began or was recorded"
    )
    effective_until = serializers.DateTimeField(
        source="ends",
        allow_null=True,
        help_text="the end of that time, not part of it: a date without a time covers its whole day, month or year",
    )
    fhir = serializers.SerializerMethodField()

    class Meta:
        model = Resource
        fields: ClassVar = [
            "id", "fhir_id", "patient", "category", "code", "status", "effective_at", "effective_until", "source",
            "received_at", "fhir",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field({"type": "object", "description": "The resource, FHIR R4 (4.0.1)"})
    def get_fhir(self, row: Resource) -> orjson.Fragment:
        """The stored bytes."""
        return orjson.Fragment(bytes(row.content))


@_shown(
    {
        "id": _ROW,
        "fhir_id": "hba1c-2026-03-07",
        "patient": _PATIENT,
        "category": "laboratory",
        "code": "http://loinc.org|4548-4",
        "status": "final",
        "effective_at": "2026-03-07T09:30:00Z",
        "effective_until": "2026-03-07T09:30:01Z",
        "source": "laboratory",
        "received_at": "2026-03-07T10:02:11Z",
        "fhir": {
            "resourceType": "Observation",
            "id": "hba1c-2026-03-07",
            "status": "final",
            "code": {"coding": [{"system": "http://loinc.org", "code": "4548-4"}]},
            "subject": {"reference": "Patient/ana-ruiz"},
            "effectiveDateTime": "2026-03-07T09:30:00Z",
            "valueQuantity": {"value": 5.6, "unit": "%"},
        },
    }
)
class ObservationSerializer(ResourceSerializer):
    """A test result or a vital sign."""


@_shown(
    {
        "id": _ROW,
        "fhir_id": "asthma-2019",
        "patient": _PATIENT,
        "category": "problem-list-item",
        "code": "http://snomed.info/sct|195967001",
        "status": "active",
        "effective_at": "2019-04-01T00:00:00Z",
        "effective_until": None,
        "source": "records",
        "received_at": "2026-03-07T10:02:11Z",
        "fhir": {
            "resourceType": "Condition",
            "id": "asthma-2019",
            "clinicalStatus": {
                "coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]
            },
            "code": {"coding": [{"system": "http://snomed.info/sct", "code": "195967001"}], "text": "Asthma"},
            "subject": {"reference": "Patient/ana-ruiz"},
            "onsetDateTime": "2019-04-01",
        },
    }
)
class ConditionSerializer(ResourceSerializer):
    """A health problem."""
