"""The OpenAPI document and the routes say the same: nothing is answered that is not described, and the reverse."""

import json
import re

import pytest

from tests.clients import client_for
from tests.isolation.attempts import attempts
from tests.isolation.routes import routes

# What describes the interface, and what says that there is nothing: no operations of it.
ABOUT = {"api/v1/openapi.json", "api/v1/docs", "api/v1/"}
METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}
# What a route answers beside what it offers.
ANSWERED_BY_ITSELF = {"head", "options"}


def offered() -> set[tuple[str, str]]:
    """Path and method of each operation that a route under ``api/`` has."""
    return {
        (re.sub(r"<(?:\w+:)?\w+>", "{}", "/" + route.path), method)
        for route in routes("hospital")
        if route.path.startswith("api/") and route.path not in ABOUT
        for method in route.view.actions
        if method not in ANSWERED_BY_ITSELF
    }


@pytest.mark.requirement("S03", "S27")
def test_every_operation_of_the_document_is_a_route_and_every_route_an_operation(db: None) -> None:
    document = json.loads(client_for("northfield").get("/api/v1/openapi.json").content)
    described = {
        (re.sub(r"{\w+}", "{}", path), method)
        for path, operations in document["paths"].items()
        for method in operations
    }
    attempts["to find an operation that is not a route"] += len(described)
    assert described
    assert {method for _path, method in described} <= METHODS
    assert described - offered() == set()
    assert offered() - described == set()
