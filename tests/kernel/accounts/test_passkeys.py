"""Passkeys, with an authenticator made of the same primitives that a device uses (WebAuthn section 6)."""

import base64
import hashlib
import json
import struct
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor
from fido2.cose import ES256

from kernel.accounts.models import Factor
from kernel.accounts.services.factors import rename_passkey
from kernel.audit.models import AuditEntry
from kernel.permissions import NotFound, Role
from tests.clients import HostClient, client_for, console_client
from tests.factories.accounts import SYSTEM, make_account, make_account_with_app
from tests.kernel.accounts.conftest import app_code, is_signed_in, sign_in, type_password

pytestmark = pytest.mark.requirement("S19")
REFUSED = "This passkey did not work here. Try again or choose another way to sign in."
USER_PRESENT, USER_VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


class Authenticator:
    """A device with one passkey."""

    def __init__(self, host: str, *, verifies: bool = True) -> None:
        self.host = host
        self.origin = f"http://{host}:8000"
        self.verifies = verifies
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.credential_id = hashlib.sha256(str(id(self)).encode()).digest()
        self.count = 0
        self.handle = b""

    def _data(self, flags: int, extra: bytes = b"") -> bytes:
        flags |= USER_PRESENT | (USER_VERIFIED if self.verifies else 0)
        return hashlib.sha256(self.host.encode()).digest() + struct.pack(">BI", flags, self.count) + extra

    def _client_data(self, kind: str, options: dict[str, Any]) -> bytes:
        return json.dumps(
            {"type": kind, "challenge": options["publicKey"]["challenge"], "origin": self.origin}
        ).encode()

    def make(self, options: dict[str, Any]) -> dict[str, Any]:
        """What ``navigator.credentials.create`` gives."""
        self.handle = base64.urlsafe_b64decode(options["publicKey"]["user"]["id"] + "==")
        key = ES256.from_cryptography_key(self.key.public_key())  # type: ignore[no-untyped-call]
        public = cbor.encode(dict(key))
        attested = bytes(16) + struct.pack(">H", len(self.credential_id)) + self.credential_id + public
        statement = {"fmt": "none", "attStmt": {}, "authData": self._data(ATTESTED, attested)}
        return {
            "id": _text(self.credential_id),
            "rawId": _text(self.credential_id),
            "type": "public-key",
            "response": {
                "clientDataJSON": _text(self._client_data("webauthn.create", options)),
                "attestationObject": _text(cbor.encode(statement)),
            },
        }

    def sign(self, options: dict[str, Any]) -> dict[str, Any]:
        """What ``navigator.credentials.get`` gives."""
        data, client = self._data(0), self._client_data("webauthn.get", options)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return {
            "id": _text(self.credential_id),
            "rawId": _text(self.credential_id),
            "type": "public-key",
            "response": {
                "clientDataJSON": _text(client),
                "authenticatorData": _text(data),
                "signature": _text(signature),
                "userHandle": _text(self.handle),
            },
        }


def send(client: HostClient, path: str, body: Any) -> Any:
    return client.post(path, json.dumps(body), content_type="application/json")


def offer(client: HostClient, device: Authenticator) -> Any:
    """Sign in with the device."""
    options = client.post("/sign-in/passkey/options/").json()
    return send(client, "/sign-in/passkey/", device.sign(options))


@pytest.fixture
def device(northfield: HostClient) -> Authenticator:
    """A passkey of Ana's at Northfield; Ana is signed out again."""
    northfield.inside(make_account)
    sign_in(northfield, "ana@example.org")
    made = Authenticator("northfield.localhost")
    options = northfield.post("/account/security/passkey/options/").json()
    answer = send(northfield, "/account/security/passkey/new/", {**made.make(options), "name": "Phone"})
    assert answer.json() == {"next": "/account/security/recovery-codes/"}
    northfield.post("/sign-out/")
    return made


