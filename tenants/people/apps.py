"""The people a hospital keeps records of."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "tenants.people"
    label = "people"
    default_auto_field = "django.db.models.UUIDField"
