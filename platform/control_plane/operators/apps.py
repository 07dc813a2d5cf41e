"""The provider's own staff."""

from django.apps import AppConfig


class OperatorsConfig(AppConfig):
    name = "control_plane.operators"
    label = "operators"
    default_auto_field = "django.db.models.UUIDField"
