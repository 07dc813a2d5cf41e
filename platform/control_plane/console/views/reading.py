"""Language and reading."""

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from control_plane.console.reading import ReadingForm, reading_of, remember
from control_plane.console.requests import ConsoleRequest
from kernel.accounts.services.register import keep_language
from kernel.permissions import public


@require_http_methods(["GET", "HEAD", "POST"])
@public("language and reading are chosen before signing in")
def reading(request: HttpRequest) -> HttpResponse:
    """The page of the choices; they hold from the next page on."""
    present = reading_of(request)
    initial = {
        "language": translation.get_language(), "mode": present.mode, "size": present.size,
        "contrast": present.contrast, "motion": present.motion, "keys": present.keys,
    }  # fmt: skip
    form = ReadingForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        access = cast(ConsoleRequest, request).access
        if access.is_signed_in:
            # The account's language counts before a cookie's.
            keep_language(access=access, language=form.cleaned_data["language"])
        with translation.override(form.cleaned_data["language"]):
            messages.success(
                request,
                _("The language is kept on your account, your other choices on this device.")
                if access.is_signed_in
                else _("Your choices are kept on this device."),
            )
        response = redirect(request.path)
        remember(response, form.cleaned_data)
        return response
    return render(request, "console/reading.html", {"form": form}, status=422 if form.errors else 200)
