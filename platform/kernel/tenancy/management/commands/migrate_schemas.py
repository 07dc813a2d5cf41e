"""Refused: it would migrate all hospitals one by one, each through Python."""

from kernel.tenancy.management.commands.migrate import Command

__all__ = ["Command"]
