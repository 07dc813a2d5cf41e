"""Patients, observations and conditions."""

from typing import Any, ClassVar
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import exceptions, mixins, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.rest.paging import NewestFirst
from api.rest.v1.serializers import PatientSerializer, ResourceSerializer
from api.rest.views import AnyModel, HospitalViewSet
from kernel import audit
from kernel.permissions import Permission
from tenants.people import selectors as people
from tenants.people.models import Patient
from tenants.people.permissions import VIEW as VIEW_PATIENT
from tenants.records.models import Resource
from tenants.records.permissions import VIEW, VIEW_RESULTS
from tenants.records.selectors import reading

PATIENT = OpenApiParameter("patient", str, description="id of one patient; without it, all that the key covers")
CODE = OpenApiParameter("code", str, description="system|code, for example http://loinc.org|4548-4")
CATEGORY = OpenApiParameter("category", str, description="laboratory, vital-signs, ...")
STATUS = OpenApiParameter("status", str, description="the FHIR status of the resource")


class _Filter(serializers.Serializer[Any]):
    """The values one may filter by. Unknown names are refused, so that a mistyped filter never shows everything."""

    patient = serializers.UUIDField(required=False)
    code = serializers.CharField(required=False, max_length=200)
    category = serializers.CharField(required=False, max_length=64)
    status = serializers.CharField(required=False, max_length=32)


_PAGING = {NewestFirst.cursor_query_param, NewestFirst.page_size_query_param}


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
    list=extend_schema(operation_id="patients_list", description="The patients that the caller may see."),
    retrieve=extend_schema(operation_id="patients_read", description="One patient."),
)
class Patients(_AuditedReads[Patient]):
    """Who the patients are."""

    permissions: ClassVar = {"list": VIEW_PATIENT, "retrieve": VIEW_PATIENT}
    serializer_class = PatientSerializer
    pagination_class = NewestFirst
    basename_of_trail = "patients"

    def get_queryset(self) -> QuerySet[Patient]:
        refuse_unknown(self.request, set())
        return people.patients(self.access)


class _Resources(_AuditedReads[Resource]):
    """Stored FHIR resources of one type."""

    serializer_class = ResourceSerializer
    pagination_class = NewestFirst
    resource_type: ClassVar[str]
    permission: ClassVar[Permission]
    filters: ClassVar[set[str]]

    def get_queryset(self) -> QuerySet[Resource]:
        wanted = _Filter(data=self.request.query_params)
        refuse_unknown(self.request, self.filters if self.action == "list" else set())
        wanted.is_valid(raise_exception=True)
        rows = reading.covered(self.access, self.permission, self.resource_type)
        return rows.filter(**wanted.validated_data) if self.action == "list" else rows


def refuse_unknown(request: Request, known: set[str]) -> None:
    """Raise ValidationError for names in the query that mean nothing here."""
    unknown = set(request.query_params) - known - _PAGING
    if unknown:
        raise exceptions.ValidationError(dict.fromkeys(sorted(unknown), "This filter does not exist here."))


@extend_schema_view(
    list=extend_schema(
        operation_id="observations_list",
        description="Test results and vital signs, newest first.",
        parameters=[PATIENT, CODE, CATEGORY, STATUS],
    ),
    retrieve=extend_schema(operation_id="observations_read", description="One test result or vital sign."),
)
class Observations(_Resources):
    """Test results and vital signs."""

    permissions: ClassVar = {"list": VIEW_RESULTS, "retrieve": VIEW_RESULTS}
    permission = VIEW_RESULTS
    resource_type = "Observation"
    basename_of_trail = "observations"
    filters: ClassVar = {"patient", "code", "category", "status"}


@extend_schema_view(
    list=extend_schema(
        operation_id="conditions_list",
        description="Health problems, newest first.",
        parameters=[PATIENT, CODE, STATUS],
    ),
    retrieve=extend_schema(operation_id="conditions_read", description="One health problem."),
)
class Conditions(_Resources):
    """Health problems."""

    permissions: ClassVar = {"list": VIEW, "retrieve": VIEW}
    permission = VIEW
    resource_type = "Condition"
    basename_of_trail = "conditions"
    filters: ClassVar = {"patient", "code", "status"}
