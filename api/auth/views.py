"""The page on which people make and end their keys."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from api.auth.forms import KeyForm
from api.auth.permissions import MANAGE_KEYS
from api.auth.selectors import own_key, own_keys, rights_of
from api.auth.services import create_key, revoke_key
from kernel import clock
from kernel.accounts.confirm import recently_confirmed, typed
from kernel.errors import DomainError
from kernel.names import NameUnreadable
from kernel.permissions import requires


@require_http_methods(["GET", "HEAD", "POST"])
@requires(MANAGE_KEYS)
@recently_confirmed(keeping=("name", "scopes", "days"))
def keys(request: HttpRequest) -> HttpResponse:
    """The account's keys; a new one is shown once, on the answer to the form that made it."""
    access = request.access  # type: ignore[attr-defined]
    form = KeyForm(request.POST or None, initial=typed(request, "scopes"), access=access)
    new_key = ""
    if form.is_valid():
        try:
            _row, new_key = create_key(access=access, **form.cleaned_data)
        except DomainError as error:
            form.add_error("name" if isinstance(error, NameUnreadable) else None, str(error))
        else:
            form = KeyForm(access=access)
    rows = [{"key": key, "rights": rights_of(key, access)} for key in own_keys(access)]
    page = {"form": form, "rows": rows, "new_key": new_key, "now": clock.now()}
    return render(request, "api_auth/keys.html", page, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(MANAGE_KEYS)
def end(request: HttpRequest, key_id: UUID) -> HttpResponse:
    """Ask whether a key shall end, and end it at once."""
    access = request.access  # type: ignore[attr-defined]
    if request.method != "POST":
        key = own_key(access, key_id)
        if key.revoked_at is not None:
            return redirect("api_auth:keys")
        return render(request, "api_auth/end.html", {"key": key, "rights": rights_of(key, access)})
    revoke_key(access=access, key_id=key_id)
    messages.success(request, _("The key has ended. Programs that use it are refused from now on."))
    return redirect("api_auth:keys")
