"""Anything may arrive: what passes validation can be stored, indexed, searched and shown; nothing else is stored."""

import copy
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from kernel import clock
from tenants.people.models import Patient
from tenants.records.bundles import read_bundle, write_json
from tenants.records.dates import shift_dates
from tenants.records.demonstration.bundles import demonstration_bundles
from tenants.records.demonstration.people import HOSPITALS
from tenants.records.facts.elements import references_of
from tenants.records.facts.health import (
    allergy_of,
    condition_of,
    document_of,
    medicine_of,
    procedure_of,
    vaccination_of,
)
from tenants.records.facts.results import report_of, result_of
from tenants.records.facts.visits import visit_of
from tenants.records.indexing import index_resource
from tenants.records.models import Resource
from tenants.records.patients import patient_facts
from tenants.records.references import reference_holders
from tenants.records.services.storing import digest_of
from tenants.records.validation import Fault, problems_of

SHOWN = {
    "Observation": result_of,
    "DiagnosticReport": report_of,
    "Condition": condition_of,
    "AllergyIntolerance": allergy_of,
    "MedicationRequest": medicine_of,
    "MedicationStatement": medicine_of,
    "Immunization": vaccination_of,
    "Procedure": procedure_of,
    "DocumentReference": document_of,
    "Appointment": visit_of,
    "Encounter": visit_of,
}


def _one_of_each_type() -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for slug in ("santalucia", "northfield"):
        bundles = demonstration_bundles(HOSPITALS[slug], anchor=date(2026, 11, 22), canaries={"mateo": "c"})
        for bundle in bundles[:2]:
            for entry in read_bundle(bundle.content)["entry"]:
                resource = entry["resource"]
                known = found.get(resource["resourceType"])
                if known is None or len(write_json(resource)) > len(write_json(known)):
                    found[resource["resourceType"]] = resource
    return list(found.values())


RESOURCES = _one_of_each_type()
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=6)
    | st.sampled_from(["2026", "2026-11-18", "Patient/1", "urn:uuid:x", "#c", "\x00"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["coding", "code", "value", "reference", "start", "text", "system", "x", "display"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)


def _places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path, *(place for key, child in children for place in _places(child, (*path, key)))]


@st.composite
def broken(draw: st.DrawFn) -> dict[str, Any]:
    """A sound resource in which one or two places have been replaced by anything or removed."""
    resource: dict[str, Any] = copy.deepcopy(draw(st.sampled_from(RESOURCES)))
    for _number in range(draw(st.integers(1, 2))):
        place = draw(st.sampled_from([one for one in _places(resource) if one and one[0] != "resourceType"]))
        node: Any = resource
        for key in place[:-1]:
            node = node[key]
        if draw(st.booleans()) and isinstance(node, dict):
            del node[place[-1]]
        else:
            node[place[-1]] = draw(JSON)
    return resource


@pytest.mark.requirement("S39")
@given(resource=broken())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)
@example(resource={"resourceType": "Observation", "code": {"coding": [None]}, "status": "final", "id": "1"})
def test_what_passes_validation_can_be_used_everywhere(in_northfield: object, resource: dict[str, Any]) -> None:
    problems = problems_of(resource)
    if problems:
        assert all(isinstance(problem.fault, Fault) and problem.fault.sentence for problem in problems)
        assert all("\x00" not in problem.path for problem in problems)
        return
    resource.setdefault("id", "1")
    if not isinstance(resource["id"], str):
        return
    reference_holders(resource)
    digest_of(resource)
    shift_dates(resource, 7)
    indexed = index_resource(resource)
    if resource["resourceType"] == "Patient":
        facts = patient_facts(resource)
        Patient(fhir_id=facts.fhir_id, given_names=facts.given_names, family_names=facts.family_names or "x")
    kind = resource["resourceType"]
    row = Resource(
        type=kind,
        fhir_id="1",
        status=indexed.status,
        code=indexed.code,
        content=write_json(resource),
        source="test",
        received_at=clock.now(),
    )
    if kind in SHOWN:
        references_of(resource)
        SHOWN[kind](row, {})
