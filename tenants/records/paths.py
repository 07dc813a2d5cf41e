"""Reading elements of stored FHIR JSON by short paths, so that search parameters can be a table and not code.

The language is the small part of FHIRPath that R4's search parameters for our types use:
``name.family`` (lists are walked), ``value:Quantity`` (the type of a choice element: ``valueQuantity``),
``effective:dateTime,Period,instant`` (any of these types), ``telecom[system=phone]`` (equality filter) and
``code | component.code`` (union).
"""

import re
from collections.abc import Callable
from typing import Any

Finder = Callable[[dict[str, Any]], list[Any]]

STEP = re.compile(r"(?P<name>[a-zA-Z]+)(?::(?P<types>[a-zA-Z,]+))?(?:\[(?P<filter>[a-zA-Z]+)=(?P<equals>[a-z-]+)\])?")


class WrongPath(ValueError):
    """The path is not in the language: a mistake in a declaration, found when the table is loaded."""


def finder(path: str) -> Finder:
    """Compile ``path`` to a function from a resource to the list of elements it names (nulls are never in it)."""
    branches = [_branch(branch.strip()) for branch in path.split("|")]
    if len(branches) == 1:
        return branches[0]

    def union(resource: dict[str, Any]) -> list[Any]:
        return [node for branch in branches for node in branch(resource)]

    return union


def _branch(path: str) -> Finder:
    steps = [_step(text) for text in path.split(".")]
    first, rest = steps[0], steps[1:]

    def walk(resource: dict[str, Any]) -> list[Any]:
        nodes = first(resource)
        for step in rest:
            nodes = [child for node in nodes if isinstance(node, dict) for child in step(node)]
        return nodes

    return walk if rest else first


def _step(text: str) -> Finder:
    match = STEP.fullmatch(text)
    if match is None:
        raise WrongPath(text)
    name, types, wanted, equals = match["name"], match["types"], match["filter"], match["equals"]
    keys = [name + kind[0].upper() + kind[1:] for kind in types.split(",")] if types else [name]

    def children(node: dict[str, Any]) -> list[Any]:
        found: list[Any] = []
        for key in keys:
            value = node.get(key)
            if value is None:
                continue
            if isinstance(value, list):
                found.extend(item for item in value if item is not None)
            else:
                found.append(value)
        if wanted:
            return [item for item in found if isinstance(item, dict) and item.get(wanted) == equals]
        return found

    return children
