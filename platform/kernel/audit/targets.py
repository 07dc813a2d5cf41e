"""What acts were done to, in words: declared beside each feature, like the sentences of acts."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from django.db.models import CharField, QuerySet
from django.db.models.functions import Cast
from django.utils.functional import Promise

from kernel.registries import Registry

# The names of some objects of one kind, by the keys that the trail holds of them.
Names = Callable[[Collection[str]], Mapping[str, str]]
# The other way: the keys of those whose name has some words. A query stays one, however many they are.
Keys = Callable[[str], "Collection[str] | QuerySet[Any, str]"]


@dataclass(frozen=True)
class TargetWords:
    """``name`` is the recorded type of a target, ``word`` what one is called of which no more can be said.

    ``names`` finds the names of several in one statement. It leaves out what has none, and whoever is a patient and no
    more: a patient's name stands in the trail only where ``subject`` leads to it. ``keys`` finds by name what ``names``
    would name, and nothing else: what is hidden from a reader must not be found either.
    """

    name: str
    word: str | Promise
    names: Names | None = None
    keys: Keys | None = None
    order: int = 100


targets: Registry[TargetWords] = Registry("words of audited targets")


def declare_target(name: str, word: str | Promise, names: Names | None = None, keys: Keys | None = None) -> None:
    """Say what targets recorded as ``name`` are called. Who gives ``names`` gives ``keys``: what is read is found."""
    targets.register(TargetWords(name, word, names, keys))


def as_keys(rows: "QuerySet[Any, Any]") -> "QuerySet[Any, str]":
    """The primary keys of ``rows`` as the trail writes them."""
    written = rows.order_by().annotate(written=Cast("pk", CharField())).values_list("written", flat=True)
    return cast("QuerySet[Any, str]", written)


def uuids(keys: Iterable[str]) -> list[UUID]:
    """Those of ``keys`` that are identifiers of rows."""
    found = []
    for key in keys:
        try:
            found.append(UUID(key))
        except ValueError:
            continue
    return found


def names_of_targets(wanted: Mapping[str, Collection[str]]) -> dict[tuple[str, str], str]:
    """The names of objects by type and key, for the keys ``wanted`` of each type: at most one statement a type."""
    found = {}
    for kind, keys in wanted.items():
        names = targets.get(kind).names if keys and kind in targets else None
        if names is not None:
            found.update({(kind, key): name for key, name in names(keys).items()})
    return found
