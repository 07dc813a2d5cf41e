"""``portico isolation run``."""

import importlib.util
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from xml.etree import ElementTree

import click

from config.cli import FAILED, Refused
from config.cli.output import as_json, print_json

ROOT = Path(__file__).resolve().parents[3]
SUITE = "tests/isolation"
# What the attacks need beyond what the product needs, all of it in requirements/dev.txt.
NEEDED = ("pytest", "pytest_django")
SHOWN = 20  # failures and leaks a report names
REASON = 240  # characters of a failure's reason
TOTAL = re.compile(r"^isolation: (?P<total>\d+) attempts \((?P<kinds>.*)\)$", re.MULTILINE)
# One entry of the list that a failed attack prints, such as 'hospital visits/ GET: shows Al-Waha'.
LEAK = re.compile(r"""['"]([^'"\n]+: shows [^'"\n]+)['"]""")


@dataclass(frozen=True)
class Report:
    """What the attacks came to. ``leaks`` are answers that held another hospital's canary; ``failed`` are tests with
    the beginning of the reason: something was not as declared, or the attack could not be made and proves nothing."""

    attempts: int
    kinds: dict[str, int]
    tests: int
    leaks: list[str]
    failed: list[str]


@click.group()
def isolation() -> None:
    """Attack every route from the wrong hospital."""


@isolation.command()
@as_json
def run(as_json: bool) -> None:
    """Run the isolation tests in a database of their own, and say how many attempts were made and what leaked.

    The servers are the test run's; this installation's data is not touched. Ends with 1 when anything leaked or was not
    as declared, with 3 when the development requirements are not installed.
    """
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing or not (ROOT / SUITE).is_dir():
        raise Refused("The isolation tests need the source tree and its development requirements: make environment")
    if not as_json:
        click.echo("Attacking every route from the wrong hospital; this takes a minute or more ...")
    report = _attack()
    if as_json:
        shown = {**asdict(report), "leaks": report.leaks[:SHOWN], "failed": report.failed[:SHOWN]}
        print_json({**shown, "leak_count": len(report.leaks), "failed_count": len(report.failed)})
    else:
        for kind, count in sorted(report.kinds.items()):
            click.echo(f"  {count:6d}  {kind}")
        click.echo(f"Attempts: {report.attempts} in {report.tests} tests")
        click.echo(f"Leaks: {len(report.leaks)}")
        for line in report.leaks[:SHOWN]:
            click.echo(f"  {line}")
        if report.failed:
            click.echo(f"Failed: {len(report.failed)} tests, whose attempts prove nothing")
        for line in report.failed[:SHOWN]:
            click.echo(f"  {line}")
    if report.leaks or report.failed:
        raise click.exceptions.Exit(FAILED)


def _attack() -> Report:
    """Run the suite as it is run in ``make test``, and read what it printed."""
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder) / "results.xml"
        options = ["-q", "-vv", "-s", "-p", "no:cacheprovider", "--color=no", f"--junitxml={results}"]
        # A database of its own: one that tests running beside it share would be dropped under it.
        environment = {**os.environ, "PORTICO_TEST_WORKER": "isolation"}
        command = [sys.executable, "-m", "pytest", SUITE, *options]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        if not results.exists():
            raise click.ClickException(
                f"The isolation tests could not be run:\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
            )
        cases = list(ElementTree.parse(results).iter("testcase"))  # noqa: S314  (written by our own pytest)
    return read_report(done.stdout, cases)


def read_report(printed: str, cases: list[ElementTree.Element]) -> Report:
    """The report of a run that ``printed`` and whose results are the ``testcase`` elements of a JUnit file.

    Raises ClickException when the number of attempts is not there: silence must not pass for success.
    """
    total = TOTAL.search(printed)
    if total is None:
        raise click.ClickException("The isolation tests did not say how many attempts they made.")
    kinds = {}
    for part in total["kinds"].split(", "):
        count, _space, kind = part.partition(" ")
        kinds[kind] = int(count)
    failed = [case for case in cases if case.find("failure") is not None or case.find("error") is not None]
    leaks = sorted({leak for case in failed for leak in LEAK.findall("".join(case.itertext()))})
    return Report(int(total["total"]), kinds, len(cases), leaks, [_with_reason(case) for case in failed])


def _with_reason(case: ElementTree.Element) -> str:
    found = case.find("failure") if case.find("failure") is not None else case.find("error")
    reason = " ".join((found.get("message") or "").split()) if found is not None else ""
    return f"{case.get('name')}: {reason[:REASON]}"
