"""``portico migrate``."""

import click

from config.cli.application import start_django
from config.cli.output import Steps, as_json, change, print_json
from config.cli.prepare import migrate_everything


@click.command()
@click.option("--dry-run", is_flag=True, help="Say what is missing and change nothing.")
@as_json
def migrate(dry_run: bool, as_json: bool) -> None:
    """Bring the shared tables, the hospital template and every hospital to this code's state. Safe to run again."""
    start_django(owner=True)
    if dry_run:
        from kernel.tenancy.fleet import hospitals_behind
        from kernel.tenancy.schemas import missing_in_shared

        missing = missing_in_shared()
        # Without the register there is no hospital either.
        behind = 0 if ("tenancy", "0001_initial") in missing else hospitals_behind()
        if as_json:
            told = {"shared": [f"{app}.{name}" for app, name in missing], "hospitals_behind": behind}
            print_json({**told, **change(bool(missing or behind), dry_run=True)})
        else:
            click.echo(f"Shared tables: {len(missing)} migrations missing. Hospitals: {behind} behind.")
        return
    migrated = migrate_everything(Steps(are_shown=not as_json))
    if as_json:
        print_json({"migrated": migrated})
