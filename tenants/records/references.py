"""References between resources: finding them, and giving those of a bundle their stored form."""

import re
from collections.abc import Iterator
from typing import Any

LOCAL = re.compile(r"([A-Z][A-Za-z]{2,31})/([A-Za-z0-9\-.]{1,64})(?:/_history/[A-Za-z0-9\-.]{1,64})?")
SEARCH = re.compile(r"([A-Z][A-Za-z]{2,31})\?identifier=([^|&]*\|[^|&]+)")
URN = "urn:uuid:"


def url_key(url: str) -> str:
    """How addresses are compared: UUIDs without case (RFC 9562 section 4), others with it."""
    return url.lower() if url.startswith(URN) else url


def reference_holders(resource: dict[str, Any]) -> list[dict[str, Any]]:
    """Every object of the resource that has a textual ``reference``, contained resources and extensions included."""
    holders: list[dict[str, Any]] = []
    waiting: list[Any] = [resource]
    while waiting:
        node = waiting.pop()
        if type(node) is dict:
            if type(node.get("reference")) is str:
                holders.append(node)
            waiting.extend(value for value in node.values() if type(value) is dict or type(value) is list)
        else:
            waiting.extend(value for value in node if type(value) is dict or type(value) is list)
    return holders


def needs_a_target(reference: str) -> bool:
    """Whether a stored reference should lead to a resource of this hospital: local, ``urn:uuid:`` or a search.

    Contained ones (``#id``) lead into the resource itself and absolute addresses to somebody else's server.
    """
    return bool(LOCAL.fullmatch(reference) or SEARCH.fullmatch(reference) or reference.startswith(URN))


def paths_to(resource: dict[str, Any], targets: set[str]) -> Iterator[tuple[str, str]]:
    """Where the given references stand: (path, reference), in document order."""
    yield from _paths(resource, str(resource["resourceType"]), targets)


def _paths(node: Any, path: str, targets: set[str]) -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        reference = node.get("reference")
        if isinstance(reference, str) and reference in targets:
            yield path, reference
        for key, value in node.items():
            if isinstance(value, dict | list):
                yield from _paths(value, f"{path}.{key}", targets)
    elif isinstance(node, list):
        for position, item in enumerate(node):
            yield from _paths(item, f"{path}[{position}]", targets)


def replace_references(resource: dict[str, Any], replacements: dict[str, str]) -> None:
    """Give references their new targets, in place."""
    for holder in reference_holders(resource):
        wanted = replacements.get(holder["reference"])
        if wanted is not None:
            holder["reference"] = wanted