def test_a_passkey_signs_in_alone_because_the_device_has_checked_the_person(
    northfield: HostClient, device: Authenticator
) -> None:
    fresh = client_for("northfield")
    answer = offer(fresh, device)
    assert (answer.status_code, answer.json()) == (200, {"next": "/"})
    assert is_signed_in(fresh)
    assert northfield.inside(lambda: Factor.objects.get().name) == "Phone"


def test_the_browser_is_told_this_host_and_that_the_person_must_be_checked(northfield: HostClient) -> None:
    options = northfield.post("/sign-in/passkey/options/").json()["publicKey"]
    assert (options["rpId"], options["userVerification"]) == ("northfield.localhost", "required")


def test_staff_can_begin_with_a_passkey_and_enter_the_console_with_one(db: None) -> None:
    console = console_client()
    console.inside(make_account, "op@example.org", Role.OPERATOR)
    type_password(console, "op@example.org")
    made = Authenticator("console.localhost")
    options = console.post("/sign-in/set-up/passkey/options/").json()
    assert send(console, "/sign-in/set-up/passkey/", made.make(options)).status_code == 200
    assert is_signed_in(console)
    again = console_client()
    assert offer(again, made).status_code == 200
    assert is_signed_in(again)


def test_a_passkey_of_one_hospital_is_refused_at_another(device: Authenticator) -> None:
    other = client_for("santalucia")
    assert offer(other, device).status_code == 422
    device.host, device.origin = "santalucia.localhost", "http://santalucia.localhost:8000"
    assert offer(other, device).status_code == 422
    assert not is_signed_in(other)


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "http://northfield.localhost.evil.example:8000", "https://northfield.localhost:8000",
     "http://northfield.localhost:9000", "http://x.northfield.localhost:8000"],
)  # fmt: skip
def test_a_signature_made_for_another_origin_is_refused(device: Authenticator, origin: str) -> None:
    device.origin = origin
    client = client_for("northfield")
    assert offer(client, device).status_code == 422
    assert not is_signed_in(client)


def test_a_signature_without_a_check_of_the_person_is_refused(device: Authenticator) -> None:
    device.verifies = False
    client = client_for("northfield")
    assert offer(client, device).status_code == 422
    assert not is_signed_in(client)


def test_an_answer_works_for_one_challenge_only(device: Authenticator) -> None:
    client = client_for("northfield")
    options = client.post("/sign-in/passkey/options/").json()
    answer = device.sign(options)
    thief = client_for("northfield")
    thief.post("/sign-in/passkey/options/")
    assert send(thief, "/sign-in/passkey/", answer).status_code == 422
    assert send(client, "/sign-in/passkey/", answer).status_code == 200
    client.post("/sign-out/")
    assert send(client, "/sign-in/passkey/", answer).status_code == 422


def test_a_count_that_goes_back_betrays_a_copy(device: Authenticator) -> None:
    device.count = 5
    assert offer(client_for("northfield"), device).status_code == 200
    device.count = 5
    assert offer(client_for("northfield"), device).status_code == 422
    device.count = 6
    assert offer(client_for("northfield"), device).status_code == 200


def test_a_changed_signature_and_nonsense_are_refused_without_a_fault(device: Authenticator) -> None:
    client = client_for("northfield")
    options = client.post("/sign-in/passkey/options/").json()
    answer = device.sign(options)
    answer["response"]["signature"] = _text(b"0" * 70)
    assert send(client, "/sign-in/passkey/", answer).status_code == 422
    untyped: dict[str, Any] = {"id": 1, "rawId": [], "response": 7, "type": "public-key"}
    tried: tuple[Any, ...] = ({}, [], "x", None, {"id": "x"}, untyped)
    for nonsense in tried:
        client.post("/sign-in/passkey/options/")
        assert send(client, "/sign-in/passkey/", nonsense).status_code == 422
    client.post("/sign-in/passkey/options/")
    assert client.post("/sign-in/passkey/", b"\x00\xff", content_type="application/json").status_code == 422


