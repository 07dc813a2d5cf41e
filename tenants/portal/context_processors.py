"""What every template of a hospital's pages may use: ``brand``, ``shell``, ``reading`` (themes/shell.py)."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import get_language

from tenants.portal.reading import reading_of
from tenants.portal.shell import brand_for, shell_for


def page(request: HttpRequest) -> dict[str, Any]:
    """Made once a request and language, because components run context processors too.

    Empty outside a hospital: the provider's pages have a processor of their own.
    """
    if getattr(request, "hospital", None) is None:
        return {}
    kept = getattr(request, "_portico_page", None)
    language = get_language()
    if kept is None or kept[0] != language:
        saves_data = request.headers.get("Save-Data", "").lower() == "on"
        kept = (
            language,
            {
                "brand": brand_for(request.hospital, saves_data=saves_data),  # type: ignore[attr-defined]
                "shell": shell_for(request),
                "reading": reading_of(request),
            },
        )
        request._portico_page = kept  # type: ignore[attr-defined]
    return dict(kept[1])
