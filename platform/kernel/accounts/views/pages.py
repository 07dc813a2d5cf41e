"""How the pages of accounts are answered."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from kernel.accounts.passkeys import PasskeyRefused
from kernel.errors import DomainError


def page(request: HttpRequest, template: str, context: dict[str, Any], *, refused: bool = False) -> HttpResponse:
    """The page ``accounts/<template>.html``; 422 when what was sent is ``refused``."""
    return render(request, f"accounts/{template}.html", context, status=422 if refused else 200)


def passkey_refused(error: ValueError | DomainError) -> JsonResponse:
    """422 ``{"error": sentence}`` to the script that speaks with the passkey; what could not be read is refused too."""
    sentence = error if isinstance(error, DomainError) else PasskeyRefused.message
    return JsonResponse({"error": str(sentence)}, status=422)
