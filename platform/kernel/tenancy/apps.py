from django.apps import AppConfig


class TenancyConfig(AppConfig):
    """Networks, hospitals, their domains, and the guard that keeps them apart."""

    name = "kernel.tenancy"
    label = "tenancy"

    def ready(self) -> None:
        from kernel.tenancy.checks import require_closed_guard

        require_closed_guard()
