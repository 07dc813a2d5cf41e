"""The three kinds of host at which people sign in. What is made at one is worth nothing at another."""

import ipaddress
from dataclasses import dataclass
from typing import Literal

from django.conf import settings
from django.http import HttpRequest

from kernel.permissions.declarations import Role
from kernel.tenancy.context import HospitalContext
from kernel.tenancy.scope import current_scope


@dataclass(frozen=True, slots=True)
class Door:
    """Where a request came in. ``host`` comes from the domain table or from settings, never from the request.

    ``roles``: at the provider's hosts, only accounts with one of these may enter; empty lets every account in.
    ``needs_passkey``: nothing that can be phished completes a sign-in here (S19).
    """

    kind: Literal["hospital", "console", "network"]
    host: str
    title: str
    cookie: str
    roles: frozenset[Role] = frozenset()
    needs_passkey: bool = False

    @property
    def origin(self) -> str:
        """Scheme, host and port, for WebAuthn."""
        return origin_of_host(self.host)


def origin_of_host(host: str) -> str:
    """Scheme, host and port as browsers write them. ``host`` comes from the domain table or from settings."""
    usual = {"http": "80", "https": "443"}[settings.PUBLIC_SCHEME]
    port = "" if settings.PUBLIC_PORT in ("", usual) else f":{settings.PUBLIC_PORT}"
    return f"{settings.PUBLIC_SCHEME}://{host}{port}"


class HostRequest(HttpRequest):
    """A request that the host middleware has seen; ``hospital`` is None at the provider's hosts."""

    hospital: HospitalContext | None
    urlconf: str


def door_of(request: HostRequest) -> Door:
    """The door of a request that has passed the host middleware."""
    if request.hospital is not None:
        return Door("hospital", request.hospital.host, request.hospital.name, "__Host-portico")
    if request.urlconf == settings.CONSOLE_URLCONF:
        return Door(
            "console",
            settings.CONSOLE_HOST,
            "Portico",
            "__Host-portico-console",
            frozenset({Role.OPERATOR}),
            needs_passkey=settings.CONSOLE_NEEDS_PASSKEY,
        )
    return Door("network", settings.NETWORK_HOST, "Portico", "__Host-portico-network", frozenset({Role.NETWORK_ADMIN}))


def scope_label() -> str:
    """What is mixed into everything hashed or signed, so that it fits one hospital only (S04). Raises NoScope."""
    scope = current_scope()
    return str(scope.hospital.id) if scope.hospital is not None else scope.schema_name


def client_address(request: HttpRequest) -> str:
    """The client's IP address. Forwarded addresses count only as many steps back as proxies of ours stand in front."""
    address = request.META.get("REMOTE_ADDR", "")
    hops = settings.TRUSTED_PROXIES
    if hops:
        forwarded = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
        if len(forwarded) >= hops:
            address = forwarded[-hops]
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return ""


def address_block(address: str) -> str:
    """What one client can easily change away within: a whole /64 of IPv6 counts as one address."""
    if ":" not in address:
        return address
    return str(ipaddress.ip_network(f"{address}/64", strict=False))
