"""The provider's hospitals: their register, their life cycle and what they report of themselves."""

from django.apps import AppConfig


class HospitalsConfig(AppConfig):
    name = "control_plane.hospitals"
    label = "hospitals"
    default_auto_field = "django.db.models.UUIDField"

    def ready(self) -> None:
        from control_plane.hospitals import provisioning, tasks  # noqa: F401  (registers the step, the schedule, the listeners)
