"""From a cookie to an access, and what keeps other sites' pages out."""

from collections.abc import Callable
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.base import UpdateError
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from kernel.accounts.doors import client_address, door_of
from kernel.accounts.requests import DoorRequest
from kernel.accounts.selectors import needs_second_factor
from kernel.accounts.sessions import AS_STAFF, SessionStore
from kernel.permissions import SELF, Access, Channel, anonymous_access
from kernel.permissions.selectors import access_for
from kernel.web.cookies import give_cookie, take_cookie_back

GetResponse = Callable[[HttpRequest], HttpResponse]

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
# Everything else on a hospital's host is the patient's side, where staff are patients too or nobody.
STAFF_PATHS = ("/staff/", "/manage/", "/api/", "/fhir/", "/account/")
# Set by pages that ask for news by themselves: they must not keep somebody signed in who has gone away.
BACKGROUND_HEADER = "X-Portico-Background"
# What browsers say of requests that a page of this very host made, or a person by typing the address.
OWN_SITES = ("same-origin", "none")
SUBJECT_KEY = "subject"


class FetchSiteMiddleware:
    """Refuse what a browser says comes from another site: hospitals under one base domain are same-site (S05)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        site = request.headers.get("Sec-Fetch-Site", "none")
        if request.method not in SAFE_METHODS and site not in OWN_SITES:
            return HttpResponseForbidden(
                _("This was sent from another site and is refused."), content_type="text/plain"
            )
        return self.get_response(request)


class SessionMiddleware:
    """One session cookie a door: host-only, never readable by scripts, Secure also on localhost (S05)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: DoorRequest) -> HttpResponse:
        door = door_of(request)
        request.door = door
        key = request.COOKIES.get(door.cookie)
        looks = BACKGROUND_HEADER in request.headers
        session = request.session = SessionStore(key, door=door.kind, address=client_address(request), looks=looks)
        response = self.get_response(request)
        session = request.session
        if session.accessed:
            patch_vary_headers(response, ("Cookie",))
        if session.is_empty():
            # What a page asks by itself leaves the cookie to the page that comes next and says why it is worth nothing.
            if key is not None and not looks:
                take_cookie_back(response, door.cookie)
            return response
        if session.modified and response.status_code < 500:
            try:
                session.save()
            except UpdateError:
                # Ended from another device meanwhile: nothing is written and the cookie dies with the next request.
                return response
            if session.session_key != key:
                give_cookie(response, door.cookie, session.session_key)
        return response


class AccountMiddleware:
    """Give each request ``account``, ``access`` and, for libraries that look for it, ``user``."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: DoorRequest) -> HttpResponse:
        channel = Channel(app="web", address=client_address(request), request_id=getattr(request, "request_id", ""))
        account = request.session.account if request.COOKIES.get(request.door.cookie) else None
        request.account = account
        request.user = account if account is not None else AnonymousUser()
        request.session_seconds = 0
        if account is None:
            request.access = anonymous_access(channel)
            return self.get_response(request)
        # A picture on a page of another host is no sign of life of this person.
        site = request.headers.get("Sec-Fetch-Site", "none")
        if BACKGROUND_HEADER not in request.headers and site in OWN_SITES:
            request.session.touch()
        # For the warning two minutes before the end (WCAG 2.2.1); the shells of pages read it.
        request.session_seconds = request.session.seconds_left()
        access = access_for(account, channel=channel)
        if needs_second_factor(access.actor.roles) and not request.session.get(AS_STAFF):
            # Signed in as a patient, with one factor perhaps and for longer; a role of staff has begun since.
            request.session.flush()
            request.session.ended_by = "roles"
            request.account, request.user = None, AnonymousUser()
            request.access, request.session_seconds = anonymous_access(channel), 0
        elif request.door.roles and request.door.roles.isdisjoint(access.actor.roles):
            # The role that opened this door has ended since.
            request.session.ended_by = "roles"
            request.account, request.user = None, AnonymousUser()
            request.access = anonymous_access(channel)
        else:
            request.access = self._on_its_side(request, access)
        return self.get_response(request)

    def _on_its_side(self, request: DoorRequest, access: Access) -> Access:
        """On patients' pages nobody has staff reach, and the subject is the person chosen last, else oneself."""
        if request.door.kind != "hospital" or request.path.startswith(STAFF_PATHS):
            return access
        chosen = request.session.get(SUBJECT_KEY)
        subject = UUID(chosen) if chosen else None
        if subject not in access.patients:
            own = [patient for patient, scopes in access.patients.items() if SELF in scopes]
            subject = min(own) if own else min(access.patients, default=None)
        return access.on_patient_side().about(subject)
