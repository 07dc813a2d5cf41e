"""``portico demo refresh``."""

import click

from config.cli import Refused
from config.cli.application import start_django
from config.cli.output import as_json, carried_out, change, print_json


@click.group()
def demo() -> None:
    """The demonstration's data."""


@demo.command()
@click.option(
    "--days",
    type=click.IntRange(-36_500, 36_500),
    help="Move by so many days instead of the whole weeks that have passed.",
)
@click.option("--dry-run", is_flag=True, help="Say by how many days, and change nothing.")
@as_json
def refresh(days: int | None, dry_run: bool, as_json: bool) -> None:
    """Move all dates of the demonstration's records by the whole weeks that have passed, so that they lie around today.

    Only the demonstration's own records in demonstration hospitals are touched. Run again, it moves nothing.
    """
    start_django()
    from django.conf import settings

    from config.cli.hospitals import all_contexts
    from kernel.permissions import system_access
    from kernel.tenancy.scope import hospital
    from tenants.records.services.demonstrating import days_to_refresh, shift_demo_dates

    if not settings.DEMO_ALLOWED:
        raise Refused("These settings do not allow demonstration data.")
    access = system_access("portico demo refresh", app="cli")
    moved = []
    for context in all_contexts():
        if not context.is_demo:
            continue
        with hospital(context), carried_out(dry_run=dry_run):
            by = days_to_refresh(access=access) if days is None else days
            resources = shift_demo_dates(access=access, days=by)
        moved.append({"slug": context.slug, "days": by, "resources": resources})
    if as_json:
        print_json({"hospitals": moved, **change(any(one["resources"] for one in moved), dry_run=dry_run)})
        return
    for one in moved:
        verb = "would move" if dry_run else "moved"
        click.echo(f"{one['slug']}: {verb} by {one['days']} days ({one['resources']} resources)")
    if not moved:
        click.echo("There is no demonstration hospital.")
