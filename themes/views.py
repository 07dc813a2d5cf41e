"""The style sheet of a hospital, served by our own process because the host decides whose it is."""

from collections.abc import Callable, Mapping

from django.http import HttpRequest, HttpResponse
from django.utils.http import quote_etag
from django.views.decorators.http import require_safe

from kernel.permissions.routes import public
from themes.services import style_sheet_for


@public("the style sheet of a host: colours and sizes, nobody's data")
@require_safe
def theme_css(
    request: HttpRequest, digest: str, *, brand_of: Callable[[HttpRequest], Mapping[str, object]]
) -> HttpResponse:
    """``/theme/<digest>.css``: tokens of the brand that ``brand_of(request)`` finds for this host.

    Wire it as ``path("theme/<slug:digest>.css", theme_css, {"brand_of": ...}, name="theme_css")``. The address carries
    the hash of the content, so the answer may be kept for ever. A page from before a change of brand asks for an old
    hash: it gets today's look, and nobody may keep that under the old address.
    """
    sheet = style_sheet_for(brand_of(request))
    response = HttpResponse(sheet.text, content_type="text/css; charset=utf-8")
    if digest == sheet.digest:
        response["Cache-Control"] = "public, max-age=31536000, immutable"
        response["ETag"] = quote_etag(sheet.digest)
    else:
        response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response
