"""``portico migrate``."""

import click

from config.cli.application import start_django
from config.cli.output import Steps
from config.cli.prepare import migrate_everything


@click.command()
def migrate() -> None:
    """Bring the shared tables and the hospital template to this code's state. Safe to run again."""
    start_django(owner=True)
    migrate_everything(Steps())
