"""Refused: it would migrate one schema of many."""

from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands import migrate


class Command(migrate.Command):
    """Points to the command that knows hospitals, rings and templates."""

    help = "Not used here: run `portico migrate`."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        raise CommandError("Run `portico migrate`: it migrates the shared schema and every hospital, ring by ring.")
