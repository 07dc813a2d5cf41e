"""Sensitive acts ask for a factor that was shown in the last ten minutes (S20).

Who is asked in the middle of a form comes back to its page with what was typed, and presses the button again: nothing
is ever sent in the person's name.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, TypeVar, cast, overload
from urllib.parse import urlencode, urlsplit

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import Resolver404, resolve, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from kernel import clock
from kernel.accounts.requests import DoorRequest
from kernel.accounts.sessions import CONFIRMED_AT, SessionStore
from kernel.web.outage import LONGEST_FORM, TOKEN_FIELD

FRESH = timedelta(minutes=10)
INTERRUPTED = "interrupted"
View = TypeVar("View", bound=Callable[..., HttpResponse])


def is_fresh(session: SessionStore) -> bool:
    """Whether the person of this session has shown a factor within ten minutes."""
    at = session.get(CONFIRMED_AT)
    return at is not None and clock.now() - datetime.fromisoformat(at) <= FRESH


@overload
def recently_confirmed(view: View, /) -> View: ...


@overload
def recently_confirmed(*, keeping: tuple[str, ...] = (), back: str = "") -> Callable[[View], View]: ...


def recently_confirmed(view: Any = None, /, *, keeping: tuple[str, ...] = (), back: str = "") -> Any:
    """Send to "confirm that it is you" and back, unless a factor was shown within ten minutes. Below ``signed_in``.

    ``keeping``: the fields of a form that ``typed`` gives back afterwards; never a password or a code. ``back``: the
    name of the page with the button, for a view that has no page itself; the page has the view's arguments, and the
    button's query belongs to it.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def confirmed(request: DoorRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if is_fresh(request.session):
                if request.method == "POST":
                    # Sent after all, perhaps from another tab: what was kept for it is of no use any more.
                    request.session.pop(INTERRUPTED, None)
                return view(request, *args, **kwargs)
            after = request.get_full_path()
            if back:
                query = request.META.get("QUERY_STRING", "")
                after = reverse(back, kwargs=kwargs) + (f"?{query}" if query else "")
            page = f"{reverse('accounts:confirm')}?{urlencode({'next': after})}"
            if request.content_type == "application/json":
                # A script cannot show a page: it leaves for this one.
                return JsonResponse({"error": "", "next": page}, status=403)
            if request.method == "POST" and "\x00" not in request.path:
                request.session[INTERRUPTED] = {"after": after, "act": request.path, **_kept_of(request, keeping)}
            return HttpResponseRedirect(page)

        return cast(View, confirmed)

    return decorate if view is None else decorate(view)


def _kept_of(request: DoorRequest, keeping: tuple[str, ...]) -> dict[str, Any]:
    """What was written in the fields ``keeping``, and whether something else was, or what no session can keep."""
    values = {name: request.POST.getlist(name) for name in keeping}
    written = "".join(value for several in values.values() for value in several)
    if len(written) > LONGEST_FORM or "\x00" in written:
        values = {}
    return {"typed": values, "is_lost": not values and bool(set(request.POST) - {TOKEN_FIELD})}


def typed(request: HttpRequest, *several: str) -> dict[str, Any]:
    """What had been typed into the form of this page before its person was asked to confirm, once: for ``initial``.

    The fields ``several`` hold lists. A form that only begins with it is shown and not sent.
    """
    kept = request.session.get(INTERRUPTED)
    if request.method != "GET" or kept is None or kept["act"] != request.path:
        return {}
    del request.session[INTERRUPTED]
    return {name: values if name in several else "".join(values[:1]) for name, values in kept["typed"].items()}


def what_for(request: DoorRequest, after: str) -> str | Promise:
    """The sentence of the permission that is used at ``after``, or by the button that led here; else empty."""
    kept = request.session.get(INTERRUPTED)
    try:
        found = resolve(kept["act"] if kept and kept["after"] == after else urlsplit(after).path)
    except Resolver404:
        return ""
    declared = getattr(found.func, "portico_permission", None)
    return declared.permissions[0].sentence if declared is not None and declared.permissions else ""


def tell_to_repeat(request: DoorRequest, after: str) -> None:
    """Whoever confirmed in the middle of a form that led to ``after`` reads there what to do."""
    kept = request.session.get(INTERRUPTED)
    if kept is None or kept["after"] != after:
        return
    if kept["is_lost"]:
        messages.info(request, _("You have confirmed that it is you. Please fill in the form again."))
    else:
        messages.info(request, _("You have confirmed that it is you. Please press the button again."))
    if not kept["typed"]:
        del request.session[INTERRUPTED]
