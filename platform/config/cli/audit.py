"""``portico audit verify`` and ``portico audit settle``."""

from dataclasses import asdict
from typing import Any

import click

from config.cli import FAILED
from config.cli.application import start_django
from config.cli.output import as_json, print_json, print_table

SHOWN = 20  # ids of damaged rows a report names
COLUMNS = {
    "owner": "Trail",
    "sealed": "Sealed",
    "unsealed": "Waiting",
    "anchors": "Anchors",
    "verdict": "Verdict",
}


@click.group()
def audit() -> None:
    """The trail of who did what."""


@audit.command()
@click.option("--hospital", "slug", help="Only this hospital; by default all of them and the provider's own trail.")
@as_json
def verify(slug: str | None, as_json: bool) -> None:
    """Read the whole trail again: every row, seal and anchor. Ends with 1 when something is not as it was written."""
    start_django()
    from config.cli.hospitals import all_contexts, context_of
    from kernel.audit.verification import Verification, verify_hospital, verify_provider

    found: list[Verification] = []
    if slug is None:
        found.append(verify_provider())
    found += [verify_hospital(context) for context in ([context_of(slug)] if slug else all_contexts())]
    reports = [_report(one) for one in found]
    is_intact = all(one.is_intact for one in found)
    if as_json:
        print_json({"intact": is_intact, "trails": reports})
    else:
        print_table([{name: str(value) for name, value in report.items()} for report in reports], COLUMNS)
        for report in reports:
            for fault in ("changed", "deleted", "inserted", "broken_seals"):
                if report[fault]:
                    click.echo(f"{report['owner']}: {fault.replace('_', ' ')}: {', '.join(map(str, report[fault]))}")
    if not is_intact:
        raise click.exceptions.Exit(FAILED)


@audit.command()
@click.option("--hospital", "slug", help="Whose anchors are missing or not genuine; by default the provider's own.")
@click.option("--reason", required=True, help="What became of them; kept in the provider's trail.")
@as_json
def settle(slug: str | None, reason: str, as_json: bool) -> None:
    """Go on from the anchors that are there now, once it is known why the others are gone.

    The whole trail is read first. Ends with 3 when it is not as it was written.
    """
    start_django()
    from control_plane.hospitals.services import settle_anchors, settle_provider_anchors
    from kernel.permissions import system_access
    from kernel.tenancy.scope import shared

    with shared():
        access = system_access("portico audit settle", app="cli")
        if slug is None:
            state = settle_provider_anchors(access=access, reason=reason)
        else:
            state = settle_anchors(access=access, slug=slug, reason=reason)
    if as_json:
        print_json({"hospital": slug, "anchors": state})
    else:
        click.echo(f"{slug or 'provider'}: anchors {state}")


def _report(found: Any) -> dict[str, Any]:
    report = asdict(found)
    for fault in ("changed", "deleted", "inserted", "broken_seals"):
        report[fault] = report[fault][:SHOWN]
    verdict = "intact" if found.is_intact else "DAMAGED"
    return report | {"intact": found.is_intact, "verdict": verdict, "rows_a_second": found.rows_a_second}
