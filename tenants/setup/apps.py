"""What a hospital's own administrators do under /manage/."""

from django.apps import AppConfig


class SetupConfig(AppConfig):
    name = "tenants.setup"
    label = "setup"
    default_auto_field = "django.db.models.UUIDField"

    def ready(self) -> None:
        from tenants.setup import meters, navigation  # noqa: F401  (the number of patients, the menu)
