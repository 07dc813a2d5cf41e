"""A client for addresses that other people chose: webhooks, pictures, identity providers (S43).

The host is resolved once, every address is checked, and the connection goes to the checked address while TLS and the
Host header keep the name. There are no redirects, no proxies from the environment, and an end to time and size.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass

import httpx
from django.conf import settings

from kernel.http.addresses import AddressRefused, ResolverSlow, resolve
from kernel.http.deadline import DeadlineTransport

SECONDS = 10.0
BYTES = 1024 * 1024
_PORTS = {"https": 443, "http": 80}


class Refused(Exception):
    """The request was not sent, or its answer was thrown away: scheme, port, address or size are not allowed."""


class Unreachable(Exception):
    """The other side did not answer in time, or not in HTTP. It may be tried again."""


@dataclass(frozen=True)
class Answer:
    """What came back: any status, also a redirect, which is not followed."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_success(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300


def fetch(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    seconds: float = SECONDS,
    most_bytes: int = BYTES,
) -> Answer:
    """Send one request and return the answer. ``seconds`` is for all of it, ``most_bytes`` for the decoded body.

    Raises Refused for what is never sent or kept, Unreachable for what may work later.
    """
    target, port = _checked(url)
    # As it is written on the wire: a name with letters of other scripts has another form there.
    host = target.raw_host.decode("ascii")
    end = time.monotonic() + min(seconds, SECONDS)
    try:
        address = resolve(host, port, min(seconds, SECONDS))
    except AddressRefused as error:
        raise Refused(str(error)) from error
    except ResolverSlow as error:
        raise Unreachable(str(error)) from error
    literal = f"[{address}]" if address.version == 6 else str(address)
    request_headers = {"User-Agent": "Portico", **(headers or {}), "Host": _host_header(host, target.scheme, port)}
    try:
        # trust_env: a proxy from the environment would resolve the name again, somewhere else.
        with (
            httpx.Client(
                transport=DeadlineTransport(end), trust_env=False, follow_redirects=False, timeout=min(seconds, SECONDS)
            ) as client,
            client.stream(
                method,
                target.copy_with(host=literal, port=port),
                headers=request_headers,
                content=body,
                extensions={"sni_hostname": host},
            ) as answer,
        ):
            return Answer(answer.status_code, dict(answer.headers), _read(answer, most_bytes))
    except (httpx.TransportError, httpx.DecodingError) as error:
        raise Unreachable(f"{host}: {type(error).__name__}") from error


def _checked(url: str) -> tuple[httpx.URL, int]:
    try:
        target = httpx.URL(url)
    except (httpx.InvalidURL, TypeError, UnicodeError) as error:
        raise Refused("this is not a web address") from error
    if target.scheme not in settings.OUTGOING_SCHEMES:
        raise Refused(f"the scheme {target.scheme!r} is not allowed")
    if not target.host or target.userinfo:
        raise Refused("an address has a host and no password")
    port = target.port or _PORTS[target.scheme]
    if port not in settings.OUTGOING_PORTS:
        raise Refused(f"port {port} is not allowed")
    return target, port


def _host_header(host: str, scheme: str, port: int) -> str:
    written = f"[{host}]" if ":" in host else host
    return written if port == _PORTS[scheme] else f"{written}:{port}"


def _read(answer: httpx.Response, most_bytes: int) -> bytes:
    """The body, piece by piece: what is too large is not kept until its end."""
    parts: list[bytes] = []
    size = 0
    for part in answer.iter_bytes(16_384):
        size += len(part)
        if size > most_bytes:
            raise Refused(f"the answer is larger than {most_bytes} bytes")
        parts.append(part)
    return b"".join(parts)
