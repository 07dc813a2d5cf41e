"""How the OpenAPI document describes one operation.

Apart from the document, because rest_framework imports this while it makes its own views.
"""

from typing import Any

from drf_spectacular.openapi import AutoSchema


class OperationSchema(AutoSchema):
    """Says with each operation which permission the endpoint declares for it."""

    def get_extensions(self) -> dict[str, Any]:
        """What the decorator says, and ``x-permission``."""
        declared = getattr(self.view, "permissions", {}).get(getattr(self.view, "action", None))
        return {**super().get_extensions(), **({"x-permission": declared.name} if declared else {})}
