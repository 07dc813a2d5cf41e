"""`make run`: everything on this machine, loopback only."""

from config.settings.base import *  # noqa: F403

DEMO_ALLOWED = True
