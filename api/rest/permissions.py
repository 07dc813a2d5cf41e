"""Deny by default, at the door of the programming interface.

Apart from the viewsets, because rest_framework imports this while it makes its own views.
"""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import exceptions, permissions
from rest_framework.request import Request

from kernel.permissions import Access, Permission


def access_of(request: Request) -> Access:
    """The access of a key or of a signed-in page; the visitor's when neither was given."""
    if isinstance(request.auth, Access):
        return request.auth
    access: Access = request._request.access  # type: ignore[attr-defined]
    return access


class NotPermitted(exceptions.PermissionDenied):
    """Refused, with the name of the permission that is missing: whoever made the key knows then what to add."""

    default_code = "not_permitted"

    def __init__(self, missing: Permission) -> None:
        super().__init__(
            _("This needs the permission %(name)s (%(sentence)s). The key, or the account behind it, does not have it.")
            % {"name": missing.name, "sentence": missing.sentence}
        )


class HoldsDeclaredPermission(permissions.BasePermission):
    """Deny by default: an action without a declaration is refused, also when somebody forgot it."""

    def has_permission(self, request: Request, view: Any) -> bool:
        action = getattr(view, "action", None)
        if action in (None, "metadata"):
            # No action of this address has the method, for nobody: 405 and not 403.
            raise exceptions.MethodNotAllowed(str(request.method))
        declared: Permission | None = getattr(view, "permissions", {}).get(action)
        access = access_of(request)
        if declared is None:
            return bool(getattr(view, "is_public", ""))
        if not access.is_signed_in:
            raise exceptions.NotAuthenticated
        if not access.can(declared):
            raise NotPermitted(declared)
        return True
