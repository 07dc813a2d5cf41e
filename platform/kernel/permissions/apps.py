from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class PermissionsConfig(AppConfig):
    """Roles as data, permissions as declarations."""

    name = "kernel.permissions"
    label = "permissions"

    def ready(self) -> None:
        from kernel.permissions import provisioning, rights, sentences  # noqa: F401  (each registers what it declares)

        # A permission exists once its module has been imported: a role must never depend on what was imported first.
        autodiscover_modules("permissions")
