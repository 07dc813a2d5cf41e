"""Every route that the three sides answer, read from their URL confs."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any
from uuid import UUID

from django.conf import settings
from django.urls import URLPattern, URLResolver
from django.urls.resolvers import RoutePattern

SIDES = {"hospital": "HOSPITAL_URLCONF", "console": "CONSOLE_URLCONF", "network": "NETWORK_URLCONF"}
_PARAMETER = re.compile(r"<(?:(?P<kind>\w+):)?(?P<name>\w+)>")


@dataclass(frozen=True)
class Route:
    """One route: its side, its path as written, and the view behind it."""

    side: str
    path: str
    view: Any

    @property
    def key(self) -> str:
        """The route's name in the policy file."""
        return f"{self.side} /{self.path}"

    @property
    def parameters(self) -> dict[str, str]:
        """Names of the parameters and their kinds."""
        return {match["name"]: match["kind"] or "str" for match in _PARAMETER.finditer(self.path)}

    @property
    def names_an_object(self) -> bool:
        """Whether an identifier stands in the path."""
        return "uuid" in self.parameters.values()

    def with_words(self, words: dict[str, str]) -> "Route":
        """The same route with some of its parameters filled in."""
        path = _PARAMETER.sub(lambda match: words.get(match["name"], match[0]), self.path)
        return Route(self.side, path, self.view)

    def address(self, key: UUID, word: str) -> str:
        """The path with ``key`` for identifiers and ``word`` for other parameters."""
        return "/" + _PARAMETER.sub(lambda match: str(key) if match["kind"] == "uuid" else word, self.path)


def routes(side: str) -> list[Route]:
    """All routes of one side, in their order. A regular expression stands for itself with its parameters named."""
    conf = import_module(getattr(settings, SIDES[side]))
    return list(_walk(side, "", conf.urlpatterns))


def _walk(side: str, prefix: str, patterns: list[Any]) -> Iterator[Route]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _walk(side, prefix + _written(pattern), pattern.url_patterns)
        elif isinstance(pattern, URLPattern):
            yield Route(side, prefix + _written(pattern), pattern.callback)


def _written(pattern: Any) -> str:
    if isinstance(pattern.pattern, RoutePattern):
        return str(pattern.pattern)
    # A regular expression: its named groups become parameters, its anchors go.
    text = re.sub(r"\(\?P<(\w+)>[^()]*(?:\([^()]*\))*[^()]*\)", r"<\1>", str(pattern.pattern))
    return text.strip("^$").replace("\\", "")
