"""Browsers, and hospitals full of people for them."""

import os
import shutil
import warnings
from collections.abc import Callable, Iterator
from contextvars import Context
from dataclasses import dataclass, field
from typing import Any

import pytest

from config.demonstration.hospitals import asked
from kernel import clock
from kernel.accounts.models import Account
from kernel.accounts.services.register import create_account
from kernel.accounts.sessions import ACCOUNT, AS_STAFF, EXPIRES, IDLE, SessionStore
from kernel.permissions import Role, Scope, system_access
from kernel.permissions.services import assign_role
from kernel.tenancy.context import HospitalContext
from kernel.tenancy.scope import hospital
from kernel.web.cookies import READING
from tenants.people.links import link_account, name_practitioner
from tenants.people.models import Patient
from tenants.records.demonstration.bundles import demonstration_bundles
from tenants.records.demonstration.people import HOSPITALS
from tenants.records.demonstration.writing import demonstration_id
from tenants.records.services.importing import import_bundle
from tests.e2e.server import running

SYSTEM = system_access("arranging a test", app="command")
COOKIE = "__Host-portico"


def chromium_path() -> str | None:
    """Where the machine's Chromium is."""
    return next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
    )


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """One browser for all tests of a worker."""
    path = chromium_path()
    if path is None:
        warnings.warn("CHROMIUM IS NOT HERE: no page is looked at with a browser", stacklevel=1)
        pytest.skip("no Chromium on this machine")
    from playwright.sync_api import sync_playwright

    # Playwright keeps an event loop in this thread, and Django would take that for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def port() -> Iterator[int]:
    """The port of a server that answers for all hospitals."""
    with running() as number:
        yield number


@dataclass
class Furnished:
    """A hospital with records and people in it."""

    context: HospitalContext
    kind: str
    port: int
    accounts: dict[str, Account] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        """``http://<slug>.localhost:<port>``."""
        return f"http://{self.context.host}:{self.port}"

    def inside(self, work: Callable[[], Any]) -> Any:
        """Call ``work`` in this hospital."""

        def enter() -> Any:
            with hospital(self.context):
                return work()

        return Context().run(enter)

    def patient(self, key: str) -> Patient:
        """A patient of the demonstration by its key."""
        wanted = demonstration_id(HOSPITALS[self.kind], "patient", key)
        found: Patient = self.inside(lambda: Patient.objects.get(fhir_id=wanted))
        return found

    def session(self, login: str) -> dict[str, Any]:
        """The cookie of somebody who has signed in."""

        def make() -> str:
            session = SessionStore(door="hospital")
            session[ACCOUNT] = str(self.accounts[login].pk)
            session[IDLE] = 3600
            session[AS_STAFF] = any(person[0] == login and person[6] is not None for person in _PEOPLE[self.kind])
            session[EXPIRES] = (clock.now().replace(year=clock.now().year + 1)).isoformat()
            session.create()
            return str(session.session_key)

        return self._cookie(COOKIE, self.inside(make))

    def reading(self, choices: str) -> dict[str, Any]:
        """The cookie of a device on which somebody has chosen how to read: ``normal.more.auto.dark.full.on``."""
        return self._cookie(READING, choices)

    def _cookie(self, name: str, value: str) -> dict[str, Any]:
        return {
            "name": name,
            "value": value,
            # Browsers take a host-only cookie only from a secure address, and send it to localhost all the same.
            "url": self.origin.replace("http:", "https:"),
            "secure": True,
            "httpOnly": True,
            "sameSite": "Lax",
        }


# Hospital: people (login, name, language, own record, records helped with, practitioner, role).
_PEOPLE: dict[str, tuple[tuple[str, str, str, str, tuple[str, ...], str, Role | None], ...]] = {
    "northfield": (
        ("james", "James Whitlock", "en", "james", (), "", None),
        ("ana", "Ana Whitlock", "en", "", ("james", "eleanor"), "", None),
        ("osei", "Dr. Amara Osei", "en", "", (), "osei", Role.CLINICIAN),
        ("frontdesk", "Terry Nolan", "en", "", (), "", Role.FRONT_DESK),
        ("billing", "Paula Reyes", "en", "", (), "", Role.BILLING),
        ("admin", "Helen Marsh", "en", "", (), "", Role.HOSPITAL_ADMIN),
        ("privacy", "Victor Hale", "en", "", (), "", Role.PRIVACY_OFFICER),
    ),
    "santalucia": (
        ("carmen", "Carmen Soler Vives", "es", "", ("mateo", "sofia"), "", None),
        ("robledo", "Dra. Inés Robledo", "es", "", (), "robledo", Role.CLINICIAN),
        ("frontdesk", "Marta Solís", "es", "", (), "", Role.FRONT_DESK),
        ("billing", "Joan Ribes", "es", "", (), "", Role.BILLING),
        ("admin", "Elena Duarte", "es", "", (), "", Role.HOSPITAL_ADMIN),
        ("privacy", "Raúl Cano", "es", "", (), "", Role.PRIVACY_OFFICER),
    ),
    "alwaha": (
        ("layla", "ليلى الحربي", "ar", "layla", (), "", None),
        ("najjar", "د. سامر النجار", "ar", "", (), "najjar", Role.CLINICIAN),
        ("frontdesk", "سعاد الراشد", "ar", "", (), "", Role.FRONT_DESK),
        ("billing", "ماجد العمري", "ar", "", (), "", Role.BILLING),
        ("admin", "هند السالم", "ar", "", (), "", Role.HOSPITAL_ADMIN),
        ("privacy", "طارق الفهد", "ar", "", (), "", Role.PRIVACY_OFFICER),
    ),
}


@pytest.fixture
def furnish(new_hospital: Callable[..., HospitalContext], port: int) -> Callable[[str], Furnished]:
    """Make a hospital like one of the demonstration's, with its records and some of its people."""

    def make(kind: str) -> Furnished:
        wanted = asked(kind)
        context = new_hospital(
            name=wanted.name, country=wanted.country, time_zone=wanted.time_zone, currency=wanted.currency,
            languages=wanted.languages, digits=wanted.digits, brand=wanted.brand,
        )  # fmt: skip
        place = Furnished(context, kind, port)
        place.inside(lambda: _fill(place))
        return place

    return make


def _fill(place: Furnished) -> None:
    demo = HOSPITALS[place.kind]
    for bundle in demonstration_bundles(demo, anchor=clock.today(place.context.time_zone), canaries={}):
        import_bundle(access=SYSTEM, content=bundle.content, source="demonstration", name=bundle.name)
    for login, name, language, own, helps, practitioner, role in _PEOPLE[place.kind]:
        account = create_account(
            access=SYSTEM, login=f"{login}@example.org", email=f"{login}@example.org", display_name=name,
            password="heron umbrella quartz 7", language=language,
        )  # fmt: skip
        if role is not None:
            assign_role(access=SYSTEM, account=account, role=role)
        for key in (own, *helps):
            if key:
                link_account(
                    access=SYSTEM, account_id=account.pk, is_self=key == own, scopes=() if key == own else tuple(Scope),
                    patient=Patient.objects.get(fhir_id=demonstration_id(demo, "patient", key)),
                )  # fmt: skip
        if practitioner:
            name_practitioner(
                access=SYSTEM, account_id=account.pk, practitioner=demonstration_id(demo, "practitioner", practitioner)
            )
        place.accounts[login] = account
