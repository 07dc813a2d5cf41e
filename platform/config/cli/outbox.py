"""``portico outbox status`` and ``portico outbox replay``."""

from typing import Any
from uuid import UUID

import click

from config.cli import FAILED
from config.cli.application import start_django
from config.cli.output import as_json, print_json, print_table

COLUMNS = {"owner": "Outbox", "waiting": "Waiting", "oldest": "Oldest due", "dead": "Given up"}
DEAD_COLUMNS = {
    "owner": "Outbox",
    "id": "Event",
    "type": "Type",
    "published_at": "Published",
    "failure": "Failed at",
}
PROVIDER = "provider"
SHOWN = 50  # events of one outbox that a report names


@click.group()
def outbox() -> None:
    """Effects of acts on their way: letters, notices, changes elsewhere."""


@outbox.command()
@click.option("--hospital", "slug", help="Only this hospital; by default all of them and the provider's own outbox.")
@as_json
def status(slug: str | None, as_json: bool) -> None:
    """What waits, and what was given up after eight attempts. Ends with 1 when something was given up."""
    start_django()
    from config.cli.hospitals import all_contexts, context_of
    from kernel.tenancy.scope import hospital, shared

    reports: list[dict[str, Any]] = []
    if slug is None:
        with shared():
            reports.append(_report(PROVIDER))
    for context in [context_of(slug)] if slug else all_contexts():
        with hospital(context):
            reports.append(_report(context.slug))
    if as_json:
        print_json({"outboxes": reports})
    else:
        print_table([{name: str(one[name] or "") for name in COLUMNS} for one in reports], COLUMNS)
        given_up = [{"owner": one["owner"], **event} for one in reports for event in one["given_up"]]
        if given_up:
            print_table(given_up, DEAD_COLUMNS)
    if any(one["dead"] for one in reports):
        raise click.exceptions.Exit(FAILED)


@outbox.command()
@click.argument("event", type=click.UUID)
@click.option("--hospital", "slug", help="Whose event it is; by default the provider's own.")
def replay(event: UUID, slug: str | None) -> None:
    """Deliver an event that was given up once more, to those that have not had it. Ends with 3 when there is none."""
    start_django()
    from config.cli.hospitals import context_of
    from kernel.events.services import replay_event
    from kernel.permissions import system_access
    from kernel.tenancy.scope import hospital, shared

    with hospital(context_of(slug)) if slug else shared():
        row = replay_event(access=system_access("portico outbox replay", app="cli"), event_id=event)
    click.echo(f"{row.type_name} {row.pk} is delivered again.")


def _report(owner: str) -> dict[str, Any]:
    from kernel.events.selectors import dead_letters, outbox_health

    health = outbox_health()
    return {
        "owner": owner,
        "waiting": health.waiting,
        "oldest": health.oldest,
        "dead": health.dead,
        "given_up": [
            {
                "id": str(row.pk),
                "type": row.type_name,
                "published_at": row.published_at.isoformat(timespec="seconds"),
                "failure": row.failure,
            }
            for row in dead_letters()[:SHOWN]
        ],
    }
