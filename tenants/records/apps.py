"""Clinical records as FHIR resources."""

from django.apps import AppConfig


class RecordsConfig(AppConfig):
    name = "tenants.records"
    label = "records"
    default_auto_field = "django.db.models.UUIDField"
