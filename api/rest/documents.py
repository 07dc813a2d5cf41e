"""The OpenAPI document of a hospital's host, and the page on which people read it.

The page is made here from the document, so that it has the hospital's brand and language and works without scripts.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer
from drf_spectacular.views import SpectacularAPIView
from rest_framework.permissions import AllowAny

from api.rest.problems import CONTENT_TYPE, KINDS
from kernel.permissions import Permission, permissions, public

_WHY = "the description of the interface holds no data"

openapi = public(_WHY)(
    SpectacularAPIView.as_view(
        renderer_classes=[OpenApiJsonRenderer], permission_classes=[AllowAny], authentication_classes=[]
    )
)


_PROBLEM = {
    "type": "object",
    "description": "RFC 9457. ``errors`` lists what is wrong by JSON pointer.",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "for programs: one word for what is wrong"},
        "detail": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}},
                "required": ["pointer", "detail"],
            },
        },
    },
    "required": ["type", "title", "status", "code"],
}
_EXAMPLE = {
    "type": "about:blank",
    "title": "The request is not as described",
    "status": 400,
    "code": "invalid",
    "errors": [{"pointer": "/page_size", "detail": "Ensure this value is less than or equal to 200."}],
    "request_id": "01a207d4c06270d7a7f08d37dd956676",
}
# Of the statuses of problems, those that nothing which can be called answers yet.
NEVER = (409, 415, 422, 429)
_KEY = {
    "type": "http",
    "scheme": "bearer",
    "description": "A personal key, made under “Keys for programs” in the menu of your account.",
}


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the document calls a personal key."""

    target_class = "api.auth.authentication.KeyAuthentication"
    name = "key"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """As a bearer token."""
        return _KEY


class PageScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the document calls the session of a signed-in page."""

    target_class = "api.auth.authentication.PageAuthentication"
    name = "page"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """As the cookie of a hospital's host."""
        return {"type": "apiKey", "in": "cookie", "name": "__Host-portico"}


def with_problems(result: dict[str, Any], **_more: Any) -> dict[str, Any]:
    """Say in the document how calls are signed and how they are refused: the same for every operation."""
    components = result.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = _PROBLEM
    refusal = {"content": {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    for path, methods in result["paths"].items():
        for operation in methods.values():
            is_public = operation.pop("x-public", False)
            operation["security"] = [{}] if is_public else [{"key": []}, {"page": []}]
            permission = operation.get("x-permission")
            answers = {"400": "The request is not as described", "406": "No such representation"}
            if not is_public:
                answers["401"] = "Send a key"
            if permission:
                answers["403"] = f"The key, or the account behind it, lacks the permission {permission}"
            if "{" in path:
                answers["404"] = "There is no such thing, or not for you"
            for status, description in answers.items():
                operation["responses"].setdefault(status, {"description": description, **refusal})
    return result


@dataclass(frozen=True)
class Parameter:
    """A value in the address or the query of an operation."""

    name: str
    place: str
    kind: str
    description: str
    is_required: bool


@dataclass(frozen=True)
class Field:
    """A member of an answer, with its path."""

    name: str
    kind: str
    description: str


@dataclass(frozen=True)
class Operation:
    """One method at one address, as the page shows it."""

    anchor: str
    method: str
    path: str
    summary: str
    needs_key: bool
    permission: Permission | None
    parameters: tuple[Parameter, ...]
    fields: tuple[Field, ...]
    example: str
    refusals: tuple[tuple[str, str], ...]


def _kind(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    if schema.get("type") == "array":
        return f"list of {_kind(schema['items'])}"
    return str(schema.get("format") or schema.get("type") or "")


def _fields(schema: dict[str, Any], components: dict[str, Any], within: str = "") -> Iterator[Field]:
    """The members of an answer, and below a list those of its rows, each with its path from ``within``."""
    schema = components.get(_kind(schema), schema) if "$ref" in schema else schema
    for name, member in schema.get("properties", {}).items():
        yield Field(f"{within}{name}", _kind(member), str(member.get("description", "")))
        if "$ref" in member.get("items", {}):
            yield from _fields(member["items"], components, f"{within}{name}[].")


def _example(answer: dict[str, Any]) -> str:
    """The first example of an answer as text; empty without one."""
    for example in answer.get("examples", {}).values():
        return json.dumps(example["value"], indent=2, ensure_ascii=False)
    return ""


def operations(document: dict[str, Any]) -> Iterator[Operation]:
    """The operations of an OpenAPI document in the order of their addresses."""
    components = document.get("components", {}).get("schemas", {})
    for path, methods in sorted(document["paths"].items()):
        for method, described in methods.items():
            answer = described["responses"].get("200", {}).get("content", {}).get("application/json", {})
            yield Operation(
                anchor=described["operationId"],
                method=method.upper(),
                path=path,
                summary=str(described.get("description", "")).partition("\n")[0],
                needs_key={} not in described.get("security", [{}]),
                permission=permissions.get(described["x-permission"]) if "x-permission" in described else None,
                parameters=tuple(
                    Parameter(
                        name=parameter["name"],
                        place=parameter["in"],
                        kind=_kind(parameter["schema"]),
                        description=str(parameter.get("description", "")),
                        is_required=bool(parameter.get("required")),
                    )
                    for parameter in described.get("parameters", [])
                ),
                fields=tuple(_fields(answer.get("schema", {}), components)),
                example=_example(answer),
                refusals=tuple(
                    (status, told["description"])
                    for status, told in sorted(described["responses"].items())
                    if status >= "400"
                ),
            )


@require_safe
@public(_WHY)
def docs(request: HttpRequest) -> HttpResponse:
    """The interface in words and tables, with an example call of each operation."""
    document = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return render(
        request,
        "rest/docs.html",
        {
            "title": document["info"]["title"],
            "version": document["info"]["version"],
            "operations": list(operations(document)),
            "kinds": [(status, *kind) for status, kind in KINDS.items() if status not in NEVER],
            "problem": json.dumps(_EXAMPLE, indent=2),
            "origin": request.build_absolute_uri("/").rstrip("/"),
        },
    )
