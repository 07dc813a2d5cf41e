from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class AuditConfig(AppConfig):
    """The trail of acts and its seals."""

    name = "kernel.audit"
    label = "audit"

    def ready(self) -> None:
        # What each app's acts are called; nobody imports a feature to get it.
        autodiscover_modules("sentences")
