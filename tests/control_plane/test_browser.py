"""A hospital added by hand, from the form to its own address, in a real browser."""

import secrets
import shutil
import threading
from collections.abc import Callable, Iterator
from contextvars import Context
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from django.conf import settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.wsgi import get_wsgi_application
from django.db import connections, transaction

from control_plane.operators.ranks import FULL, ensure_ranks
from kernel.accounts.models import Account
from kernel.tenancy.models import Domain, Hospital, Provisioning
from kernel.tenancy.provisioning import run_provisioning
from kernel.tenancy.schemas import OWNER, drop_schema
from kernel.tenancy.scope import shared
from tests.clients import console_client
from tests.control_plane.conftest import CONSOLE_DOOR
from tests.factories.staff import sign_in, staff_account

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine"),
]


class _Quiet(WSGIRequestHandler):
    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def address(committed: None, settings: Any) -> Iterator[str]:
    """The port of a server that answers for all hosts."""
    handler = StaticFilesHandler(get_wsgi_application())

    def application(environ: dict[str, Any], start: Callable[..., Any]) -> Any:
        return Context().run(handler, environ, start)

    server = make_server("127.0.0.1", 0, application, handler_class=_Quiet)
    settings.PUBLIC_PORT = str(server.server_port)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f":{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def _operator() -> Account:
    with shared():
        ensure_ranks()
        return staff_account(FULL)


def _forget(slug: str, account: Account) -> None:
    with shared(), transaction.atomic(using=OWNER):
        found = Hospital.objects.using(OWNER).filter(slug=slug).first()
        if found is not None:
            drop_schema(found.schema_name, found.role_name)
            Domain.objects.using(OWNER).filter(tenant_id=found.pk).delete()
            Hospital.objects.using(OWNER).filter(pk=found.pk).delete()
        Provisioning.objects.using(OWNER).filter(slug=slug).delete()
        Account.objects.using(OWNER).filter(pk=account.pk).update(is_active=False)


def _waiting(slug: str) -> Any:
    with shared():
        return Provisioning.objects.get(slug=slug).pk


def test_a_hospital_is_added_and_answers_at_its_own_address(address: str) -> None:
    from playwright.sync_api import expect, sync_playwright

    slug = f"t{secrets.token_hex(5)}"
    operator = _operator()
    cookie = sign_in(console_client(), operator, CONSOLE_DOOR).cookies[CONSOLE_DOOR.cookie].value
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            context = browser.new_context(locale="en")
            context.add_cookies([{
                "name": CONSOLE_DOOR.cookie, "value": cookie, "domain": settings.CONSOLE_HOST, "path": "/",
                "secure": True,
            }])  # fmt: skip
            page = context.new_page()
            complaints: list[str] = []
            page.on("console", lambda line: complaints.append(line.text) if "Content Security" in line.text else None)
            page.goto(f"http://{settings.CONSOLE_HOST}{address}/hospitals/add/")
            page.get_by_label("Name of the hospital").fill("Mercy Coast")
            page.get_by_label("Address", exact=True).fill(slug)
            expect(page.locator("#slug-check")).to_contain_text("is free")
            page.get_by_label("Name of the new network").fill("Coast")
            page.get_by_label("Telephone").fill("+1 312 555 0142")
            page.get_by_label("Country").select_option("US")
            page.get_by_label("Time zone").select_option("America/Los_Angeles")
            page.get_by_label("Currency").select_option("USD")
            page.get_by_label("Name of the first administrator").fill("Ada Boss")
            page.get_by_label("E-mail of the first administrator").fill("ada@example.org")
            page.get_by_role("button", name="Add this hospital").click()
            expect(page.get_by_role("heading", name="Making Mercy Coast")).to_be_visible()
            worker = threading.Thread(target=_work, args=(slug,))
            worker.start()
            expect(page.get_by_text("The hospital is open")).to_be_visible(timeout=20_000)
            worker.join()
            page.get_by_role("link", name="See the invitation").click()
            page.get_by_role("button", name="Show the invitation once").click()
            expect(page.get_by_text("This is shown once")).to_be_visible()
            expect(page.get_by_text("ada@example.org")).to_be_visible()
            answer = page.goto(f"http://{slug}.{settings.BASE_DOMAIN}{address}/sign-in/")
            assert answer is not None
            assert answer.status == 200
            expect(page.get_by_text("Mercy Coast").first).to_be_visible()
            assert complaints == []
            browser.close()
    finally:
        Context().run(_forget, slug, operator)


def _work(slug: str) -> None:
    """What the worker of the queue does, in a thread of its own with an empty context."""
    run_provisioning(_waiting(slug))
    connections.close_all()
