"""The test run. It differs from production as little as it can."""

from config.settings.base import *  # noqa: F403
from config.settings.base import STORAGES

DEMO_ALLOWED = True

# Without a manifest and a folder: tests need no collected files.
STATIC_ROOT = ""
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
