"""How a program says who it is: a personal key, or the session of the page it runs in."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, SessionAuthentication, get_authorization_header
from rest_framework.request import Request

from api.auth.selectors import access_by_key
from api.auth.services import note_refused_key, note_use
from kernel.permissions import Access, Channel


class KeyAuthentication(BaseAuthentication):
    """``Authorization: Bearer ptk_...`` (RFC 6750 section 2.1). Keys in the address or the body are not read."""

    def authenticate(self, request: Request) -> tuple[Any, Access] | None:
        word, _space, key = get_authorization_header(request).decode("latin-1").partition(" ")
        if word.lower() != "bearer":
            return None
        web: Channel = request._request.access.channel  # type: ignore[attr-defined]
        found = access_by_key(key.strip(), Channel(app="api", address=web.address, request_id=web.request_id))
        if found is None:
            note_refused_key(key.strip(), web)
            raise exceptions.AuthenticationFailed(_("This key is unknown, ended or expired."))
        personal_key, access = found
        note_use(personal_key)
        # For those who write down what was refused, and to whom.
        request._request.access = access  # type: ignore[attr-defined]
        return personal_key.account, access

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class PageAuthentication(SessionAuthentication):
    """The session of a signed-in page, with Django's CSRF check on unsafe methods."""

    def authenticate(self, request: Request) -> tuple[Any, Access] | None:
        access: Access = request._request.access  # type: ignore[attr-defined]
        if not access.is_signed_in:
            return None
        self.enforce_csrf(request)
        return request._request.account, access  # type: ignore[attr-defined]
