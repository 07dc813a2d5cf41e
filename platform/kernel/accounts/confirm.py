"""Sensitive acts ask for a factor that was shown in the last ten minutes (S20)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, TypeVar, cast
from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from kernel import clock
from kernel.accounts.requests import DoorRequest
from kernel.accounts.sessions import CONFIRMED_AT, SessionStore

FRESH = timedelta(minutes=10)
View = TypeVar("View", bound=Callable[..., HttpResponse])


def is_fresh(session: SessionStore) -> bool:
    """Whether the person of this session has shown a factor within ten minutes."""
    at = session.get(CONFIRMED_AT)
    return at is not None and clock.now() - datetime.fromisoformat(at) <= FRESH


def recently_confirmed(view: View) -> View:
    """Send to "confirm that it is you" and back, unless a factor was shown within ten minutes. Below ``signed_in``."""

    @wraps(view)
    def confirmed(request: DoorRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if is_fresh(request.session):
            return view(request, *args, **kwargs)
        back = request.get_full_path() if request.method in ("GET", "HEAD") else reverse("accounts:security")
        return HttpResponseRedirect(f"{reverse('accounts:confirm')}?{urlencode({'next': back})}")

    return cast(View, confirmed)
