"""What the programming interface shows of each thing. One serializer to read it with, one to write it with."""

from typing import Any, ClassVar

import orjson
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from tenants.people.models import Patient
from tenants.records.models import Resource


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


class MeSerializer(serializers.Serializer[Any]):
    """Who calls, and what the call may do."""

    account = serializers.UUIDField()
    name = serializers.CharField()
    roles = serializers.ListField(child=serializers.CharField())
    permissions = serializers.ListField(child=serializers.CharField())
    patients = LinkedPatientSerializer(many=True)


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
