"""Language and reading, before and after sign-in."""

from typing import cast
from urllib.parse import urlsplit

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kernel.i18n.middleware import offered_languages
from kernel.permissions import public
from tenants.people.requests import PageRequest
from tenants.portal.forms import SettingsForm
from tenants.portal.reading import reading_of, remember
from tenants.portal.services import keep_reading
from tenants.portal.shell import address_of


@require_http_methods(["GET", "HEAD", "POST"])
@public("people must be able to read before they can sign in; it shows nothing about anybody")
def settings_page(request: HttpRequest) -> HttpResponse:
    """One place for language, size, contrast, motion, colours and simple view."""
    page = cast(PageRequest, request)
    languages = offered_languages(request)
    first = SettingsForm.first_values(reading_of(request), translation.get_language() or languages[0])
    form = SettingsForm(request.POST or None, initial=first, languages=languages)
    if form.is_valid():
        language = form.cleaned_data["language"]
        if page.access.is_signed_in:
            keep_reading(access=page.access, reading=form.reading, language=language)
        response = redirect("portal:settings")
        remember(response, form.reading, language)
        with translation.override(language):
            messages.success(request, _("Your settings are saved."))
        return response
    context = {"form": form, "security_url": address_of("accounts:security"), "is_signed_in": page.access.is_signed_in}
    return render(request, "portal/settings.html", context, status=422 if form.errors else 200)


@require_POST
@public("a visitor chooses the language of the page")
def choose_language(request: HttpRequest) -> HttpResponse:
    """Take a language from the short choice at the foot of a page, and go back to where one was."""
    page = cast(PageRequest, request)
    wanted = request.POST.get("lang", "")
    back = request.POST.get("next", "/")
    parts = urlsplit(back)
    # Only a path of our own: a link to this form must not lead anywhere else.
    is_ours = back.startswith("/") and not back.startswith(("//", "/\\")) and not parts.netloc and not parts.scheme
    response = redirect(back if is_ours else "/")
    if wanted in offered_languages(request):
        reading = reading_of(request)
        if page.access.is_signed_in:
            keep_reading(access=page.access, reading=reading, language=wanted)
        remember(response, reading, wanted)
    return response
