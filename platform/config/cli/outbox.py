"""``portico outbox status`` and ``portico outbox replay``."""

from typing import Any
from uuid import UUID

import click

from config.cli import FAILED
from config.cli.application import start_django
from config.cli.output import as_json, carried_out, change, print_json, print_table

COLUMNS = {
    "owner": "Outbox",
    "waiting": "Waiting",
    "oldest": "Oldest due",
    "unreadable": "Cannot be read",
    "dead": "Given up",
}
STUCK_COLUMNS = {
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
    """What waits, and what was given up after twenty attempts in ten hours.

    What cannot be read was stored by other code than this and is given up after two weeks. Ends with 1 when there is
    such an event, or one that was given up.
    """
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
        shown = [{name: "" if one[name] is None else str(one[name]) for name in COLUMNS} for one in reports]
        print_table(shown, COLUMNS)
        stuck = [{"owner": one["owner"], **event} for one in reports for event in one["not_read"] + one["given_up"]]
        if stuck:
            print_table(stuck, STUCK_COLUMNS)
    if any(one["dead"] or one["unreadable"] for one in reports):
        raise click.exceptions.Exit(FAILED)


@outbox.command()
@click.argument("event", type=click.UUID, required=False)
@click.option("--all", "is_for_all", is_flag=True, help="Every event that was given up, in each outbox.")
@click.option("--hospital", "slug", help="Only this hospital's; by default the provider's own, with --all each outbox.")
@click.option("--dry-run", is_flag=True, help="Count and change nothing.")
@as_json
def replay(event: UUID | None, is_for_all: bool, slug: str | None, dry_run: bool, as_json: bool) -> None:
    """Deliver an EVENT that was given up once more, or all of them, to those that have not had it.

    Ends with 3 when there is no such event.
    """
    if (event is None) != is_for_all:
        raise click.UsageError("Name one event, or say --all.")
    start_django()
    from config.cli.hospitals import all_contexts, context_of
    from kernel.tenancy.scope import hospital, shared

    counts: dict[str, int] = {}
    if slug is None:
        with shared(), carried_out(dry_run=dry_run):
            counts[PROVIDER] = _replayed(event)
    contexts = [context_of(slug)] if slug else (all_contexts() if is_for_all else [])
    for context in contexts:
        with hospital(context), carried_out(dry_run=dry_run):
            counts[context.slug] = _replayed(event)
    if as_json:
        found = sum(counts.values())
        told = {"replayed": 0 if dry_run else found, "found": counts, **change(bool(found), dry_run=dry_run)}
        print_json(told)
    else:
        verb = "would be" if dry_run else "will be"
        click.echo("".join(f"{owner}: {count} {verb} delivered again.\n" for owner, count in counts.items()), nl=False)


def _replayed(event: UUID | None) -> int:
    """How many events of the scope in context were sent again. Raises NotFound for what was not given up."""
    from kernel.events.services import replay_all, replay_event
    from kernel.permissions import system_access

    access = system_access("portico outbox replay", app="cli")
    if event is None:
        return replay_all(access=access)
    replay_event(access=access, event_id=event)
    return 1


def _told(events: Any) -> list[dict[str, str]]:
    return [
        {
            "id": str(row.pk),
            "type": row.type_name,
            "published_at": row.published_at.isoformat(timespec="seconds"),
            "failure": row.failure,
        }
        for row in events[:SHOWN]
    ]


def _report(owner: str) -> dict[str, Any]:
    from kernel.events.selectors import dead_letters, outbox_health, unreadable_events

    health = outbox_health()
    return {
        "owner": owner,
        "waiting": health.waiting,
        "oldest": health.oldest,
        "unreadable": health.unreadable,
        "dead": health.dead,
        "not_read": _told(unreadable_events()),
        "given_up": _told(dead_letters()),
    }
