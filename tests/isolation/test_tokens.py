"""Links, codes, cookies and keys of one hospital, carried to another by hand (S04, S05, S11).

Each kind is tried twice: as it is, and with its row copied into the other hospital's table, where only the hospital's
id inside the hash stands in the way.
"""

import ast
import re
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.core import mail as outgoing

from api.auth.models import PersonalKey
from kernel import clock, signing
from kernel.accounts import codes
from kernel.accounts.models import Account, Device, OneTimeCode, Session
from kernel.accounts.services.sign_in import Origin, known_device
from kernel.accounts.sessions import SessionStore
from kernel.accounts.views.progress import DEVICE_COOKIE
from kernel.events.relay import relay_waiting
from kernel.permissions import Channel, Role
from kernel.permissions.selectors import access_for
from kernel.storage.files import store_file
from kernel.storage.links import LASTS, download_link
from kernel.tenancy.scope import hospital
from tests.architecture.test_source import ROOTS, called, python_files
from tests.clients import HostClient
from tests.factories.accounts import PASSWORD, SYSTEM, make_account, make_account_with_app
from tests.isolation.attempts import ask, attempts
from tests.isolation.routes import routes
from tests.isolation.world import House, World

# --- Signed links ----------------------------------------------------------------------------------------------------

# Every route that takes a signed text, and the purpose under which it is signed.
SIGNED_ROUTES = {"hospital /files/<str:token>": "download"}


class Links:
    """One file in each house, and links to it."""

    def __init__(self, *houses: House) -> None:
        self.kept = {house.context.slug: self._store(house) for house in houses}

    @staticmethod
    def _store(house: House) -> str:
        with hospital(house.context):
            return store_file(f"letter {house.canary}".encode(), area="letters").key

    def make(self, house: House, role: Role, *, key: str = "", seconds_ago: int = 0) -> str:
        """The token of a link that the person of ``role`` got: to the house's own file, or to ``key``."""
        then = clock.now() - timedelta(seconds=seconds_ago)
        with time_machine.travel(then, tick=False), hospital(house.context):
            access = access_for(house.accounts[role])
            key = key or self.kept[house.context.slug]
            return download_link(access, key, name="letter.txt", media_type="text/plain").rpartition("/")[2]


@pytest.fixture
def links(world: World, settings: Any, tmp_path: Path) -> Links:
    settings.PORTICO_HOME = tmp_path
    return Links(world.own, world.other)


def test_every_route_with_a_token_and_every_purpose_of_signing_is_declared() -> None:
    with_token = {route.key for side in ("hospital", "console", "network") for route in routes(side)
                  if {"token", "signature", "signed", "code"} & set(route.parameters)}  # fmt: skip
    assert with_token == set(SIGNED_ROUTES)
    signed = {
        name
        for name, tree in python_files(*ROOTS)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and called(node) in ("sign", "unsign")
        and any(keyword.arg == "purpose" for keyword in node.keywords)
    }
    assert signed == {"platform/kernel/storage/links.py"}


@pytest.mark.requirement("S03", "S04", "S11")
def test_a_link_opens_for_its_hospital_its_account_and_five_minutes_and_else_is_not_found(
    world: World, links: Links
) -> None:
    patient = world.client(Role.PATIENT, at="hospital")
    own = links.make(world.own, Role.PATIENT)
    kind = "with a signed link"
    with hospital(world.own.context):
        unbound = signing.sign([links.kept[world.own.context.slug], str(UUID(int=0)), "x", "y"], purpose="download")
        other_purpose = signing.sign(["x", str(world.own.accounts[Role.PATIENT].pk), "x", "y"], purpose="invitation")
        nobodys = signing.sign(["x", "nobody", "x", "y"], purpose="download")
    head, _dot, tail = own.rpartition(":")
    tried = {
        "another hospital's link": links.make(world.other, Role.PATIENT),
        "a link to another hospital's file": links.make(
            world.own, Role.PATIENT, key=links.kept[world.other.context.slug]
        ),
        "the helper's link": links.make(world.own, Role.HELPER),
        "a clinician's link": links.make(world.own, Role.CLINICIAN),
        "a link of five minutes and a second ago": links.make(
            world.own, Role.PATIENT, seconds_ago=int(LASTS.total_seconds()) + 1
        ),
        "a link whose signature was changed": head + ":" + ("A" if tail[0] != "A" else "B") + tail[1:],
        "a link whose content was changed": ("A" if own[0] != "A" else "B") + own[1:],
        "a link without its signature": head,
        "a link for nobody": unbound,
        "a link that names no account": nobodys,
        "a text signed for another purpose": other_purpose,
        "no link": "nothing",
        "another hospital's file by its key": links.kept[world.other.context.slug].replace("/", "%2F"),
    }
    wrong = []
    for what, token in tried.items():
        answer = ask(patient, "GET", f"/files/{token}", kind)
        if answer[0] != 404:
            wrong.append(f"{what}: {answer[0]}")
        if world.other.canary.encode() in answer[2]:
            wrong.append(f"{what}: shows Al-Waha")
    assert wrong == []
    assert ask(patient, "GET", f"/files/{own}", kind)[2] == f"letter {world.own.canary}".encode()


