"""The portal reads what features offer once all of them are there."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class PortalConfig(AppConfig):
    name = "tenants.portal"
    label = "portal"
    default_auto_field = "django.db.models.UUIDField"

    def ready(self) -> None:
        # Files of these names in a feature fill the registries; nobody imports a feature to get them.
        autodiscover_modules("navigation", "home_cards", "chart_panels", "care")
