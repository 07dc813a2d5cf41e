"""The part of ``portico up`` that needs Django: tables, template, static files. One process, then gone."""

import click
from django.core.management import call_command

from config.cli.application import start_django
from config.cli.output import Steps


@click.command(hidden=True)
def prepare() -> None:
    """Bring the database and the static files to this code's state."""
    start_django(owner=True)
    steps = Steps()
    migrate_everything(steps)
    with steps.step("Static files"):
        call_command("collectstatic", interactive=False, verbosity=0)


def migrate_everything(steps: Steps) -> None:
    """The shared tables, the provider's keys, then the template that new hospitals are made from."""
    from kernel.keys.envelope import Purpose
    from kernel.keys.services import ensure_key
    from kernel.tenancy.schemas import migrate_schema
    from kernel.tenancy.scope import shared
    from kernel.tenancy.templates import current_template

    with steps.step("Shared tables") as report:
        migrate_schema("shared", report)
        with shared():
            for purpose in Purpose:
                ensure_key(purpose)
        report("up to date")
    with steps.step("Hospital template") as report:
        template = current_template(report)
        report(f"{template.tables} tables")
