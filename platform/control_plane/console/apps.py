"""The pages on which operators work."""

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "control_plane.console"
    label = "console"
    default_auto_field = "django.db.models.UUIDField"

    def ready(self) -> None:
        from control_plane.console import navigation  # noqa: F401  (fills the menu)
