"""Every regular expression of the product on texts that are made to keep it busy (S40)."""

import ast
import re
import time
from collections.abc import Iterator
from re import _constants as codes
from re import _parser as parser
from typing import Any

import pytest

from tests.architecture.test_source import ROOTS, called, owner_of, python_files
from tests.isolation.routes import SIDES, routes

pytestmark = pytest.mark.requirement("S40")
LONGEST = 20_000
SECONDS = 0.25
# They read what programs of this machine print, and the command line.
OF_THIS_MACHINE = ("platform/config/runtime/", "platform/config/cli/")
USES = {"compile", "match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer"}


def patterns() -> Iterator[tuple[str, str, int]]:
    """Place, pattern and flags of every pattern that stands in the source as one text."""
    for name, tree in python_files(*ROOTS):
        if name.startswith(OF_THIS_MACHINE):
            continue
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or called(node) not in USES or owner_of(node) != "re" or not node.args:
                continue
            try:
                text = ast.literal_eval(node.args[0])
            except ValueError:
                continue
            flags = re.IGNORECASE if "IGNORECASE" in ast.unparse(node) else 0
            if isinstance(text, str):
                yield f"{name}:{node.lineno}", text, flags
    for side in SIDES:
        for route in routes(side):
            yield route.key, _expression_of(route.path), 0


def _expression_of(path: str) -> str:
    return re.escape(path).replace("<", "").replace(">", "")


def _signs(pattern: str) -> set[str]:
    """A sign for each thing in the pattern that may repeat, and some that every pattern meets."""
    found = {"a", "0", " ", "@", ".", "-", "%", "<", "/"}

    def walk(parsed: Any) -> None:
        for code, value in parsed:
            if code is codes.LITERAL:
                found.add(chr(value))
            elif code is codes.IN:
                for kind, what in value:
                    if kind is codes.LITERAL:
                        found.add(chr(what))
                    elif kind is codes.RANGE:
                        found.add(chr(what[0]))
            elif code in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
                walk(value[2])
            elif code is codes.SUBPATTERN:
                walk(value[3])
            elif code is codes.BRANCH:
                for branch in value[1]:
                    walk(branch)
            elif code in (codes.ASSERT, codes.ASSERT_NOT):
                walk(value[1])

    walk(parser.parse(pattern))
    return found


def slowest(pattern: str, flags: int) -> tuple[float, str]:
    """Seconds of the slowest of the hostile texts, and what it was. Short ones first: a trap shows at 24 signs."""
    compiled = re.compile(pattern, flags)
    worst = (0.0, "")
    for sign in sorted(_signs(pattern)):
        for length in (24, LONGEST):
            for ending in ("", "\x00"):
                text = sign * length + ending
                begun = time.thread_time()
                compiled.search(text)
                spent = time.thread_time() - begun
                worst = max(worst, (spent, f"{length} × {sign!r} and {ending!r}"))
                if spent > SECONDS:
                    return worst
    return worst


@pytest.mark.timeout(300)
def test_no_pattern_can_be_kept_busy() -> None:
    known = {(text, flags): place for place, text, flags in patterns()}
    slow = []
    for (text, flags), place in known.items():
        seconds, what = slowest(text, flags)
        if seconds > SECONDS:
            slow.append(f"{place}: {text!r} takes {seconds:.2f} s with {what}")
    assert slow == []
    assert len(known) > 40, len(known)


@pytest.mark.parametrize("trap", [r"(a+)+$", r"^(a|a)*$"])
def test_a_trap_would_be_seen(trap: str) -> None:
    assert slowest(trap, 0)[0] > SECONDS
