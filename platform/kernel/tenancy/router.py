"""Which tables belong in which schema."""

from typing import Any

from django.conf import settings

from kernel.tenancy.schemas import listed_labels
from kernel.tenancy.scope import SHARED_SCHEMA, peek_scope


class SchemaRouter:
    """Shared apps migrate under ``shared()``, hospital apps in a hospital's schema, and nothing without a scope."""

    def allow_migrate(self, db: str, app_label: str, model_name: str | None = None, **hints: Any) -> bool:
        scope = peek_scope()
        if scope is None:
            return False
        is_shared = scope.schema_name == SHARED_SCHEMA
        return app_label in listed_labels(settings.SHARED_APPS if is_shared else settings.TENANT_APPS)