@pytest.mark.requirement("S03", "S11")
@pytest.mark.parametrize("role", [Role.PATIENT, Role.HELPER, Role.CLINICIAN, Role.HOSPITAL_ADMIN])
def test_a_link_of_one_hospital_is_not_found_at_another_for_anybody(world: World, links: Links, role: Role) -> None:
    """Signed in at Al-Waha with Northfield's link, also for an account that has the same key in both."""
    client = world.at_home(world.other, role)
    token = links.make(world.own, role)
    answer = ask(client, "GET", f"/files/{token}", "with another hospital's signed link")
    assert answer[0] == 404
    assert world.own.canary.encode() not in answer[2]
    with hospital(world.other.context):
        Account.objects.filter(pk=world.other.accounts[role].pk).update(login=f"old-{role.value}@example.org")
    stranger = ask(world.client(Role.ANONYMOUS, at="other"), "GET", f"/files/{token}", "with a link and no session")
    assert (stranger[0], stranger[1].partition("?")[0]) == (302, "/sign-in/")


@pytest.mark.requirement("S11")
def test_a_link_lives_at_most_five_minutes() -> None:
    assert timedelta(0) < LASTS <= timedelta(minutes=5)


# --- Codes -----------------------------------------------------------------------------------------------------------


def moved(world: World, row: Any, **changed: Any) -> Any:
    """The row of Al-Waha as it would be in Northfield's table after somebody copied it there."""
    values = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    with hospital(world.own.context):
        return type(row).objects.create(**{**values, **changed})


@pytest.mark.requirement("S04")
@pytest.mark.parametrize("purpose", [purpose for purpose in OneTimeCode.Purpose if purpose != "recovery"])
def test_a_code_of_another_hospital_fits_nothing_here(world: World, purpose: OneTimeCode.Purpose) -> None:
    with hospital(world.other.context):
        row = codes.ask_for_code(account=world.other.accounts[Role.PATIENT], purpose=purpose, address="a@example.org")
        code = codes.make_code(row)
        row.refresh_from_db()
    with hospital(world.own.context):
        assert codes.use_code(code_id=row.pk, purpose=purpose, code=code) is None
        mine = codes.ask_for_code(account=world.own.accounts[Role.PATIENT], purpose=purpose, address="a@example.org")
        own_code = codes.make_code(mine)
        foreign = code if code != own_code else f"{(int(code) + 1) % 10 ** len(code):0{len(code)}d}"
        assert codes.use_code(code_id=mine.pk, purpose=purpose, code=foreign) is None
    moved(world, row, account_id=world.own.accounts[Role.PATIENT].pk)
    attempts["with another hospital's code"] += 3
    with hospital(world.own.context):
        assert codes.use_code(code_id=row.pk, purpose=purpose, code=code) is None
        assert codes.use_code(code_id=mine.pk, purpose=purpose, code=own_code) == mine
    with hospital(world.other.context):
        assert codes.use_code(code_id=row.pk, purpose=purpose, code=code) == row


@pytest.mark.requirement("S04")
def test_a_recovery_code_of_another_hospital_opens_nothing_here(world: World) -> None:
    with hospital(world.other.context):
        code = codes.new_recovery_codes(world.other.accounts[Role.PATIENT])[0]
        rows = list(OneTimeCode.objects.filter(account=world.other.accounts[Role.PATIENT], purpose="recovery"))
    own = world.own.accounts[Role.PATIENT]
    with hospital(world.own.context):
        assert not codes.use_recovery_code(account=own, code=code)
    for row in rows:
        moved(world, row, account_id=own.pk)
    attempts["with another hospital's code"] += 2
    with hospital(world.own.context):
        assert codes.recovery_codes_left(own) == codes.RECOVERY_CODES
        assert not codes.use_recovery_code(account=own, code=code)
    with hospital(world.other.context):
        assert codes.use_recovery_code(account=world.other.accounts[Role.PATIENT], code=code)


