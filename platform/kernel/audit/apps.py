from django.apps import AppConfig


class AuditConfig(AppConfig):
    """The trail of acts and its seals."""

    name = "kernel.audit"
    label = "audit"
