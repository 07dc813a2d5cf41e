from django.apps import AppConfig


class LogsConfig(AppConfig):
    """Log lines and error reports."""

    name = "kernel.logs"
    label = "logs"

    def ready(self) -> None:
        from kernel.logs.reporting import start_reporting

        start_reporting()
