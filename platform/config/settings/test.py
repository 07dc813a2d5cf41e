"""The test run. It differs from production as little as it can."""

from config.settings.base import *  # noqa: F403

DEMO_ALLOWED = True
