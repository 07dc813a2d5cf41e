"""Which addresses the outgoing client may connect to."""

import socket
import threading
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

from django.conf import settings

Address = IPv4Address | IPv6Address

# Addresses that carry another one inside, which is what a connection really reaches (RFC 6052, 8215, 3056, 4380).
_NAT64 = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
_TRANSLATED = (*_NAT64, IPv6Network("2002::/16"), IPv6Network("2001::/32"), IPv6Network("::/96"))
# Reachable in a cloud and global by the letter, or missing from older tables of special addresses.
_NEVER = tuple(
    ip_network(text)
    for text in ("100.64.0.0/10", "192.0.0.0/24", "168.63.129.16/32", "fd00:ec2::/32", "5f00::/16", "2001:db8::/32")
)


class AddressRefused(Exception):
    """The host has no address that may be connected to."""


class ResolverSlow(Exception):
    """Nobody said in time what address the host has."""


def is_public(address: Address) -> bool:
    """Whether ``address`` is a host of the open internet: not ours, not the cloud's, not this machine's."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return False
        if any(address in network for network in _TRANSLATED):
            return False
    if any(address.version == network.version and address in network for network in _NEVER):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved and not address.is_unspecified


def is_allowed(address: Address) -> bool:
    """Public, or in the operator's list of networks (``OUTGOING_NETWORKS``), which no hospital can change."""
    if is_public(address):
        return True
    networks = (ip_network(text) for text in settings.OUTGOING_NETWORKS)
    return any(address.version == network.version and address in network for network in networks)


def _looked_up(host: str, port: int, seconds: float) -> list[Any]:
    """What the resolver answers in time. It has no limit of its own, so it is waited for and not called."""
    found: list[Any] = []
    failures: list[Exception] = []

    def look_up() -> None:
        try:
            found.extend(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            failures.append(error)

    looking = threading.Thread(target=look_up, name="look-up", daemon=True)
    looking.start()
    looking.join(seconds)
    if looking.is_alive():
        raise ResolverSlow(f"{host} was not found in time")
    if failures:
        raise AddressRefused(f"{host} has no address") from failures[0]
    return found


def resolve(host: str, port: int, seconds: float) -> Address:
    """The one address to connect to. Raises AddressRefused when any of the host's addresses is not allowed, and
    ResolverSlow after ``seconds``.

    One bad address among good ones is how a name is made to point inside on the second look.
    """
    found = _looked_up(host, port, seconds)
    addresses = [ip_address(str(entry[4][0]).split("%")[0]) for entry in found]
    if not addresses or not all(is_allowed(address) for address in addresses):
        raise AddressRefused(f"{host} does not lead to the open internet")
    return addresses[0]
