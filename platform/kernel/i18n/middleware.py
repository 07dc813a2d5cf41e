"""Which language a request is answered in."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation.trans_real import parse_accept_lang_header

from kernel.web.cookies import LANGUAGE


def offered_languages(request: HttpRequest) -> tuple[str, ...]:
    """Codes of the languages that this host speaks, its default first."""
    hospital = getattr(request, "hospital", None)
    spoken = tuple(code for code, _name in settings.LANGUAGES)
    wanted = hospital.languages if hospital is not None else spoken
    return tuple(code for code in wanted if code in spoken) or (settings.LANGUAGE_CODE,)


def language_of(request: HttpRequest) -> str:
    """The account's language, else the cookie's, else the browser's, else the hospital's first.

    A language that the hospital does not speak is passed over.
    """
    offered = offered_languages(request)
    account = getattr(request, "user", None)
    wishes = [getattr(account, "language", ""), request.COOKIES.get(LANGUAGE, "")]
    header = request.headers.get("Accept-Language", "")
    wishes += [code.split("-")[0] for code, _weight in parse_accept_lang_header(header)]
    return next((wish for wish in wishes if wish in offered), offered[0])


class LanguageMiddleware:
    """Activates the reader's language for the request. Stands after session and account."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = language_of(request)
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
            if isinstance(response, HttpResponse) and not response.streaming and hasattr(response, "render"):
                response.render()  # while the language is still active
        response.headers.setdefault("Content-Language", language)
        return response
