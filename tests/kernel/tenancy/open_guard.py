"""Settings with a cache whose keys know no hospital: no process may start with them."""

from config.settings.test import *  # noqa: F403
from config.settings.test import CACHES

CACHES = {**CACHES, "second": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