@pytest.mark.requirement("S04", "S23")
def test_a_reset_code_is_refused_on_the_page_of_another_hospital(world: World) -> None:
    """The same login in both; the code of one, typed at the other."""
    made = {}
    for house in (world.own, world.other):
        with hospital(house.context):
            make_account("both@example.org")
        browser = world.client(Role.ANONYMOUS, at="hospital" if house is world.own else "other")
        browser.post("/sign-in/forgot/", {"login": "both@example.org"})
        outgoing.outbox = []
        browser.inside(relay_waiting)
        # In the language of the hospital, but the digits are for a keyboard.
        (letter,) = outgoing.outbox
        made[house.context.slug] = browser, re.findall(r"\b[0-9]{8}\b", str(letter.body))[0]
    browser, own_code = made[world.own.context.slug]
    foreign = made[world.other.context.slug][1]
    wanted = {"new": "marble otter lantern 9"}
    attempts["with another hospital's code"] += 1
    if foreign != own_code:
        assert browser.post("/sign-in/forgot/code/", {"code": foreign, **wanted}).status_code == 422
    assert browser.post("/sign-in/forgot/code/", {"code": own_code, **wanted}).status_code == 302


@pytest.mark.requirement("S04")
def test_an_invitation_holds_nothing_that_could_be_carried_elsewhere(world: World) -> None:
    """It names the hospital's own address, and neither code nor token."""
    from kernel.accounts.invitations import invite

    with hospital(world.own.context):
        invite(access=SYSTEM, email="new@example.org", display_name="Neu", roles=["clinician"])
        outgoing.outbox = []
        relay_waiting()
    text = next(letter.body for letter in outgoing.outbox if letter.to == ["new@example.org"])
    links = [word for word in text.split() if "://" in word]
    attempts["to carry an invitation elsewhere"] += 1
    assert [link.partition("://")[2].partition(":")[0].partition("/")[0] for link in links] == [
        world.own.context.host
    ] * len(links)
    assert links
    assert [link.partition("://")[2].partition("/")[2] for link in links] == [""]
    assert world.other.context.host not in text


# --- Cookies ---------------------------------------------------------------------------------------------------------

COOKIES = {
    "kernel.web.cookies": "the one place through which the others go",
    "kernel.accounts.middleware": "the session: every route is tried with it in test_routes.py",
    "kernel.accounts.views.sign_in": "the device, below",
    "tenants.portal.reading": "how somebody reads, and the language, below",
    "control_plane.console.reading": "how somebody reads, and the language, below",
}


def test_every_place_that_sets_a_cookie_is_declared() -> None:
    found = {
        name.removeprefix("platform/").removesuffix(".py").replace("/", ".")
        for name, tree in python_files(*ROOTS)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and called(node) in ("give_cookie", "set_cookie", "set_signed_cookie")
    }
    assert found == set(COOKIES)


@pytest.mark.requirement("S04", "S05")
def test_the_cookie_of_a_device_is_unknown_in_another_hospital(world: World) -> None:
    """Trusted at Al-Waha for the second step; at Northfield the step is asked for, also with the row copied there."""
    at = {}
    for side, house in (("hospital", world.own), ("other", world.other)):
        with hospital(house.context):
            account, _secret = make_account_with_app("device@example.org")
        at[side] = account
    token = "a-device-of-al-waha"
    with hospital(world.other.context):
        row = Device.objects.create(
            account=at["other"],
            token_hash=_device_hash(token),
            first_seen_at=clock.now(),
            last_seen_at=clock.now(),
            trusted_until=clock.now() + timedelta(days=30),
        )
    assert _second_step_asked(world, "other", token) is False
    assert _second_step_asked(world, "hospital", token) is True
    moved(world, row, account_id=at["hospital"].pk)
    assert _second_step_asked(world, "hospital", token) is True
    with hospital(world.own.context):
        origin = Origin(door=world.own.door, channel=Channel("web", "192.0.2.7", "r-1"), device_token=token)
        assert known_device(origin, at["hospital"]) is None


