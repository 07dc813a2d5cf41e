"""``portico keys rotate`` and ``portico keys rewrap``."""

from typing import Any

import click

from config.cli.application import start_django
from config.cli.output import as_json, print_json, print_table

PROVIDER = "provider"


@click.group()
def keys() -> None:
    """The keys that encrypt what hospitals keep."""


@keys.command()
@click.option("--hospital", "slug", help="Only this hospital.")
@click.option("--all", "is_for_all", is_flag=True, help="Every hospital, and the provider's own side.")
@click.option("--only-move", is_flag=True, help="Make no new key; encrypt with the newest one what is left.")
@as_json
def rotate(slug: str | None, is_for_all: bool, only_move: bool, as_json: bool) -> None:
    """Make a new data key and encrypt everything with it: fields, second steps and files.

    People go on working. Processes that run use the former key for up to five minutes more; what they write meanwhile
    stays readable, and --only-move moves it. Stopped, it continues with --only-move.
    """
    if (slug is not None) == is_for_all:
        raise click.UsageError("Say --hospital SLUG or --all.")
    start_django()
    # Registers how stored files move.
    import kernel.storage  # noqa: F401
    from kernel.keys.envelope import Purpose, plain_key
    from kernel.keys.rotation import move_values
    from kernel.keys.rotation import rotate as rotate_here
    from kernel.permissions import system_access

    access = system_access("portico keys rotate", app="cli")
    reports: list[dict[str, Any]] = []
    for owner, scope in _scopes(slug):
        with scope:
            if only_move:
                moved = move_values(access=access)
                number = plain_key(Purpose.DATA).number
            else:
                number, moved = rotate_here(access=access)
        reports.append({"owner": owner, "key": number, "moved": moved})
        if not as_json:
            click.echo(f"{owner}: key {number}, {moved} values moved")
    if as_json:
        print_json({"rotated": reports})


@keys.command()
@as_json
def rewrap(as_json: bool) -> None:
    """Protect all keys by the first master key of PORTICO_KEYRING. Afterwards the others can be taken out of it."""
    start_django()
    from kernel.keys.rotation import rewrap as rewrap_here
    from kernel.permissions import system_access

    access = system_access("portico keys rewrap", app="cli")
    reports: list[dict[str, Any]] = []
    for owner, scope in _scopes(None):
        with scope:
            reports.append({"owner": owner, "rewrapped": rewrap_here(access=access)})
    if as_json:
        print_json({"keys": reports})
    else:
        print_table(
            [{name: str(value) for name, value in one.items()} for one in reports],
            {"owner": "Keys of", "rewrapped": "Protected anew"},
        )


def _scopes(slug: str | None) -> list[tuple[str, Any]]:
    """The provider's side and every hospital, also those still being made, or the one hospital ``slug``."""
    from config.cli.hospitals import context_of
    from kernel.tenancy.models import Hospital
    from kernel.tenancy.resolution import context_for
    from kernel.tenancy.scope import hospital, shared

    if slug is not None:
        return [(slug, hospital(context_of(slug)))]
    with shared():
        rows = list(Hospital.objects.order_by("slug").values_list("slug", "pk"))
    found = [(name, context_for(key)) for name, key in rows]
    return [(PROVIDER, shared()), *((name, hospital(context)) for name, context in found if context is not None)]
