"""A connection that ends at one moment, however often a few bytes arrive.

The timeouts of httpx are for each piece: a server that sends a letter of a header every nine seconds would hold a
worker for days.
"""

import ssl
import time
from collections.abc import Iterable
from typing import Any

import httpcore
import httpx


class DeadlineTransport(httpx.HTTPTransport):
    """httpx's transport without proxies, of which everything is over at ``end`` (of ``time.monotonic``)."""

    def __init__(self, end: float) -> None:
        certificates = httpx.create_ssl_context(trust_env=False)
        super().__init__(verify=certificates, trust_env=False)
        # httpx has no argument for how connections are made; its pool has.
        self._pool = httpcore.ConnectionPool(ssl_context=certificates, network_backend=_Backend(end))


def _left(end: float, timeout: float | None) -> float:
    """The seconds that one step may take. Raises ReadTimeout when the end has come."""
    left = end - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("the end has come")
    return left if timeout is None else min(left, timeout)


class _Backend(httpcore.NetworkBackend):
    def __init__(self, end: float) -> None:
        self._end = end
        self._backend = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        made = self._backend.connect_tcp(host, port, _left(self._end, timeout), local_address, socket_options)
        return _Stream(made, self._end)


class _Stream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, end: float) -> None:
        self._stream = stream
        self._end = end

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(self._end, timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(self._end, timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, _left(self._end, timeout)), self._end)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
