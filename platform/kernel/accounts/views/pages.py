"""How the pages of accounts are answered."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def page(request: HttpRequest, template: str, context: dict[str, Any], *, refused: bool = False) -> HttpResponse:
    """The page ``accounts/<template>.html``; 422 when what was sent is ``refused``."""
    return render(request, f"accounts/{template}.html", context, status=422 if refused else 200)
