"""Every route says who may take it. A view without one of these three marks fails the test run (S26)."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url

from kernel.permissions.access import NotFound, NotPermitted
from kernel.permissions.declarations import Permission

if TYPE_CHECKING:
    from kernel.accounts.requests import DoorRequest

View = TypeVar("View", bound=Callable[..., HttpResponse])


@dataclass(frozen=True)
class Declared:
    """What a route asks for: one of ``permissions``, any account, or nothing, with the reason why."""

    kind: Literal["permission", "signed_in", "public"]
    permissions: tuple[Permission, ...] = ()
    why: str = ""


def _mark(view: Callable[..., HttpResponse], declared: Declared) -> None:
    view.portico_permission = declared  # type: ignore[attr-defined]


def _sign_in_first(request: HttpRequest) -> HttpResponse:
    """To the sign-in page and back. Only a page that was merely looked at is worth coming back to.

    The answer takes the cookie of an ended session away, so the address says why it ended, in one fixed word.
    """
    query = {"next": request.get_full_path()} if request.method in ("GET", "HEAD") else {}
    ended = getattr(getattr(request, "session", None), "ended_by", "")
    if ended:
        query["ended"] = ended
    address = resolve_url(settings.LOGIN_URL) + (f"?{urlencode(query)}" if query else "")
    if request.headers.get("HX-Request"):
        # A fragment must not show the sign-in page inside the page: htmx leaves for this address.
        return HttpResponse(status=401, headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)


def _answering_refusals(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Turn a refusal that no form caught into the page that fits."""

    def answering(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except NotFound as error:
            raise Http404(str(error)) from error
        except NotPermitted as error:
            raise PermissionDenied(str(error)) from error

    return answering


def requires(*permissions: Permission) -> Callable[[View], View]:
    """Let in who holds at least one of ``permissions``; about which patients, the selectors decide.

    A visitor is sent to sign in and back; an account without the permission gets the 403 page.
    """
    if not permissions:
        raise ValueError("name at least one permission")

    def decorate(view: View) -> View:
        answering = _answering_refusals(view)

        @wraps(view)
        def checked(request: "DoorRequest", *args: Any, **kwargs: Any) -> HttpResponse:
            if not any(request.access.can(permission) for permission in permissions):
                if not request.access.is_signed_in:
                    return _sign_in_first(request)
                raise PermissionDenied(str(NotPermitted.message))
            return answering(request, *args, **kwargs)

        _mark(checked, Declared("permission", permissions))
        return cast(View, checked)

    return decorate


def signed_in(view: View) -> View:
    """Let in any account: pages about the account itself."""
    answering = _answering_refusals(view)

    @wraps(view)
    def checked(request: "DoorRequest", *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.access.is_signed_in:
            return _sign_in_first(request)
        return answering(request, *args, **kwargs)

    _mark(checked, Declared("signed_in"))
    return cast(View, checked)


def public(why: str) -> Callable[[View], View]:
    """Let everybody in. ``why`` is read by reviewers: ``public("the page on which people sign in")``."""
    if not isinstance(why, str) or not why.strip():
        raise ValueError("say why everybody may see this")

    def decorate(view: View) -> View:
        answering = _answering_refusals(view)

        @wraps(view)
        def open_to_all(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            return answering(request, *args, **kwargs)

        _mark(open_to_all, Declared("public", why=why))
        return cast(View, open_to_all)

    return decorate
