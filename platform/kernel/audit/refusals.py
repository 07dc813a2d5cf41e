"""What was refused to somebody signed in is in the trail as well: who asked for what is not theirs (S33).

A line names the route, the permissions that open it and the identifier that was asked for. Is that a patient of this
hospital, the line is about that patient, so that who watches over privacy finds it there. The same look-up is made for
every identifier and reaches only the trail: the answer, and the time it takes, do not tell a patient from nobody (S02).

At the provider's console nothing is hidden from who holds the page's permission: an address there at which nothing is
was mistyped, and refused to nobody.
"""

from collections.abc import Callable
from uuid import UUID

import structlog
from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import ResolverMatch

from kernel.audit.recording import record
from kernel.permissions import Access, Permission, Role
from kernel.permissions.directory import patient_directory
from kernel.tenancy.scope import current_scope

logger = structlog.get_logger(__name__)
ACTION = "access.refused"


class WatchedRequest(HttpRequest):
    """A request of which the middleware below notes whether it reached its view, and what that asked for."""

    access: Access
    resolver_match: ResolverMatch
    portico_reached_view: bool
    portico_asked_for: tuple[Permission, ...]


class RefusalMiddleware:
    """Innermost, so that what other middleware refuses (a form that expired, another site) is not counted here."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: WatchedRequest) -> HttpResponse:
        response = self.get_response(request)
        status, reached = response.status_code, getattr(request, "portico_reached_view", False)
        if reached and (status == 403 or (status == 404 and not _hides_nothing(request))):
            note_refusal(request, status)
        return response

    def process_view(
        self, request: WatchedRequest, view: Callable[..., HttpResponse], args: object, kwargs: object
    ) -> None:
        """Called when all other middleware has let the request through; public routes have nothing to refuse."""
        declared = getattr(view, "portico_permission", None)
        request.portico_reached_view = declared is None or declared.kind != "public"
        request.portico_asked_for = () if declared is None else declared.permissions


def note_refusal(request: WatchedRequest, status: int) -> None:
    """Write the line for an account; what visitors ask for is only in the log."""
    access: Access = request.access
    if not access.is_signed_in:
        return
    match = request.resolver_match
    asked = [one.name for one in request.portico_asked_for]
    named = next((value for value in match.kwargs.values() if isinstance(value, UUID)), None)
    try:
        with transaction.atomic():
            record(
                # The open record is somebody's own; what was asked for may be another's.
                access.about(_patient_called(named)),
                action=ACTION,
                target=(match.view_name or match.route, named or ""),
                detail={"method": request.method, "status": status, "permissions": asked},
                result="refused",
            )
    except DatabaseError:
        # The answer gives nothing away; it stays an honest refusal while the database is in trouble.
        logger.exception("refusal_not_recorded", route=match.view_name or match.route)


def _hides_nothing(request: WatchedRequest) -> bool:
    """Whether the account is an operator who may open what was asked for: it sees all that the provider has."""
    access = request.access
    is_operator = current_scope().is_shared and Role.OPERATOR in access.actor.roles
    return is_operator and any(access.can(permission) for permission in request.portico_asked_for)


def _patient_called(key: UUID | None) -> UUID | None:
    """``key`` where it is a patient of the hospital in context; None for all else, and on the provider's side."""
    directory = patient_directory()
    if key is None or directory is None or current_scope().is_shared:
        return None
    return key if directory.is_patient(key) else None
