"""Everything that the trail can hold has words: nobody who watches over a hospital reads the name of a function."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.rest.v1 import clinical
from kernel.audit.sentences import sentences, words_of

ROOT = Path(__file__).resolve().parents[2]
# Names that end like an act and are names of tasks, and one of a search parameter.
OTHERS = {"name.given", "accounts.forget_old_shared", "audit.anchor_shared", "audit.seal_shared", "events.relay_shared",
         "events.remove_old_shared", "kernel.send_scheduled", "mail.remove_old_shared"}  # fmt: skip
ACT = re.compile(r"[a-z]+\.[a-z_]*(ed|given|made|shown|_in|_out)")


def _sources() -> Iterator[Path]:
    for root in ("platform", "tenants", "api"):
        yield from (ROOT / root).rglob("*.py")


def recorded_actions() -> set[str]:
    """Every text in the code that is the name of an act, wherever it stands: also those handed on by variables."""
    found = set()
    for source in _sources():
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and ACT.fullmatch(node.value):
                found.add(node.value)
            elif isinstance(node, ast.keyword) and node.arg == "action" and isinstance(node.value, ast.Constant):
                found.update({str(node.value.value)} if "." in str(node.value.value) else ())
    return found - OTHERS


def test_every_recorded_action_has_a_sentence() -> None:
    found = recorded_actions()

    assert {"records.imported", "hospital.suspended", "accounts.factor_removed"} <= found
    assert sorted(name for name in found if name not in sentences) == []


def test_the_acts_of_programs_have_sentences() -> None:
    kinds = [view.basename_of_trail for view in vars(clinical).values() if hasattr(view, "basename_of_trail")]

    assert len(kinds) == 3
    assert [
        name for kind in kinds for name in (f"api.{kind}_listed", f"api.{kind}_read") if name not in sentences
    ] == []


@pytest.mark.parametrize("name", [sentence.name for sentence in sentences])
def test_the_trail_speaks_of_patients_and_not_to_them(name: str) -> None:
    assert not re.search(r"\byou\b|\byour\b", words_of(name), re.IGNORECASE)
