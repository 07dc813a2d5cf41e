"""Which tables belong in which schema."""

from typing import Any

from django.apps import apps
from django.conf import settings

from kernel.tenancy.scope import SHARED_SCHEMA, peek_scope


class SchemaRouter:
    """Shared apps migrate under ``shared()``, hospital apps in a hospital's schema, and nothing without a scope."""

    def allow_migrate(self, db: str, app_label: str, model_name: str | None = None, **hints: Any) -> bool:
        scope = peek_scope()
        if scope is None:
            return False
        listed = settings.SHARED_APPS if scope.schema_name == SHARED_SCHEMA else settings.TENANT_APPS
        config = apps.get_app_config(app_label)
        return config.name in listed or f"{config.__module__}.{type(config).__qualname__}" in listed
