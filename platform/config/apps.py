"""The composition root as an app: what every process must have, whoever started it."""

from django.apps import AppConfig


class CompositionConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        # Without it a web process would send its tasks to Celery's own default broker, and lose them.
        from config import celery  # noqa: F401
