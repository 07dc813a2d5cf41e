"""What the database has after an import, for comparing."""

from typing import Any

import orjson

from tenants.people.models import ContactPoint, Patient, PatientIdentifier
from tenants.records.models import (
    Resource,
    ResourceHistory,
    SearchValue,
    UnresolvedReference,
)
from tenants.records.outcomes import BundleResult
from tests.tenants.records.samples import (
    fhir_id,
)


def everything() -> dict[str, list[Any]]:
    """All that an import may change, for comparing before and after."""
    return {
        "resources": list(Resource.objects.order_by("pk").values_list("pk", "version", "content", "patient", "tokens")),
        "values": list(SearchValue.objects.order_by("pk").values_list()),
        "history": list(ResourceHistory.objects.order_by("pk").values_list()),
        "patients": list(Patient.objects.order_by("pk").values_list()),
        "identifiers": list(PatientIdentifier.objects.order_by("pk").values_list()),
        "contacts": list(ContactPoint.objects.order_by("pk").values_list()),
        "unresolved": list(UnresolvedReference.objects.order_by("pk").values_list()),
    }


def told(result: BundleResult) -> tuple[int, int, int, int]:
    return result.created, result.updated, result.unchanged, result.refused


def stored(kind: str, role: str) -> dict[str, Any]:
    content: dict[str, Any] = orjson.loads(bytes(Resource.objects.get(type=kind, fhir_id=fhir_id(role)).content))
    return content