def _changed(answer: dict[str, Any], part: str, value: Any) -> dict[str, Any]:
    """``answer`` with one of its parts replaced."""
    if part in answer:
        return {**answer, part: value}
    return {**answer, "response": {**answer["response"], part: value}}


def _data(flags: int, rest: bytes = b"") -> bytes:
    return hashlib.sha256(b"northfield.localhost").digest() + struct.pack(">BI", flags, 0) + rest


def _statement(data: Any) -> str:
    return _text(cbor.encode({"fmt": "none", "attStmt": {}, "authData": data}))


def _key_of_no_known_kind() -> str:
    key = cbor.encode({1: 2, 3: -47000, -1: 1})
    return _statement(_data(USER_PRESENT | USER_VERIFIED | ATTESTED, bytes(16) + struct.pack(">H", 4) + b"dust" + key))


HUGE, DEEP = 2_000_000_000, "[" * 9_000
UNTEXTUAL: list[Any] = [HUGE, 2**64 - 1, [1], {}, True, None]
OF_BOTH: list[tuple[str, Any]] = [
    *((part, value) for part in ("rawId", "id", "clientDataJSON") for value in UNTEXTUAL),
    ("rawId", "A" * 20_000),
    ("response", HUGE),
    ("response", [HUGE]),
    ("clientDataJSON", _text(DEEP.encode())),
    ("clientDataJSON", _text(b"[]")),
    ("clientDataJSON", _text(json.dumps({"type": "webauthn.get", "challenge": HUGE, "origin": "x"}).encode())),
    ("clientDataJSON", _text(json.dumps({"type": "webauthn.get", "challenge": [1], "origin": "x"}).encode())),
    ("clientDataJSON", "é"),
]
OF_SIGNING: list[tuple[str, Any]] = [
    ("authenticatorData", HUGE),
    ("authenticatorData", _text(b"")),
    ("authenticatorData", _text(_data(0x85))),
    ("authenticatorData", _text(_data(0x85, b"\x1b"))),
    ("authenticatorData", _text(_data(0x85, b"\x81" * 9_000))),
    ("authenticatorData", _text(_data(0x45, bytes(16) + b"\0\0" + b"\x01"))),
    ("signature", HUGE),
    ("userHandle", HUGE),
    ("userHandle", {"0": 1}),
]
OF_MAKING: list[tuple[str, Any]] = [
    ("attestationObject", HUGE),
    ("attestationObject", _text(b"")),
    ("attestationObject", _text(b"\x81" * 9_000)),
    ("attestationObject", _text(b"\xe0")),
    ("attestationObject", _text(cbor.encode([1]))),
    ("attestationObject", _statement(HUGE)),
    ("attestationObject", _statement(_data(0x05))),
    ("attestationObject", _statement(_data(0x45, bytes(16) + b"\0\0" + b"\x01"))),
    ("attestationObject", _key_of_no_known_kind()),
]


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("path", "part", "value"),
    [
        *(("/sign-in/passkey/", *more) for more in [*OF_BOTH, *OF_SIGNING]),
        *(("/account/confirm/passkey/", *more) for more in [*OF_BOTH, *OF_SIGNING]),
        *(("/account/security/passkey/new/", *more) for more in [*OF_BOTH, *OF_MAKING]),
        *(("/sign-in/set-up/passkey/", *more) for more in [*OF_BOTH, *OF_MAKING]),
    ],
)  # fmt: skip
def test_an_answer_that_no_browser_makes_is_refused_like_a_wrong_one(
    northfield: HostClient, path: str, part: str, value: Any
) -> None:
    device = Authenticator("northfield.localhost")
    if path == "/sign-in/set-up/passkey/":
        northfield.inside(make_account, "dr@example.org", Role.CLINICIAN)
        type_password(northfield, "dr@example.org")
        options = northfield.post("/sign-in/set-up/passkey/options/").json()
    elif path == "/sign-in/passkey/":
        options = northfield.post("/sign-in/passkey/options/").json()
    else:
        northfield.inside(make_account)
        sign_in(northfield, "ana@example.org")
        making = path == "/account/security/passkey/new/"
        asked = "/account/security/passkey/options/" if making else "/sign-in/passkey/options/"
        options = northfield.post(asked).json()
    answer = device.sign(options) if "user" not in options["publicKey"] else device.make(options)

    refused = send(northfield, path, _changed(answer, part, value))

    assert (refused.status_code, refused.json()["error"]) == (422, REFUSED)
    assert northfield.inside(Factor.objects.count) == 0


