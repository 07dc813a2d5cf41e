"""Passkeys (WebAuthn level 2). They belong to one host, and the device has checked the person: both factors at once."""

import hashlib
import json
import struct
from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from fido2 import cbor
from fido2.cose import CoseKey
from fido2.server import Fido2Server
from fido2.utils import websafe_decode
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from kernel import clock
from kernel.accounts.doors import Door
from kernel.accounts.models import Account, Factor
from kernel.errors import DomainError

Response = TypeVar("Response", RegistrationResponse, AuthenticationResponse)

# What the browser's answer is made of (WebAuthn section 5.1); a statement with certificates is the longest.
_PARTS = ("clientDataJSON", "authenticatorData", "signature", "userHandle", "attestationObject")
LONGEST_PART = 16 * 1024
# All that the library raises over bytes that no browser makes.
_UNREADABLE = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RecursionError,
    struct.error,
)


class PasskeyRefused(DomainError):
    message = _("This passkey did not work here. Try again or choose another way to sign in.")
    code = "passkey-refused"


def _server(door: Door) -> Fido2Server:
    # The exact origin, port and scheme included: the library's own rule would let any subdomain in.
    return Fido2Server(
        PublicKeyCredentialRpEntity(id=door.host, name=door.title), verify_origin=lambda origin: origin == door.origin
    )


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_PART:
        raise TypeError
    return value


def _parsed(kind: type[Response], answer: Mapping[str, Any]) -> Response:
    """What the library reads in ``answer``. Raises PasskeyRefused.

    It takes whatever is not text for bytes, and of a number Python makes as many zeros: so each part must be text, and
    what is written in a part must be text or bytes where bytes are wanted.
    """
    try:
        given = answer["response"]
        parts = {name: _text(given[name]) for name in _PARTS if given.get(name) is not None}
        _text(json.loads(websafe_decode(parts["clientDataJSON"]))["challenge"])
        if "attestationObject" in parts:
            statement = cbor.decode(websafe_decode(parts["attestationObject"]))
            if not isinstance(statement["authData"], bytes):  # type: ignore[call-overload, index]
                raise TypeError
        return kind.from_dict({"rawId": _text(answer["rawId"]), "id": _text(answer["id"]), "response": parts})
    except _UNREADABLE as error:
        raise PasskeyRefused from error


def _hash(credential_id: bytes) -> str:
    return hashlib.sha256(credential_id).hexdigest()


def passkeys_of(account: Account) -> list[Factor]:
    """The account's passkeys, oldest first."""
    return list(account.factors.filter(kind=Factor.Kind.PASSKEY).order_by("created_at"))


def begin_registration(door: Door, account: Account) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the browser needs to make a passkey, and the state to keep in the session until it answers."""
    known = [AttestedCredentialData(bytes(factor.material)) for factor in passkeys_of(account)]
    options, state = _server(door).register_begin(
        PublicKeyCredentialUserEntity(
            id=account.pk.bytes, name=account.login, display_name=account.display_name or account.login
        ),
        credentials=known,
        resident_key_requirement=ResidentKeyRequirement.REQUIRED,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return dict(options), dict(state)


def complete_registration(
    door: Door, account: Account, *, state: Mapping[str, Any], answer: Mapping[str, Any], name: str
) -> Factor:
    """Keep the passkey that the browser made. Raises PasskeyRefused."""
    response = _parsed(RegistrationResponse, answer)
    data = response.response.attestation_object.auth_data
    credential = data.credential_data
    # One of another algorithm would be kept, and could never sign in (WebAuthn section 7.1, step 20).
    if credential is None or credential.public_key.ALGORITHM not in CoseKey.supported_algorithms():
        raise PasskeyRefused
    try:
        _server(door).register_complete(dict(state), response)
    except (ValueError, TypeError, KeyError) as error:
        raise PasskeyRefused from error
    if not data.is_user_verified():
        raise PasskeyRefused
    digest = _hash(credential.credential_id)
    if Factor.objects.filter(credential_hash=digest).exists():
        raise PasskeyRefused(_("This passkey is already in use."))
    return Factor.objects.create(
        account=account,
        kind=Factor.Kind.PASSKEY,
        name=name[:80],
        material=bytes(credential),
        credential_hash=digest,
        counter=data.counter,
        confirmed_at=clock.now(),
    )


def begin_authentication(door: Door) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the browser needs to offer its passkeys of this host, whoever they belong to; and the state to keep."""
    options, state = _server(door).authenticate_begin(user_verification=UserVerificationRequirement.REQUIRED)
    return dict(options), dict(state)


def complete_authentication(door: Door, *, state: Mapping[str, Any], answer: Mapping[str, Any]) -> Factor:
    """The passkey that signed the challenge, of an active account. Raises PasskeyRefused."""
    response = _parsed(AuthenticationResponse, answer)
    digest = _hash(response.raw_id)
    factor = Factor.objects.select_related("account").filter(credential_hash=digest, account__is_active=True).first()
    if factor is None:
        raise PasskeyRefused
    handle = response.response.user_handle
    if handle is not None and UUID(bytes=bytes(handle)[:16].ljust(16, b"\0")) != factor.account_id:
        raise PasskeyRefused
    try:
        _server(door).authenticate_complete(dict(state), [AttestedCredentialData(bytes(factor.material))], response)
    except (ValueError, TypeError, KeyError) as error:
        raise PasskeyRefused from error
    if not response.response.authenticator_data.is_user_verified():
        raise PasskeyRefused
    count = response.response.authenticator_data.counter
    # Passkeys that are synchronised do not count and always say 0 (WebAuthn section 6.1.1).
    if (count or factor.counter) and count <= factor.counter:
        raise PasskeyRefused
    Factor.objects.filter(pk=factor.pk).update(counter=count, last_used_at=clock.now())
    return factor
