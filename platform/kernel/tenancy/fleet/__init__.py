"""Bring every hospital's schema to the state of this code's migrations, and see that it is there."""

from kernel.tenancy.fleet.drift import reconcile, take_fingerprints
from kernel.tenancy.fleet.run import FleetStopped, hospitals_behind, run_fleet
from kernel.tenancy.ways import MigrationRefused

__all__ = [
    "FleetStopped",
    "MigrationRefused",
    "hospitals_behind",
    "reconcile",
    "run_fleet",
    "take_fingerprints",
]
