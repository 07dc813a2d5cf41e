"""``make sbom``: what Portico is made of (CycloneDX), under which licences, and with which known weaknesses (S47).

Written to ``PORTICO_HOME/supply/``, which is not committed: ``sbom.cdx.json``, ``licences.md``, ``advisories.json``.
The last one is the record of when a feed of advisories was last asked; with ``--release`` a record that is missing or
older than seven days fails. Where no feed can be reached the check says so: *not run* is never *clean*.
"""

import argparse
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from config.runtime.home import CHECKOUT, Home

REQUIREMENTS = CHECKOUT / "requirements"
# The lock files from the narrowest to the widest, and what CycloneDX calls what only the wider ones have.
LOCKS = {"base": "required", "run": "optional", "dev": "excluded"}
RECORD_IS_LATE_AFTER = timedelta(days=7)
SECONDS = 300
_LOCKED = re.compile(
    r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[^]]*\])?==(?P<version>\S+)(?: ; (?P<marker>[^\\]+))?", re.MULTILINE
)


class Missing(Exception):
    """A locked package is not installed here, so nobody can say what its licence is."""


@dataclass(frozen=True)
class Package:
    """One locked package that this platform uses."""

    name: str
    version: str
    scope: str
    licence: str
    is_allowed: bool


@dataclass(frozen=True)
class Advisories:
    """What a run of the check for known weaknesses came to: ``clean``, ``found`` or ``not run``."""

    at: str
    verdict: str
    why: str = ""
    found: tuple[str, ...] = ()


@cache
def rules() -> dict[str, Any]:
    """``requirements/supply.toml``."""
    return tomllib.loads((REQUIREMENTS / "supply.toml").read_text("utf-8"))


def locked(folder: Path = REQUIREMENTS) -> dict[str, tuple[str, str]]:
    """Name → version and scope of every locked package that this platform installs."""
    from packaging.markers import Marker

    found: dict[str, tuple[str, str]] = {}
    for lock, scope in LOCKS.items():
        for match in _LOCKED.finditer((folder / f"{lock}.txt").read_text("utf-8")):
            marker = (match["marker"] or "").strip()
            if not marker or Marker(marker).evaluate():
                found.setdefault(match["name"], (match["version"], scope))
    return found


def written_licence(described: Mapping[str, list[str]], name: str) -> str:
    """The licence in SPDX's words, from a package's own description or our table; empty when nobody says it."""
    licences = rules()["licences"]
    words: dict[str, str] = licences["words"]
    for text in (*described.get("License-Expression", []), licences["of"].get(name, ""), *described.get("License", [])):
        found: str = words.get(text.strip(), text.strip())
        if found and _terms(found):
            return found
    classifiers = [line.rpartition(" :: ")[2] for line in described.get("Classifier", []) if line[:9] == "License :"]
    known = sorted({words[line] for line in classifiers if line in words})
    return " AND ".join(known)


def is_allowed(licence: str, scope: str) -> bool:
    """Whether all licences that one cannot choose away are on the list, which is longer for developers' tools."""
    licences = rules()["licences"]
    allowed = {*licences["allowed"], *(licences["allowed_for_tools"] if scope == LOCKS["dev"] else ())}
    return bool(licence) and _holds(_spdx().parse(licence), allowed)


@cache
def _spdx() -> Any:
    """All licences of SPDX: reading their list takes a fifth of a second."""
    from license_expression import get_spdx_licensing

    return get_spdx_licensing()


def _terms(licence: str) -> bool:
    """Whether the text is an expression of SPDX: a whole licence's text, or a made-up name, is not."""
    from license_expression import ExpressionError

    if len(licence) > 200:
        return False
    try:
        unknown = _spdx().unknown_license_keys(licence)
    except (ExpressionError, ValueError):
        return False
    return all(key.startswith("LicenseRef-") for key in unknown)


def _holds(node: Any, allowed: set[str]) -> bool:
    operands = getattr(node, "args", ())
    if operands:
        return (any if node.operator.strip() == "OR" else all)(_holds(part, allowed) for part in operands)
    return node.render() in allowed


def packages() -> list[Package]:
    """Everything that is locked, with its licence. Raises Missing for what is not installed."""
    found = []
    for name, (version, scope) in sorted(locked().items()):
        try:
            described = metadata.metadata(name)
        except metadata.PackageNotFoundError as error:
            raise Missing(f"{name} is locked and not installed: make environment") from error
        fields = {key: described.get_all(key) or [] for key in ("License-Expression", "License", "Classifier")}
        licence = written_licence(fields, name)
        found.append(Package(name, version, scope, licence or "unknown", is_allowed(licence, scope)))
    return found


def bill(found: Iterable[Package], *, at: datetime) -> str:
    """The bill of materials as CycloneDX 1.6 in JSON. Nothing of this machine is in it."""
    from cyclonedx.model.bom import Bom
    from cyclonedx.model.component import Component, ComponentScope, ComponentType
    from cyclonedx.model.license import LicenseExpression
    from cyclonedx.output.json import JsonV1Dot6
    from packageurl import PackageURL

    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))["project"]
    root = Component(
        name=project["name"], version=project["version"], type=ComponentType.APPLICATION, bom_ref=project["name"]
    )
    parts = [
        Component(
            name=package.name,
            version=package.version,
            type=ComponentType.LIBRARY,
            scope=ComponentScope(package.scope),
            purl=PackageURL("pypi", None, package.name, package.version),
            bom_ref=f"{package.name}@{package.version}",
            licenses=[LicenseExpression(package.licence)],
        )
        for package in found
    ]
    made = Bom(components=parts)
    made.metadata.component = root
    made.metadata.timestamp = at
    made.register_dependency(root, parts)
    return JsonV1Dot6(made).output_as_string(indent=2)