def test_a_closed_account_cannot_use_its_passkey(northfield: HostClient, device: Authenticator) -> None:
    from kernel.accounts.models import Account

    northfield.inside(lambda: Account.objects.update(is_active=False))
    assert offer(client_for("northfield"), device).status_code == 422


@pytest.mark.requirement("S22")
def test_a_passkey_gets_in_while_a_stranger_hammers_the_account(device: Authenticator) -> None:
    stranger = client_for("northfield")
    for _attempt in range(8):
        type_password(stranger, "ana@example.org", "wrong wrong wrong")
    assert offer(client_for("northfield"), device).status_code == 200


def test_a_password_account_with_a_passkey_is_asked_for_it(northfield: HostClient, device: Authenticator) -> None:
    fresh = client_for("northfield")
    assert type_password(fresh, "ana@example.org")["Location"] == "/sign-in/second-step/"
    assert fresh.get("/sign-in/second-step/").context["has_passkey"] is True
    assert offer(fresh, device).status_code == 200
    assert is_signed_in(fresh)


def test_a_passkey_is_called_by_the_device_on_which_it_was_made(northfield: HostClient) -> None:
    northfield.inside(make_account)
    sign_in(northfield, "ana@example.org")
    made = Authenticator("northfield.localhost")
    phone = {"HTTP_USER_AGENT": "Mozilla/5.0 (Linux; Android 14) Chrome/120 Mobile Safari"}
    options = northfield.post("/account/security/passkey/options/").json()
    northfield.defaults.update(phone)
    send(northfield, "/account/security/passkey/new/", made.make(options))

    factor = northfield.inside(lambda: Factor.objects.get(kind=Factor.Kind.PASSKEY))
    assert factor.name == "Chrome, Android"
    assert "Passkey: Chrome, Android" in northfield.get("/account/security/").content.decode()


@pytest.fixture
def named(northfield: HostClient, device: Authenticator) -> tuple[HostClient, str]:
    """Ana signed in with her passkey, and the address of the page about it."""
    offer(northfield, device)
    return northfield, f"/account/security/steps/{northfield.inside(lambda: Factor.objects.get().pk)}/"


def test_a_passkey_gets_another_name_and_its_last_use_is_told(named: tuple[HostClient, str]) -> None:
    ana, address = named
    security = ana.get("/account/security/").content.decode()
    assert f'href="{address}"' in security
    assert "Last used" in security
    assert 'value="Phone"' in ana.get(address).content.decode()

    answer = ana.post(address, {"name": "  The key   on my key ring "}, follow=True)

    assert "The passkey has its new name." in answer.content.decode()
    assert "Passkey: The key on my key ring" in answer.content.decode()
    line = ana.inside(lambda: AuditEntry.objects.get(action="accounts.factor_renamed"))
    assert "key ring" not in line.detail

    ana.post(address, {"name": 'Ben & "Co" <b>'})
    assert '<h1 tabindex="-1">Passkey: Ben &amp; &quot;Co&quot; &lt;b&gt;</h1>' in ana.get(address).content.decode()


