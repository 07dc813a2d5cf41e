"""What can be written through the interface: what serializers list, and nothing else (S31)."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.http import QueryDict
from rest_framework import serializers

from api.rest.paging import Paged
from api.rest.serializers import KnownFieldsOnly, Query
from kernel.tenancy.context import HospitalContext
from tests.api.conftest import Caller
from tests.clients import HostClient
from tests.isolation.routes import Route, routes

pytestmark = pytest.mark.requirement("S31")
UNSAFE = ("post", "put", "patch", "delete")
# Whoever may write them, it is never the patient's own program.
NEVER = {"role", "roles", "is_staff", "tenant", "hospital", "owner", "patient", "status", "amount", "released", "id"}
BODY = {"role": "operator", "is_staff": True, "tenant": "alwaha", "owner": "x", "patient": "x", "status": "final"}


def interface() -> Iterator[Route]:
    """The routes of the interface, without the one that says that there is nothing."""
    return (route for route in routes("hospital") if route.path.startswith("api/v1/") and route.path != "api/v1/")


ENDPOINTS = [route for route in interface() if hasattr(route.view, "actions")]


def writing() -> Iterator[tuple[Route, str, Any]]:
    """Route, action and view class of everything that the interface lets programs change."""
    for route in interface():
        for method, action in getattr(route.view, "actions", {}).items():
            if method in UNSAFE:
                yield route, action, route.view.cls


def test_whatever_writes_lists_its_fields_and_takes_no_others() -> None:
    wrong = []
    for route, action, view in writing():
        kind = view().get_serializer_class() if view.serializer_class is None else view.serializer_class
        if not issubclass(kind, KnownFieldsOnly):
            wrong.append(f"{route.key} {action}: {kind.__name__} ignores what it does not know")
        writable = {name for name, field in kind().fields.items() if not field.read_only}
        if writable & NEVER:
            wrong.append(f"{route.key} {action}: {sorted(writable & NEVER)} can be written")
    assert wrong == []


def test_every_serializer_of_a_stored_thing_names_its_fields() -> None:
    """``fields = "__all__"`` and ``exclude`` would let a new column out, or in, by itself."""
    from api.rest.v1 import serializers as module

    kinds = [
        kind for kind in vars(module).values() if isinstance(kind, type) and issubclass(kind, serializers.Serializer)
    ]
    for kind in kinds:
        meta = getattr(kind, "Meta", None)
        if meta is not None:
            assert isinstance(meta.fields, list), kind
            assert not hasattr(meta, "exclude"), kind
    assert len(kinds) >= 5


@pytest.mark.parametrize("method", UNSAFE)
def test_what_is_not_declared_writable_is_405_for_everybody(
    northfield: HostClient, caller: Callable[[str], Caller], method: str
) -> None:
    ana = caller("ana")
    key = ana.key("people.view", "records.view", "records.view_results")
    open_to = {(route.path, found) for route, _action, _view in writing() for found in route.view.actions}
    tried = 0
    for route in interface():
        if (route.path, method) in open_to:
            continue
        answer = getattr(northfield, method)(
            route.address(ana.result.pk, "x"),
            BODY,
            content_type="application/json",
            headers={"Authorization": f"Bearer {key}"},
        )
        assert (answer.status_code, answer["Content-Type"]) == (405, "application/problem+json"), route.key
        assert "GET" in answer["Allow"]
        tried += 1
    assert tried >= 10


@pytest.mark.parametrize("route", ENDPOINTS, ids=[route.path for route in ENDPOINTS])
def test_unknown_and_doubled_names_are_refused_at_every_address(
    northfield: HostClient, caller: Callable[[str], Caller], route: Route
) -> None:
    ana = caller("ana")
    key = ana.key("people.view", "records.view", "records.view_results")
    own = {"patients": ana.patient.pk, "conditions": ana.problem.pk}
    row = next((found for word, found in own.items() if word in route.path), ana.result.pk)
    address = route.address(row, "x")
    for query, pointer in (("role=operator", "/role"), ("_sort=id", "/_sort"), ("is_staff=1&is_staff=0", "/is_staff")):
        answer = northfield.get(f"{address}?{query}", headers={"Authorization": f"Bearer {key}"})
        body = answer.json()
        assert (answer.status_code, body["errors"][0]["pointer"]) == (400, pointer)
    assert northfield.get(address, headers={"Authorization": f"Bearer {key}"}).status_code == 200


@pytest.mark.requirement("S40")
@pytest.mark.parametrize(("size", "status"), [("200", 200), ("201", 400), ("0", 400), ("-1", 400), ("9" * 40, 400)])
def test_a_page_has_at_most_200_rows(
    northfield: HostClient, caller: Callable[[str], Caller], size: str, status: int
) -> None:
    key = caller("ana").key("records.view_results")
    answer = northfield.get(f"/api/v1/observations?page_size={size}", headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == status


@pytest.mark.parametrize("cursor", ["x", "cD0x", "bz0xJnA9eA==", "cj0xJnA9JTAw", "%FF", "cD0lRkY="])
def test_a_made_up_place_in_a_list_is_refused(
    northfield: HostClient, caller: Callable[[str], Caller], cursor: str
) -> None:
    key = caller("ana").key("records.view_results")
    answer = northfield.get(f"/api/v1/observations?cursor={cursor}", headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 400


class _Diary(KnownFieldsOnly[Any]):
    text = serializers.CharField()
    written_at = serializers.DateTimeField(read_only=True)


def test_an_unknown_and_a_read_only_field_are_refused_by_name(in_northfield: HospitalContext) -> None:
    diary = _Diary(data={"text": "slept well", "owner": "x", "written_at": "2026-01-01"})
    assert not diary.is_valid()
    assert sorted(diary.errors) == ["owner", "written_at"]
    assert _Diary(data={"text": "slept well"}).is_valid()


def test_a_query_is_read_once_by_name(in_northfield: HospitalContext) -> None:
    assert Paged.read(QueryDict("page_size=7")) == {"page_size": 7}
    with pytest.raises(serializers.ValidationError):
        Query.read(QueryDict("a=1"))
    with pytest.raises(serializers.ValidationError):
        Paged.read(QueryDict("page_size=7&page_size=8"))