def licence_list(found: Iterable[Package]) -> str:
    """The licences as a table in Markdown, for whoever hands Portico on."""
    lines = ["| package | version | part of | licence |", "| --- | --- | --- | --- |"]
    parts = {"required": "the product", "optional": "the demonstration", "excluded": "development"}
    lines += [f"| {one.name} | {one.version} | {parts[one.scope]} | {one.licence} |" for one in found]
    return "\n".join(lines) + "\n"


def ask_feed(*, at: datetime) -> Advisories:
    """Ask the feed of advisories about what the product installs."""
    command = ["-r", str(REQUIREMENTS / "base.txt"), "--disable-pip", "--require-hashes", "--format", "json"]
    options = ["--vulnerability-service", "osv", "--timeout", "10", "--progress-spinner", "off"]
    try:
        ended = subprocess.run(
            [Path(sys.executable).parent / "pip-audit", *command, *options],
            check=False, capture_output=True, text=True, timeout=SECONDS,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return Advisories(f"{at:%Y-%m-%d}", "not run", "the feed did not answer in time")
    return read_answer(ended.stdout, at=at)


def read_answer(text: str, *, at: datetime) -> Advisories:
    """What pip-audit's JSON says. A package that it skipped was not looked at, so the whole counts as not run."""
    day = f"{at:%Y-%m-%d}"
    try:
        listed: list[dict[str, Any]] = json.loads(text)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return Advisories(day, "not run", "no feed of advisories could be reached")
    skipped = [entry["name"] for entry in listed if "vulns" not in entry]
    if skipped or not listed:
        return Advisories(day, "not run", f"the feed knows nothing of {len(skipped)} packages")
    waived = rules()["advisories"]["waived"]
    found = tuple(
        f"{entry['name']} {entry['version']}: {weakness['id']}"
        for entry in listed
        for weakness in entry["vulns"]
        if not {weakness["id"], *weakness.get("aliases", [])} & set(waived)
    )
    return Advisories(day, "found" if found else "clean", found=found)


def remember(found: Advisories, record: Path) -> dict[str, Any]:
    """Keep the outcome with its day; what was found last stays known when the check could not run now."""
    try:
        kept: dict[str, Any] = json.loads(record.read_text("utf-8"))
    except (OSError, ValueError):
        kept = {"last_run": None}
    now = {"latest": asdict(found), "last_run": kept.get("last_run") if found.verdict == "not run" else asdict(found)}
    record.parent.mkdir(parents=True, exist_ok=True)
    record.write_text(json.dumps(now, indent=2) + "\n", "utf-8")
    return now


def refusals(kept: Mapping[str, Any], *, at: datetime, is_release: bool) -> list[str]:
    """Why this may not go on: known weaknesses always; at a release also a check that is missing or too old."""
    last = kept["last_run"]
    found = [f"known weakness: {line}" for line in (last or {}).get("found", ())]
    if not is_release:
        return found
    if last is None:
        return [*found, "a release needs a check for known weaknesses, and none was ever run"]
    run_at = datetime.fromisoformat(last["at"]).replace(tzinfo=UTC)
    if at - run_at > RECORD_IS_LATE_AFTER + timedelta(days=1):  # the record has a day, not an hour
        return [*found, f"the last check for known weaknesses was run on {last['at']}, more than 7 days ago"]
    return found


def main(arguments: list[str] | None = None) -> int:
    """Write the three files and say what was found; 1 when a licence, a weakness or a release's record is refused."""
    reader = argparse.ArgumentParser(prog="make sbom", description=__doc__)
    reader.add_argument("--release", action="store_true", help="demand a check for weaknesses of the last 7 days")
    reader.add_argument("--licences", action="store_true", help="only the bill and the licences; ask no feed")
    reader.add_argument("--folder", type=Path, default=Home.current().path / "supply", help="where the files go")
    asked = reader.parse_args(arguments)
    at = datetime.now(UTC).replace(microsecond=0)
    try:
        found = packages()
    except Missing as error:
        print(error)
        return 1
    asked.folder.mkdir(parents=True, exist_ok=True)
    (asked.folder / "sbom.cdx.json").write_text(bill(found, at=at) + "\n", "utf-8")
    (asked.folder / "licences.md").write_text(licence_list(found), "utf-8")
    refused = [f"licence not allowed: {one.name} {one.version}: {one.licence}" for one in found if not one.is_allowed]
    print(f"{len(found)} packages, {sum(one.scope == 'required' for one in found)} of them in the product.")
    if not asked.licences:
        kept = remember(ask_feed(at=at), asked.folder / "advisories.json")
        latest = kept["latest"]
        print(f"Known weaknesses: {latest['verdict']} ({latest['at']}){': ' if latest['why'] else ''}{latest['why']}")
        refused += refusals(kept, at=at, is_release=asked.release)
    print("\n".join(refused) or "Nothing is refused.")
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
