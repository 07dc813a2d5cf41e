"""Every route declares who may take it, and the mark is enforced."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.test import RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver

from kernel.ids import uuid7
from kernel.permissions import Declared, NotFound, Permission, Role, anonymous_access, public, requires, signed_in
from tests.factories.access import with_roles

VIEW = Permission("testing.view_page", "See the page", roles={Role.BILLING})


def request(access: Any, path: str = "/bills/?page=2", **extra: Any) -> Any:
    made: Any = RequestFactory().get(path, **extra)
    made.access = access
    made.account = SimpleNamespace(pk=uuid7()) if access.is_signed_in else None
    return made


@requires(VIEW)
def page(_request: Any) -> HttpResponse:
    return HttpResponse("page")


@requires(VIEW)
def hidden(_request: Any) -> HttpResponse:
    raise NotFound


@signed_in
def own_page(_request: Any) -> HttpResponse:
    return HttpResponse("own")


@public("a test")
def open_page(_request: Any) -> HttpResponse:
    return HttpResponse("open")


def test_a_visitor_is_sent_to_sign_in_and_back(db: None) -> None:
    answer = page(request(anonymous_access()))
    assert (answer.status_code, answer["Location"]) == (302, "/sign-in/?next=%2Fbills%2F%3Fpage%3D2")
    assert own_page(request(anonymous_access())).status_code == 302


def test_a_fragment_makes_the_whole_page_leave_for_sign_in() -> None:
    answer = page(request(anonymous_access(), HTTP_HX_REQUEST="true"))
    assert (answer.status_code, answer["HX-Redirect"]) == (401, "/sign-in/?next=%2Fbills%2F%3Fpage%3D2")


def test_an_account_without_the_permission_is_refused_and_with_it_let_in() -> None:
    with pytest.raises(PermissionDenied):
        page(request(with_roles(Role.CLINICIAN)))
    assert page(request(with_roles(Role.BILLING))).content == b"page"
    assert own_page(request(with_roles())).content == b"own"
    assert open_page(request(anonymous_access())).content == b"open"


def test_what_is_not_found_is_a_404() -> None:
    with pytest.raises(Http404):
        hidden(request(with_roles(Role.BILLING)))


def test_a_mark_says_what_the_route_asks_for() -> None:
    marked: tuple[Any, ...] = (page, own_page, open_page)
    assert [view.portico_permission for view in marked] == [
        Declared("permission", (VIEW,)),
        Declared("signed_in"),
        Declared("public", why="a test"),
    ]
    with pytest.raises(ValueError, match="say why"):
        public("")
    with pytest.raises(ValueError, match="at least one"):
        requires()


def _views(resolver: URLResolver) -> Iterator[tuple[str, Any]]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from _views(entry)
        elif isinstance(entry, URLPattern):
            yield str(entry.pattern), entry.callback


@pytest.mark.requirement("S26")
@pytest.mark.parametrize("part", ["kernel.accounts.urls"])
def test_every_route_of_accounts_is_marked(part: str) -> None:
    views = list(_views(get_resolver(part)))
    assert len(views) >= 29
    assert [
        pattern for pattern, view in views if not isinstance(getattr(view, "portico_permission", None), Declared)
    ] == []
