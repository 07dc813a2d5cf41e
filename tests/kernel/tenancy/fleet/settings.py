"""The test settings and one more app in every hospital, whose migrations the test has written."""

from config.settings.test import *  # noqa: F403
from config.settings.test import INSTALLED_APPS, TENANT_APPS

SAMPLE = "tests.kernel.tenancy.fleet.sample.apps.SampleConfig"
INSTALLED_APPS = [*INSTALLED_APPS, SAMPLE]
TENANT_APPS = [*TENANT_APPS, SAMPLE]
MIGRATION_MODULES = {"sample": "fleet_migrations"}
