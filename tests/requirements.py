"""``python -m tests.requirements``: which tests prove which requirement, read from their marks without running them.

Prints a Markdown table of the requirements of ``WANTED``, or test by test of those named as arguments, then the numbers
without a test; ends with 1 when there is one. ``--all`` lists every number that a mark names.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).resolve().parent
# What the foundation has to hold with tests.
WANTED = tuple(
    f"S{number:02d}"
    for first, last in ((1, 7), (9, 11), (17, 19), (21, 23), (26, 27), (31, 34), (37, 40), (46, 47), (59, 59), (63, 63))
    for number in range(first, last + 1)
)


def marks(tests: Path = TESTS) -> dict[str, list[str]]:
    """Requirement number → ids of the tests that bear its mark, on themselves or on their whole module or class."""
    found: dict[str, list[str]] = {}
    for path in sorted(tests.rglob("test_*.py")):
        for name, numbers in _tests_of(ast.parse(path.read_text(encoding="utf-8"))):
            for number in numbers:
                found.setdefault(number, []).append(f"{path.relative_to(tests.parent).as_posix()}::{name}")
    return found


def identifiers(tests: Path = TESTS) -> set[str]:
    """The ids of all tests, without their parameters: ``tests/x/test_y.py::test_z``."""
    return {
        f"{path.relative_to(tests.parent).as_posix()}::{name}"
        for path in tests.rglob("test_*.py")
        for name, _numbers_of_it in _tests_of(ast.parse(path.read_text(encoding="utf-8")))
    }


def _tests_of(module: ast.Module) -> Iterator[tuple[str, list[str]]]:
    of_module = [number for statement in module.body for number in _of_pytestmark(statement)]
    yield from _in_body(module.body, "", of_module)


def _in_body(body: list[ast.stmt], prefix: str, inherited: list[str]) -> Iterator[tuple[str, list[str]]]:
    for statement in body:
        if isinstance(statement, ast.ClassDef):
            own = [*inherited, *_numbers(statement.decorator_list)]
            yield from _in_body(statement.body, f"{prefix}{statement.name}::", own)
        elif isinstance(statement, ast.FunctionDef) and statement.name.startswith("test"):
            yield f"{prefix}{statement.name}", sorted({*inherited, *_numbers(statement.decorator_list)})


def _of_pytestmark(statement: ast.stmt) -> list[str]:
    if not isinstance(statement, ast.Assign):
        return []
    if not any(isinstance(target, ast.Name) and target.id == "pytestmark" for target in statement.targets):
        return []
    value = statement.value
    return _numbers(value.elts if isinstance(value, ast.List | ast.Tuple) else [value])


def _numbers(decorators: list[ast.expr]) -> list[str]:
    return [
        word.value
        for decorator in decorators
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.requirement"
        for word in decorator.args
        if isinstance(word, ast.Constant) and isinstance(word.value, str)
    ]


def main(arguments: list[str]) -> int:
    """Print the table. Returns 1 when a wanted number has no test, 2 for a word that is no number."""
    found = marks()
    given = [word for word in arguments if word != "--all"]
    if any(not re.fullmatch(r"[SM]\d{2}", word) for word in given):
        print("usage: python -m tests.requirements [--all] [S01 ...]", file=sys.stderr)  # noqa: T201
        return 2
    wanted = sorted(found) if "--all" in arguments else (given or list(WANTED))
    lines = ["| number | tests | where |", "| --- | --- | --- |"]
    for number in wanted:
        tests = found.get(number, [])
        places = tests if given else sorted({test.partition("::")[0] for test in tests})
        lines.append(f"| {number} | {len(tests)} | {', '.join(f'`{place}`' for place in places) or 'no test yet'} |")
    missing = [number for number in wanted if number not in found]
    lines.append(f"\nWithout a test: {', '.join(missing) or 'none'}")
    print("\n".join(lines))  # noqa: T201
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
