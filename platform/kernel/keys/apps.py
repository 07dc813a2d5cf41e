from django.apps import AppConfig


class KeysConfig(AppConfig):
    """The wrapped keys of a hospital and of the provider."""

    name = "kernel.keys"
    label = "keys"

    def ready(self) -> None:
        from kernel.keys import provisioning, sentences  # noqa: F401  (registers the step, and words for the trail)
