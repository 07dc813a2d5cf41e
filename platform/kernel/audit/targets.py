"""What acts were done to, in words: declared beside each feature, like the sentences of acts."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.utils.functional import Promise

from kernel.registries import Registry

# The names of some objects of one kind, by the keys that the trail holds of them.
Names = Callable[[Collection[str]], Mapping[str, str]]


@dataclass(frozen=True)
class TargetWords:
    """``name`` is the recorded type of a target, ``word`` what one is called of which no more can be said.

    ``names`` finds the names of several in one statement. It leaves out what has none, and whoever is a patient and no
    more: a patient's name stands in the trail only where ``subject`` leads to it.
    """

    name: str
    word: str | Promise
    names: Names | None = None
    order: int = 100


targets: Registry[TargetWords] = Registry("words of audited targets")


def declare_target(name: str, word: str | Promise, names: Names | None = None) -> None:
    """Say what targets recorded as ``name`` are called."""
    targets.register(TargetWords(name, word, names))


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