def _device_hash(token: str) -> str:
    from kernel.accounts.services.sign_in import _token_hash

    return _token_hash(token)


def _second_step_asked(world: World, side: str, token: str) -> bool:
    browser = world.client(Role.ANONYMOUS, at=side)
    browser.cookies[DEVICE_COOKIE] = token
    attempts["with another hospital's device"] += side == "hospital"
    answer: Any = browser.post("/sign-in/", {"login": "device@example.org", "password": PASSWORD})
    assert answer.status_code == 302
    return bool(answer["Location"] == "/sign-in/second-step/")


@pytest.mark.requirement("S04")
def test_the_row_of_a_session_copied_to_another_hospital_opens_nothing(world: World) -> None:
    """Whoever could write one table still has no way in: the hash of the key holds the hospital."""
    browser = world.at_home(world.other, Role.PATIENT)
    assert ask(browser, "GET", "/account/devices/", "with its own session")[0] == 200
    key = browser.cookies[world.other.door.cookie].value
    with hospital(world.other.context):
        row = Session.objects.get(account=world.other.accounts[Role.PATIENT])
    moved(world, row, account_id=world.own.accounts[Role.PATIENT].pk, device_id=None)
    carried = world.client(Role.ANONYMOUS, at="hospital")
    carried.cookies[world.own.door.cookie] = key
    answer = ask(carried, "GET", "/account/devices/", "with a session whose row was copied")
    assert (answer[0], answer[1].partition("?")[0]) == (302, "/sign-in/")
    with hospital(world.own.context):
        assert SessionStore(key, door="hospital").load() == {}


@pytest.mark.requirement("S05")
def test_the_token_of_a_form_fits_its_own_browser_only(world: World) -> None:
    """Another hospital's token, its cookie too, and a page of another hospital under the same parent domain."""
    forms = {}
    for side in ("hospital", "other"):
        browser = _strict(world, side)
        page: Any = browser.get("/sign-in/")
        token = page.content.decode().split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
        forms[side] = browser, token
    own, own_token = forms["hospital"]
    foreign_token = forms["other"][1]
    wanted = {"login": "nobody@example.org", "password": "wrong"}

    def post(token: str, **headers: str) -> int:
        attempts["with another hospital's form token"] += 1
        return int(own.post("/sign-in/", {**wanted, "csrfmiddlewaretoken": token}, headers=headers).status_code)

    assert post(foreign_token) == 403
    assert post("") == 403
    assert post(own_token, **{"Sec-Fetch-Site": "same-site"}) == 403
    assert post(own_token, **{"Sec-Fetch-Site": "cross-site"}) == 403
    assert post(own_token, **{"Sec-Fetch-Site": "same-origin"}) == 422


def _strict(world: World, side: str) -> HostClient:
    house = world.own if side == "hospital" else world.other
    return HostClient(house.context.host, enforce_csrf_checks=True)


@pytest.mark.requirement("S05")
def test_the_language_of_another_hospital_is_passed_over(world: World) -> None:
    """A cookie that one host set, carried to a host that does not speak the language: its own first language."""
    from kernel.web.cookies import LANGUAGE

    spoken = world.own.context.languages
    browser = world.client(Role.ANONYMOUS, at="hospital")
    for value in [code for code in ("ar", "fr", "es\r\nX: y", "../es", "") if code not in spoken]:
        browser.cookies[LANGUAGE] = value.replace("\r\n", " ")
        attempts["with another hospital's language"] += 1
        answer: Any = browser.get("/sign-in/")
        assert (answer.status_code, answer["Content-Language"]) == (200, spoken[0])


# --- Personal keys ---------------------------------------------------------------------------------------------------


@pytest.mark.requirement("S04")
def test_the_row_of_a_personal_key_copied_to_another_hospital_opens_nothing(world: World) -> None:
    with hospital(world.other.context):
        row = PersonalKey.objects.get(account=world.other.accounts[Role.PATIENT])
    moved(world, row, account_id=world.own.accounts[Role.PATIENT].pk)
    here = world.client(Role.ANONYMOUS, at="hospital")
    header = {"Authorization": f"Bearer {world.other.bearer}"}
    assert ask(here, "GET", "/api/v1/me", "with a key whose row was copied", headers=header)[0] == 401
    there = world.client(Role.ANONYMOUS, at="other")
    assert ask(there, "GET", "/api/v1/me", "with its own key", headers=header)[0] == 200
