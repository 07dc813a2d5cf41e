from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class PreferencesConfig(AppConfig):
    """What hospitals have decided for themselves."""

    name = "kernel.preferences"
    label = "preferences"

    def ready(self) -> None:
        # A preference exists once its module has been imported.
        autodiscover_modules("preferences")