def test_a_passkey_that_was_removed_meanwhile_has_no_name(northfield: HostClient, device: Authenticator) -> None:
    offer(northfield, device)

    def rename_what_is_gone() -> None:
        step = Factor.objects.get()
        Factor.objects.all().delete()
        rename_passkey(access=SYSTEM, factor=step, name="Mine")

    with pytest.raises(NotFound):
        northfield.inside(rename_what_is_gone)
    assert northfield.inside(lambda: AuditEntry.objects.filter(action="accounts.factor_renamed").count()) == 0


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("", "Write a name for the passkey."),
        ("\u202edrow", "Write a name with letters that everybody can see, without hidden signs."),
    ],
)
def test_a_name_that_cannot_be_read_is_refused(named: tuple[HostClient, str], name: str, sentence: str) -> None:
    ana, address = named

    answer = ana.post(address, {"name": name})

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert ana.inside(lambda: Factor.objects.get().name) == "Phone"


def test_the_page_of_a_step_says_what_its_removal_means_and_is_its_owners_alone(named: tuple[HostClient, str]) -> None:
    ana, address = named
    page = ana.get(address).content.decode()
    assert "All other devices are signed out" in page
    assert f'action="{address}remove/"' in page

    ana.inside(make_account, "ben@example.org")
    ben = client_for("northfield")
    sign_in(ben, "ben@example.org")
    assert (ben.get(address).status_code, ben.post(address, {"name": "Mine"}).status_code) == (404, 404)


def test_only_passkeys_have_names(northfield: HostClient) -> None:
    _account, secret = northfield.inside(make_account_with_app, "ana@example.org")
    sign_in(northfield, "ana@example.org", secret)
    address = f"/account/security/steps/{northfield.inside(lambda: Factor.objects.get().pk)}/"

    assert 'name="name"' not in northfield.get(address).content.decode()
    assert northfield.post(address, {"name": "My app"}).status_code == 404


def test_a_second_passkey_of_the_same_browser_is_proposed_another_name(named: tuple[HostClient, str]) -> None:
    ana, _address = named
    ana.inside(lambda: Factor.objects.update(name="Firefox, Linux"))

    page = ana.get("/account/security/passkey/", HTTP_USER_AGENT="Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0")

    assert page.context["form"]["name"].value() == "Firefox, Linux 2"


def test_one_passkey_cannot_be_kept_twice(northfield: HostClient, device: Authenticator) -> None:
    northfield.inside(make_account, "ben@example.org")
    ben = client_for("northfield")
    sign_in(ben, "ben@example.org")
    options = ben.post("/account/security/passkey/options/").json()
    answer = send(ben, "/account/security/passkey/new/", device.make(options))
    assert (answer.status_code, answer.json()) == (422, {"error": "This passkey is already in use."})


def test_in_production_the_console_opens_to_passkeys_only(db: None, settings: Any, clock: Any) -> None:
    settings.CONSOLE_NEEDS_PASSKEY = True
    console = console_client()
    _account, secret = console.inside(make_account_with_app, "op@example.org", Role.OPERATOR)
    clock.shift(60)
    assert type_password(console, "op@example.org")["Location"] == "/sign-in/second-step/"
    answer = console.post("/sign-in/second-step/?way=totp", {"code": app_code(secret)})
    assert answer["Location"] == "/sign-in/set-up/"
    assert not is_signed_in(console)
    assert console.get("/sign-in/set-up/").context["needs_passkey"] is True
    console.post("/sign-in/set-up/", {"code": app_code(secret)})
    assert not is_signed_in(console)

    made = Authenticator("console.localhost")
    options = console.post("/sign-in/set-up/passkey/options/").json()
    assert send(console, "/sign-in/set-up/passkey/", made.make(options)).status_code == 200
    assert is_signed_in(console)

    clock.shift(60)
    again = console_client()
    assert type_password(again, "op@example.org")["Location"] == "/sign-in/second-step/"
    assert again.get("/sign-in/second-step/").context["other_ways"] == []
    assert again.post("/sign-in/second-step/?way=totp", {"code": app_code(secret)}).status_code in (302, 422)
    assert not is_signed_in(again)
    assert offer(again, made).status_code == 200
    assert is_signed_in(again)
