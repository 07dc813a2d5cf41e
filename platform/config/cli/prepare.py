"""The part of ``portico up`` that needs Django: tables, template, static files. One process, then gone."""

import hashlib
from pathlib import Path

import click
from django.core.management import call_command

from config.cli import outage_in_words
from config.cli.application import start_django
from config.cli.output import Steps
from config.runtime.home import Home

# How many seconds a second start waits for the first to bring the shared tables up to date.
SHARED_TABLES_PATIENCE = 120.0


@click.command(hidden=True)
def prepare() -> None:
    """Bring the database and the static files to this code's state."""
    start_django(owner=True)
    steps = Steps()
    migrate_everything(steps)
    seed_demonstration(steps)
    with steps.step("Fonts") as report:
        report(f"{len(build_fonts())} files")
    with steps.step("Static files") as report:
        report("collected" if collect_static_files() else "up to date")


def seed_demonstration(steps: Steps) -> None:
    """Three hospitals with their people and records, where the settings allow it."""
    from django.conf import settings

    if not settings.DEMO_ALLOWED:
        return
    from config.demonstration.seeding import seed

    with steps.step("Demonstration") as report:
        seed(Home.current(), report)
        report("ready")


def build_fonts() -> dict[str, str]:
    """Cut the fonts of the letter styles, unless that was done for these very packages."""
    from django.conf import settings

    from themes import fonts

    return fonts.build(Path(settings.THEMES_STATIC_DIR))


def collect_static_files() -> bool:
    """Collect, hash and compress them when any has changed; returns whether it was necessary (it takes seconds)."""
    from django.conf import settings
    from django.contrib.staticfiles.finders import get_finders

    root = Path(settings.STATIC_ROOT)
    state = hashlib.sha256(repr(settings.STORAGES["staticfiles"]).encode())
    for finder in get_finders():
        for name, storage in finder.list([]):
            found = Path(storage.path(name)).stat()
            state.update(f"{name}\0{found.st_size}\0{found.st_mtime_ns}\n".encode())
    mark = root.with_name(f"{root.name}.state")
    if root.is_dir() and mark.exists() and mark.read_text() == state.hexdigest():
        return False
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    mark.write_text(state.hexdigest())
    return True


def migrate_everything(steps: Steps) -> int:
    """The shared tables, the provider's keys, then the template of new hospitals and every hospital; returns how many
    hospitals were brought up to date."""
    from control_plane.operators.ranks import ensure_ranks
    from kernel.keys.envelope import Purpose
    from kernel.keys.services import ensure_key
    from kernel.tenancy.errors import TenancyError
    from kernel.tenancy.fleet import run_fleet
    from kernel.tenancy.schemas import SomebodyElse, locked, migrate_schema
    from kernel.tenancy.scope import shared

    with steps.step("Shared tables") as report:
        try:
            # Two machines may be given new code at the same moment.
            with shared(), locked("shared tables", SHARED_TABLES_PATIENCE):
                migrate_schema("shared", report)
                for purpose in Purpose:
                    ensure_key(purpose)
                # Anew each time: a permission that came with new code must not reach operators who may only look.
                ensure_ranks()
        except SomebodyElse as error:
            raise click.ClickException(
                "The shared tables are being migrated already. Try again when that has ended."
            ) from error
        report("up to date")
    with steps.step("Hospitals") as report:
        try:
            result = run_fleet(lambda what, done, total: report(what), started_by="portico")
        except SomebodyElse as error:
            raise click.ClickException(
                "Hospitals are being migrated already. Try again when that has ended."
            ) from error
        except TenancyError as error:
            # A hospital that could not be migrated is named; the others stay as they are and nothing is half done.
            raise click.ClickException(". ".join(filter(None, [str(error), outage_in_words(error)]))) from error
        report(f"{result.migrated} migrated" if result.migrated else "up to date")
    return result.migrated
