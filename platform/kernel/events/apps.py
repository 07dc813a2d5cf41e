from django.apps import AppConfig
from django.conf import settings
from django.utils.module_loading import autodiscover_modules, import_string


class EventsConfig(AppConfig):
    """The outbox and its relay, and mail as one of its effects."""

    name = "kernel.events"
    label = "events"

    def ready(self) -> None:
        import_string(settings.CELERY_APPLICATION)
        # Whoever listens must be known to every process that relays, whatever was imported first.
        autodiscover_modules("events", "tasks")
