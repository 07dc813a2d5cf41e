"""Which answer says that something went wrong at a hospital: its pages, or a problem document for programs."""

from django.http import HttpRequest, HttpResponse

from api.rest import problems
from kernel.permissions import public
from tenants.portal.views import errors

FOR_PROGRAMS = ("/api/", "/fhir/")


@public("answers to requests that could not be understood")
def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400."""
    if request.path.startswith(FOR_PROGRAMS):
        return problems.plain(400)
    return errors.bad_request(request, exception)


@public("answers to requests that are not permitted")
def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403."""
    if request.path.startswith(FOR_PROGRAMS):
        return problems.plain(403)
    return errors.forbidden(request, exception)


@public("answers to addresses where there is nothing")
def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404."""
    if request.path.startswith(FOR_PROGRAMS):
        return problems.plain(404)
    return errors.not_found(request, exception)


@public("answers when we have failed")
def server_error(request: HttpRequest) -> HttpResponse:
    """500, or 503 when it is the database that is gone."""
    if request.path.startswith(FOR_PROGRAMS):
        return problems.failed()
    return errors.server_error(request)
