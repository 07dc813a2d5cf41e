"""Pictures of every page for people to look at.

``make screens`` draws them; ``make screens ARGS="--pages 'manage*' --widths 390"`` some of them (tests/screens.py).
"""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import Context
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from control_plane.networks.services import invite_admin
from control_plane.operators.ranks import FULL, READER, ensure_ranks
from kernel.accounts.doors import Door
from kernel.accounts.models import Account
from kernel.audit.models import AuditEntry
from kernel.permissions import Role, system_access
from kernel.tenancy.context import HospitalContext
from kernel.tenancy.models import Hospital, Provisioning
from kernel.tenancy.scope import shared
from kernel.web.cookies import LANGUAGE, READING
from tests.clients import HostClient, client_for, console_client, network_client
from tests.e2e import pages
from tests.e2e.conftest import Furnished
from tests.factories.staff import sign_in, staff_account

pytestmark = [pytest.mark.browser, pytest.mark.full]

WIDTHS = (390, 1440)
# Name: what the cookie of reading says.
MODES = {
    "light": "normal.normal.auto.light.full.on",
    "dark": "normal.normal.auto.dark.full.on",
    "contrast": "normal.more.auto.light.full.on",
    "contrast-dark": "normal.more.auto.dark.full.on",
}
# Each hospital is drawn in its own language, the provider's pages in all three.
LANGUAGES = {"en": "northfield", "es": "santalucia", "ar": "alwaha"}
STAFF = (
    ("frontdesk", pages.DESK_PAGES),
    ("billing", pages.BILLING_PAGES),
    ("admin", {**pages.MANAGE_PAGES, **pages.SECURITY_PAGES}),
    ("privacy", pages.OFFICER_PAGES),
)
WHO = {
    "northfield": (("james", {**pages.PATIENT_PAGES, **pages.OWN_PAGES}), ("osei", pages.STAFF_PAGES), *STAFF),
    "santalucia": (("carmen", {**pages.PATIENT_PAGES, **pages.HELPER_PAGES}), ("robledo", pages.STAFF_PAGES), *STAFF),
    "alwaha": (("layla", {**pages.PATIENT_PAGES, **pages.OWN_PAGES}), ("najjar", pages.STAFF_PAGES), *STAFF),
}
Cookie = tuple[str, str]
SYSTEM = system_access("arranging a test", app="command")
CONSOLE = Door("console", settings.CONSOLE_HOST, "Portico", "__Host-portico-console", frozenset({Role.OPERATOR}))
NETWORK = Door("network", settings.NETWORK_HOST, "Portico", "__Host-portico-network", frozenset({Role.NETWORK_ADMIN}))


def _chosen(name: str, usual: str) -> list[str]:
    return os.environ.get(f"PORTICO_SCREEN_{name}", usual).split(",")


class Camera:
    """Draws pages into the folder, those that were asked for."""

    def __init__(self, chromium: Any) -> None:
        if "PORTICO_SCREENS" not in os.environ:
            pytest.skip("pictures are drawn only when PORTICO_SCREENS names a folder")
        self.chromium = chromium
        self.folder = Path(os.environ["PORTICO_SCREENS"])
        self.modes = _chosen("MODES", ",".join(MODES))
        self.widths = [int(width) for width in _chosen("WIDTHS", ",".join(map(str, WIDTHS)))]
        self.patterns = _chosen("PAGES", "*")
        self.faults: list[str] = []

    def wants(self, language: str) -> bool:
        """Whether the language is asked for."""
        return language in _chosen("LANGUAGES", ",".join(LANGUAGES))

    @contextmanager
    def window(
        self, origin: str, width: int, mode: str, language: str, cookie: tuple[str, str] | None
    ) -> Iterator[Any]:
        """A browser's window with what somebody reads by, signed in or not."""
        context = self.chromium.new_context(viewport={"width": width, "height": 844 if width < 600 else 1000})
        kept = [(READING, MODES[mode]), (LANGUAGE, language), *([cookie] if cookie is not None else [])]
        # Browsers take a host-only cookie only from a secure address, and send it to localhost all the same.
        secure = {"url": origin.replace("http:", "https:"), "secure": True, "sameSite": "Lax"}
        context.add_cookies([{"name": name, "value": value, **secure} for name, value in kept])
        yield context.new_page()
        context.close()

    def draw(
        self,
        side: str,
        language: str,
        origin: str,
        found: Mapping[str, tuple[str, int]],
        cookie: tuple[str, str] | None,
    ) -> None:
        """Each of the pages ``found`` (name: address and status) at all widths and in all modes."""
        wanted = {name: rest for name, rest in found.items() if any(fnmatch(name, one) for one in self.patterns)}
        for mode in self.modes if wanted else ():
            for width in self.widths:
                with self.window(origin, width, mode, language, cookie) as page:
                    for name, (address, status) in wanted.items():
                        answer = page.goto(origin + address)
                        if answer.status != status:
                            self.faults.append(f"{side} {name}: {answer.status} and not {status}")
                        if (beyond := page.evaluate(SIDEWAYS)) > 0:
                            self.faults.append(f"{side} {name} {width} {mode}: {beyond} px too wide")
                        target = self.folder / f"{language}-{side}-{name}-{width}-{mode}.png"
                        page.screenshot(path=target, full_page=True)


