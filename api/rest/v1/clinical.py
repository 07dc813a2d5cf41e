"""Patients, observations and conditions."""

from typing import Any, ClassVar
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.rest.paging import NewestFirst, Paged
from api.rest.v1.serializers import ConditionSerializer, ObservationSerializer, PatientSerializer
from api.rest.views import AnyModel, HospitalViewSet
from kernel import audit
from kernel.permissions import Permission
from tenants.people import selectors as people
from tenants.people.models import Patient
from tenants.people.permissions import VIEW as VIEW_PATIENT
from tenants.records.models import Resource
from tenants.records.permissions import VIEW, VIEW_RESULTS
from tenants.records.selectors import reading

# No control characters: no code has them, and the database refuses some.
PRINTABLE = r"^[^\x00-\x1f\x7f]+$"
FILTERS = ("patient", "code", "category", "status")


class _Conditions(Paged):
    """What one may filter health problems by."""

    patient = serializers.UUIDField(required=False, help_text="id of one patient; without it, all that the key covers")
    code = serializers.RegexField(
        PRINTABLE,
        required=False,
        trim_whitespace=False,
        max_length=200,
        help_text="system|code, for example http://loinc.org|4548-4",
    )
    status = serializers.RegexField(
        r"^[a-z-]+$", required=False, max_length=32, help_text="the FHIR status of the resource"
    )


class _Observations(_Conditions):
    """What one may filter results and vital signs by."""

    category = serializers.RegexField(
        PRINTABLE, required=False, trim_whitespace=False, max_length=64, help_text="laboratory, vital-signs, ..."
    )


class _AuditedReads(mixins.ListModelMixin, mixins.RetrieveModelMixin, HospitalViewSet[AnyModel]):
    """Reading health data through the interface leaves the same lines in the trail as reading it on a page (S33)."""

    basename_of_trail: ClassVar[str]

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        with transaction.atomic():
            response = super().list(request, *args, **kwargs)
            subjects = {UUID(str(row.get("patient") or row["id"])) for row in response.data["results"]}
            audit.record_each(
                self.access, action=f"api.{self.basename_of_trail}_listed", subjects=sorted(subjects, key=str)
            )
        return response

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        with transaction.atomic():
            row = self.get_object()
            audit.record(
                self.access,
                action=f"api.{self.basename_of_trail}_read",
                subject=getattr(row, "patient_id", row.pk),
                target=row,
            )
        return Response(self.get_serializer(row).data)


@extend_schema_view(
    list=extend_schema(
        operation_id="patients_list", description="The patients that the caller may see.", parameters=[Paged]
    ),
    retrieve=extend_schema(operation_id="patients_read", description="One patient."),
)
class Patients(_AuditedReads[Patient]):
    """Who the patients are."""

    permissions: ClassVar = {"list": VIEW_PATIENT, "retrieve": VIEW_PATIENT}
    serializer_class = PatientSerializer
    pagination_class = NewestFirst
    basename_of_trail = "patients"
    queries: ClassVar = {"list": Paged}

    def get_queryset(self) -> QuerySet[Patient]:
        return people.patients(self.access)


class _Resources(_AuditedReads[Resource]):
    """Stored FHIR resources of one type."""

    pagination_class = NewestFirst
    resource_type: ClassVar[str]
    permission: ClassVar[Permission]

    def get_queryset(self) -> QuerySet[Resource]:
        rows = reading.covered(self.access, self.permission, self.resource_type)
        wanted = {name: value for name, value in self.query.items() if name in FILTERS}
        return rows.filter(**wanted)


@extend_schema_view(
    list=extend_schema(
        operation_id="observations_list",
        description="Test results and vital signs, those that arrived here last first.",
        parameters=[_Observations],
    ),
    retrieve=extend_schema(operation_id="observations_read", description="One test result or vital sign."),
)
class Observations(_Resources):
    """Test results and vital signs."""

    permissions: ClassVar = {"list": VIEW_RESULTS, "retrieve": VIEW_RESULTS}
    permission = VIEW_RESULTS
    serializer_class = ObservationSerializer
    resource_type = "Observation"
    basename_of_trail = "observations"
    queries: ClassVar = {"list": _Observations}


@extend_schema_view(
    list=extend_schema(
        operation_id="conditions_list",
        description="Health problems, those that arrived here last first.",
        parameters=[_Conditions],
    ),
    retrieve=extend_schema(operation_id="conditions_read", description="One health problem."),
)
class Conditions(_Resources):
    """Health problems."""

    permissions: ClassVar = {"list": VIEW, "retrieve": VIEW}
    permission = VIEW
    serializer_class = ConditionSerializer
    resource_type = "Condition"
    basename_of_trail = "conditions"
    queries: ClassVar = {"list": _Conditions}
