"""What people read when something went wrong."""

import re
from collections.abc import Callable
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest
from django.http import HttpResponse, HttpResponseNotAllowed
from django.test import RequestFactory
from django.urls import resolve

from kernel.tenancy.context import HospitalContext
from kernel.tenancy.resolution import context_for_host
from kernel.tenancy.scope import hospital
from tenants.portal.middleware import HospitalStateMiddleware
from tenants.portal.views import errors
from tests.clients import client_for
from tests.hosts import known_as

KEY = "0198c5f0-0000-7000-8000-000000000001"


def request_at(path: str, **changes: Any) -> Any:
    context = context_for_host("northfield.localhost")
    assert context is not None
    request: Any = RequestFactory().get(path)
    request.hospital = replace(context, **changes)
    request.request_id = "r-123"
    request._messages = ()
    return request


@pytest.mark.parametrize(
    ("view", "status"),
    [(errors.bad_request, 400), (errors.forbidden, 403), (errors.not_found, 404), (errors.server_error, 500)],
)
def test_every_error_page_has_the_brand_a_reference_and_the_emergency_number(
    db: None, view: Callable[[Any], HttpResponse], status: int
) -> None:
    request = request_at("/nothing/")

    with hospital(request.hospital):
        answer = view(request)

    page = answer.content.decode()
    assert answer.status_code == status
    assert "r-123" in page
    assert "tel:911" in page
    assert 'href="/"' in page


def test_an_address_that_does_not_exist_answers_in_brand(db: None) -> None:
    answer = client_for("northfield").get("/nothing-here/")

    assert answer.status_code == 404
    assert "We could not find this page" in answer.content.decode()


def test_a_suspended_hospital_says_that_it_is_closed(db: None) -> None:
    request = request_at("/", state="suspended", brand=MappingProxyType({"phone": "+1 312 555 0100"}))

    with hospital(request.hospital):
        answer = HospitalStateMiddleware(lambda _request: pytest.fail("the page was made"))(request)

    page = answer.content.decode()
    assert answer.status_code == 503
    assert answer["Retry-After"] == "3600"
    assert "This portal is closed for now" in page
    assert '"tel:+13125550100"' in page


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_where_one_may_only_read_nothing_is_changed(
    hospital_context: Callable[[str], HospitalContext], settings: Any, method: str
) -> None:
    context = replace(hospital_context("northfield"), state="read_only")
    with known_as(context):
        client = client_for("northfield")
        page = client.generic(method, "/account/settings/")
        api = client.generic(method, "/api/v1/me")
        taken = client.post("/sign-in/", {"login": "nobody@example.org", "password": "wrong"})
        read = client.get("/accessibility/")
    assert page.status_code == 403
    assert "Nothing can be changed at the moment" in page.content.decode()
    assert (api.status_code, api["Content-Type"]) == (403, "application/problem+json")
    assert (taken.status_code, read.status_code) == (422, 200)


@pytest.mark.parametrize(
    ("path", "is_taken"),
    [
        ("/manage/audit/export.csv", True),
        ("/manage/staff/export.csv", True),
        (f"/account/keys/{KEY}/end/", True),
        (f"/account/devices/{KEY}/end/", True),
        ("/account/security/password/", True),
        ("/account/security/app/", True),
        (f"/account/security/steps/{KEY}/remove/", True),
        ("/language/", True),
        ("/account/keys/", False),
        ("/account/settings/", False),
        ("/manage/staff/invite/", False),
        (f"/manage/staff/{KEY}/roles/", False),
        ("/manage/roles/add/", False),
    ],
)
def test_where_one_may_only_read_files_are_read_and_accounts_kept_safe(db: None, path: str, is_taken: bool) -> None:
    request = request_at(path, state="read_only")
    request.method = "POST"

    with hospital(request.hospital):
        answer = HospitalStateMiddleware(lambda _request: HttpResponse("taken"))(request)

    assert resolve(path, "config.urls_hospital")
    assert answer.status_code == (200 if is_taken else 403)


def test_what_a_page_does_not_take_is_answered_in_brand(db: None) -> None:
    request = request_at("/results/")

    with hospital(request.hospital):
        answer = HospitalStateMiddleware(lambda _request: HttpResponseNotAllowed(["GET", "HEAD"]))(request)

    page = answer.content.decode()
    assert answer.status_code == 405
    assert answer["Allow"] == "GET, HEAD"
    assert "This page cannot do that" in page
    assert "tel:911" in page


def test_an_error_page_offers_the_languages_of_the_hospital(db: None) -> None:
    request = request_at("/nothing/", languages=("es", "ar"))

    with hospital(request.hospital):
        page = errors.not_found(request).content.decode()

    assert ">Español</button>" in page
    assert ">العربية</button>" in page
    assert ">English</button>" not in page


@pytest.mark.parametrize("view", [errors.suspended, errors.read_only, errors.server_error])
@pytest.mark.parametrize("phone", ["", "+1 312 555 0100"])
def test_nobody_is_told_to_call_a_number_that_is_not_there(
    db: None, view: Callable[[Any], HttpResponse], phone: str
) -> None:
    request = request_at("/", brand=MappingProxyType({"phone": phone}))

    with hospital(request.hospital):
        page = view(request).content.decode()

    words = page.partition("<main")[2].partition("</main>")[0]
    assert bool(re.search(r"\bcall\b", words, re.IGNORECASE)) == bool(phone)


@pytest.mark.parametrize("phone", ["", "+1 312 555 0100"])
def test_the_front_door_speaks_of_calling_only_with_a_number(
    hospital_context: Callable[[str], HospitalContext], phone: str
) -> None:
    context = replace(hospital_context("northfield"), brand=MappingProxyType({"phone": phone}))
    with known_as(context):
        page = client_for("northfield").get("/").content.decode()

    assert ("Call the hospital and ask for an account." in page) == bool(phone)
    assert ("Ask the hospital for an account." in page) != bool(phone)
    assert "next visit" not in page
