"""``portico import fhir``."""

import sys
from pathlib import Path
from typing import Any

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from config.cli import FAILED, REFUSED
from config.cli.application import start_django
from config.cli.output import as_json, print_json

LONGEST_SOURCE = 64


def _source(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    if not value.strip() or len(value) > LONGEST_SOURCE or not value.isprintable():
        raise click.BadParameter(f"is a name of 1 to {LONGEST_SOURCE} characters")
    return value


@click.group("import")
def import_() -> None:
    """Bring clinical records in."""


@import_.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--hospital", "slug", required=True, help="Slug of the hospital the records belong to.")
@click.option(
    "--source", default="file", show_default=True, callback=_source, help="Name of the system the files came from."
)
@click.option("--dry-run", is_flag=True, help="Store each file and take it back: says what would become of it.")
@as_json
def fhir(paths: tuple[Path, ...], slug: str, source: str, dry_run: bool, as_json: bool) -> None:
    """Import FHIR R4 bundles (.json, .json.gz): files, or folders searched to any depth.

    One transaction a file. Run again, it changes nothing; stopped, it continues. What is refused is listed with file,
    entry (the first is 1, with --json too) and path, and the rest is stored. Listed as well, and counted apart as held,
    is a merge of two patients that waits for somebody to look whether they are one. A rehearsal takes each file by
    itself: what two files share is counted for both, and what needs an earlier file is refused. Ends with 0 when
    everything was stored, 1 when entries were refused or merges are held, 3 when a whole file was refused.
    """
    start_django()
    from config.cli.hospitals import context_of
    from kernel.permissions import system_access
    from kernel.tenancy.scope import hospital
    from tenants.records.outcomes import ImportProgress
    from tenants.records.services.importing import import_paths, rehearse_paths

    context = context_of(slug)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, disable=as_json or not sys.stdout.isatty(), transient=True) as bar:
        task = bar.add_task("Importing", total=None)

        def report(at: ImportProgress) -> None:
            bar.update(task, completed=at.done, total=at.total)
            if not as_json and not sys.stdout.isatty():
                click.echo(f"{at.done}/{at.total} {at.result.name}")

        with hospital(context):
            summary = (rehearse_paths if dry_run else import_paths)(
                access=system_access("portico import fhir", app="cli"),
                paths=paths,
                source=source,
                progress=report,
            )
    if as_json:
        print_json(_as_json(summary) | {"dry_run": dry_run})
    else:
        _print(summary)
        if dry_run:
            click.echo("This was a rehearsal. Nothing was changed.")
    if summary.refused_files:
        raise click.exceptions.Exit(REFUSED)
    if summary.refused or summary.held:
        raise click.exceptions.Exit(FAILED)


def _as_json(summary: Any) -> dict[str, Any]:
    counts = ("files", "skipped", "refused_files", "created", "updated", "unchanged", "refused", "held")
    return {name: getattr(summary, name) for name in counts} | {
        "results": [
            {
                "file": result.name,
                "reason": result.reason,
                # Kept by their index in the file, told by their number: a program and a person count the same.
                "refusals": [{**refusal.as_json(), "entry": refusal.entry + 1} for refusal in result.refusals],
            }
            for result in summary.results
        ]
    }


def _print(summary: Any) -> None:
    from tenants.records.bundles import reason_in_words

    for result in summary.results:
        if result.reason:
            words = reason_in_words(result.reason)
            click.echo(f"{result.name}: the whole file was refused ({result.reason}). {words}".rstrip())
        for refusal in result.refusals:
            of_type = f" ({refusal.type})" if refusal.type else ""
            for problem in refusal.problems:
                at = f"{problem.path}: " if problem.path else ""
                told = f"{at}{problem.fault.sentence} ({problem.fault})"
                click.echo(f"{result.name}: entry {refusal.entry + 1}{of_type}: {told}")
    earlier = f" and {summary.skipped} by another run of the same files" if summary.skipped else ""
    click.echo(f"Files: {summary.files} read{earlier}, {summary.refused_files} refused as a whole.")
    click.echo(
        f"Resources: {summary.created} created, {summary.updated} updated, {summary.unchanged} unchanged, "
        f"{summary.refused} refused."
    )
    if summary.held:
        click.echo(f"Merges of two patients: {summary.held} held. Somebody has to look whether they are one.")
