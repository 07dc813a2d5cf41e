"""The search-parameter table against the specification, and extraction against what is searched."""

import gzip
import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants.people.names import search_key
from tenants.records.indexing import TOKEN_LENGTH, index_resource, token, tokens_of
from tenants.records.paths import WrongPath, finder
from tenants.records.search_parameters import DECLARATIONS, SearchParameter
from tenants.records.structures import RESOURCES
from tests.tenants.records.conftest import SHARED_DATA
from tests.tenants.records.samples import observation, patient

PARAMETERS = [one for declaration in DECLARATIONS.values() for one in declaration.parameters]


@pytest.fixture(scope="module")
def specification() -> dict[tuple[str, str], dict[str, Any]]:
    """R4's own list of search parameters by type and name."""
    path = SHARED_DATA / "fhir-r4" / "search-parameters.json.gz"
    if not path.is_file():
        pytest.skip(f"no sample data: {path} is missing (set PORTICO_SHARED_DATA)")
    return {(base, one["code"]): one for one in json.loads(gzip.decompress(path.read_bytes())) for base in one["base"]}


def _elements(resource_type: str, expression: str) -> set[str]:
    """The element paths of a FHIRPath union that belong to one type, without filters and types."""
    found = set()
    for branch in expression.split("|"):
        plain = re.sub(r"\.where\([^()]*(\([^()]*\)[^()]*)*\)|\.as\(\w+\)", "", branch.strip())
        plain = re.sub(r"^\(|\)$", "", plain.strip())
        plain = re.sub(r"\s+as\s+\w+$", "", plain.strip()).strip()
        if plain.startswith(f"{resource_type}."):
            found.add(plain.removeprefix(f"{resource_type}."))
    return found


@pytest.mark.parametrize("parameter", PARAMETERS, ids=lambda one: one.key)
def test_each_parameter_is_one_of_r4_with_its_type_and_elements(
    parameter: SearchParameter, specification: dict[tuple[str, str], dict[str, Any]]
) -> None:
    official = specification[parameter.resource_type, parameter.name]
    ours = {re.sub(r":[A-Za-z,]+|\[.*?\]", "", branch.strip()) for branch in parameter.path.split("|")}

    assert parameter.kind == official["type"]
    assert ours == _elements(parameter.resource_type, official["expression"])
    if "target" in official:
        assert set(parameter.targets) <= set(official["target"])


def test_every_type_that_is_stored_is_declared() -> None:
    assert set(DECLARATIONS) == set(RESOURCES)


@pytest.mark.parametrize("path", ["", "a..b", "a[b]", "a[b=c", "a b", "a:"])
def test_a_path_outside_the_language_is_a_mistake(path: str) -> None:
    with pytest.raises(WrongPath):
        finder(path)


def test_paths_walk_lists_choices_filters_and_unions() -> None:
    resource = {
        "name": [{"given": ["Ana", None, "María"]}, {"family": "Núñez"}],
        "valueQuantity": {"value": 1},
        "telecom": [{"system": "phone", "value": "1"}, {"system": "email", "value": "2"}],
    }

    assert finder("name.given")(resource) == ["Ana", "María"]
    assert finder("value:Quantity,string")(resource) == [{"value": 1}]
    assert finder("telecom[system=email]")(resource) == [{"system": "email", "value": "2"}]
    assert finder("name.family | telecom.value")(resource) == ["Núñez", "1", "2"]
    assert finder("missing.deeper")(resource) == []


def test_an_observation_is_indexed_by_its_columns_tokens_and_value() -> None:
    found = index_resource(observation(encounter={"reference": "Encounter/7"}))

    assert (found.status, found.category, found.code) == ("final", "laboratory", "http://loinc.org|4548-4")
    assert found.starts is not None
    assert found.starts.isoformat() == "2026-11-18T08:30:00+00:00"
    assert {"code=4548-4", "code=http://loinc.org|4548-4", "encounter=Encounter/7"} <= set(found.tokens)
    assert [(value.parameter, str(value.number), value.unit) for value in found.values] == [
        ("Observation.value-quantity", "6.9", "%")
    ]


OURS = {"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "laboratory"}
LOCAL = {"system": "https://laboratory.test", "code": "Lab"}


@pytest.mark.parametrize(
    ("categories", "category"),
    [
        ([{"coding": [LOCAL, OURS]}], "laboratory"),
        ([{"coding": [LOCAL]}, {"text": "Lab"}, {"coding": [OURS]}], "laboratory"),
        ([{"coding": [{**OURS, "code": "exam"}, OURS]}], "laboratory"),
        ([{"coding": [{**LOCAL, "code": "laboratory"}, {**OURS, "code": "vital-signs"}]}], "vital-signs"),
        ([{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0074", "code": "LAB"}]}], "laboratory"),
        ([{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0074", "code": "RAD"}]}], "RAD"),
        ([{"coding": [LOCAL]}], "Lab"),
        ([{"text": "Lab"}], ""),
    ],
)
def test_an_observation_is_of_hl7s_category_wherever_it_stands(categories: list[Any], category: str) -> None:
    of_their_own = {"coding": [{"system": "https://laboratory.test", "code": "A1"}]}
    assert index_resource(observation(category=categories, code=of_their_own)).category == category


def test_names_are_indexed_without_accents() -> None:
    found = index_resource(patient())

    texts = {(value.parameter, value.text) for value in found.values if value.text}
    assert ("Patient.family", "nunez") in texts
    assert ("Patient.name", "ana") in texts


def test_references_to_other_types_are_not_among_a_parameters_tokens() -> None:
    found = index_resource(observation(performer=[{"reference": "Patient/1"}, {"reference": "Practitioner/2"}]))

    assert [entry for entry in found.tokens if entry.startswith("performer=")] == ["performer=Practitioner/2"]


@given(system=st.text(max_size=400), code=st.text(min_size=1, max_size=400))
def test_what_is_extracted_is_what_a_search_for_it_asks_for(system: str, code: str) -> None:
    coding = {"system": system, "code": code} if system else {"code": code}

    entries = {token("code", text) for text in tokens_of({"coding": [coding]})}

    assert token("code", code) in entries
    assert token("code", f"{system}|{code}") in entries
    assert all(len(entry) <= TOKEN_LENGTH for entry in entries)


@given(st.text(max_size=60))
def test_a_search_key_is_its_own_search_key(text: str) -> None:
    assert search_key(search_key(text)) == search_key(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=12,
)


@given(JSON)
def test_extraction_never_breaks_on_any_json(node: Any) -> None:
    for parameter in DECLARATIONS["Patient"].parameters:
        for element in parameter.find({"name": node, "identifier": node, "telecom": node}):
            tokens_of(element)
