from django.apps import AppConfig


class SampleConfig(AppConfig):
    """An app whose migrations each test writes for itself."""

    name = "tests.kernel.tenancy.fleet.sample"
    label = "sample"