# A page that scrolls sideways is a fault, and on a telephone also a table that does.
SIDEWAYS = """() => Math.max(
  document.documentElement.scrollWidth - document.documentElement.clientWidth,
  ...[...(innerWidth < 600 ? document.querySelectorAll('.table-frame') : [])].map((e) => e.scrollWidth - e.clientWidth),
)"""


@pytest.fixture
def camera(chromium: Any) -> Camera:
    """Draws what ``make screens`` was asked for."""
    return Camera(chromium)


def cookie_of(client: HostClient, account: Account, door: Door) -> Cookie:
    return door.cookie, sign_in(client, account, door).cookies[door.cookie].value


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("language", list(LANGUAGES))
def test_every_page_of_a_hospital_is_drawn(language: str, camera: Camera, furnish: Callable[[str], Furnished]) -> None:
    if not camera.wants(language):
        pytest.skip(f"{language} was not asked for")
    kind = LANGUAGES[language]
    place = furnish(kind)
    door = Door("hospital", place.context.host, place.context.name, "__Host-portico")
    for login, names in (*WHO[kind], ("", {**pages.PUBLIC_PAGES, **pages.SIGNED_OUT_PAGES})):
        cookie = cookie_of(client_for(place.context.slug), place.accounts[login], door) if login else None
        found = {name: (pages.address_of(place, name), status) for name, status in names.items()}
        camera.draw(login or "visitor", language, place.origin, found, cookie)
    assert camera.faults == []


def arrange(slug: str) -> dict[str, Any]:
    """An operator, one who may only look, an administrator of the network, and what the addresses are filled with."""
    with shared():
        ensure_ranks()
        full, reader = staff_account(FULL, name="Rekha Kaur"), staff_account(READER, name="Otto Reader")
        hospital = Hospital.objects.select_related("network").get(slug=slug)
        admin = invite_admin(
            access=SYSTEM, slug=hospital.network.slug, name="Nadia Net", email=f"nadia-{slug}@example.org"
        )
        making = Provisioning.objects.get(hospital_id=hospital.pk)
        entry = AuditEntry.objects.latest("at")
        return {
            "full": full, "reader": reader, "admin": admin, "slug": slug, "network": hospital.network.slug,
            "making": making.pk, "operator": reader.pk, "entry": entry.pk,
        }  # fmt: skip


def end_access(*accounts: Account) -> None:
    with shared():
        Account.objects.filter(pk__in=[account.pk for account in accounts]).update(is_active=False)


@pytest.mark.timeout(3600)
def test_every_page_of_the_provider_is_drawn(
    camera: Camera, furnish: Callable[[str], Furnished], new_hospital: Callable[..., HospitalContext], port: int
) -> None:
    places = [furnish(kind) for kind in LANGUAGES.values()]
    made = Context().run(arrange, places[0].context.slug)
    try:
        for language in filter(camera.wants, LANGUAGES):
            for door, maker, sides in (
                (CONSOLE, console_client, ((made["full"], pages.CONSOLE_PAGES), (made["reader"], pages.READER_PAGES),
                                           (None, pages.CONSOLE_SIGNED_OUT_PAGES))),
                (NETWORK, network_client, ((made["admin"], pages.NETWORK_PAGES),
                                           (None, pages.NETWORK_SIGNED_OUT_PAGES))),
            ):  # fmt: skip
                for account, names in sides:
                    found = {name: (address.format(**made), status) for name, (address, status) in names.items()}
                    cookie = cookie_of(maker(), account, door) if account is not None else None
                    camera.draw(door.kind, language, f"http://{door.host}:{port}", found, cookie)
    finally:
        Context().run(end_access, made["full"], made["reader"], made["admin"])
    assert camera.faults == []
