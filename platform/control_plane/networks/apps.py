"""The hospital groups that hold the contracts."""

from django.apps import AppConfig


class NetworksConfig(AppConfig):
    name = "control_plane.networks"
    label = "networks"
    default_auto_field = "django.db.models.UUIDField"
