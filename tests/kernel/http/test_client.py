"""The outgoing client reaches what it should and nothing inside."""

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from typing import Any

import pytest

from kernel.http import Refused, Unreachable, fetch
from kernel.http.addresses import is_public

pytestmark = pytest.mark.requirement("S43")

INSIDE = [
    "127.0.0.1", "127.9.9.9", "0.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "192.0.0.192", "168.63.129.16", "224.0.0.1", "255.255.255.255", "198.18.0.1", "240.0.0.1", "::", "::1", "fe80::1",
    "fc00::1", "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::7f00:1", "64:ff9b:1::a00:1",
    "2002:7f00:1::", "2001:0:7f00:1::", "::127.0.0.1", "2001:db8::1",
]  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside_is_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/",
        "ftp://example.org/",
        "file:///etc/passwd",
        "https://example.org:22/",
        "https://user:word@example.org/",
        "https:///path",
        "not an address",
        "https://127.0.0.1/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://[::1]/",
        "https://[::ffff:169.254.169.254]/",
        "https://localhost/",
        "https://localhost./",
        "https://northfield.localhost/",
    ],
)
def test_what_is_not_allowed_is_never_sent(url: str) -> None:
    with pytest.raises(Refused):
        fetch("GET", url)


def names(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Make the resolver give ``answers`` one after another; returns the names it was asked for."""
    asked: list[str] = []
    waiting = list(answers)
    real = socket.getaddrinfo

    def look_up(host: str, port: int, *arguments: Any, **named: Any) -> list[Any]:
        if host[0].isdigit():
            return real(host, port, *arguments, **named)
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in waiting.pop(0)]

    monkeypatch.setattr("kernel.http.addresses.socket.getaddrinfo", look_up)
    return asked


def test_a_name_with_one_address_inside_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    names(monkeypatch, ["8.8.8.8", "127.0.0.1"])

    with pytest.raises(Refused):
        fetch("GET", "https://two-faced.example/")


class Handler(BaseHTTPRequestHandler):
    """A web server with good and bad habits."""

    requests: list[tuple[str, str, bytes]]

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        """Remember what came."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        type(self).requests.append((self.path, self.headers["Host"], body))
        self._answer(201, b"taken")

    def do_GET(self) -> None:
        """Answer as the path asks."""
        type(self).requests.append((self.path, self.headers["Host"], b""))
        if self.path == "/redirect":
            self.send_response(302)
            self.send_header("Location", "http://127.0.0.1/inside")
            self.end_headers()
        elif self.path == "/large":
            self._answer(200, b"x" * 2_000_000)
        elif self.path == "/bomb":
            self._answer(200, gzip.compress(b"x" * 5_000_000), {"Content-Encoding": "gzip"})
        elif self.path == "/slow":
            self.send_response(200)
            self.end_headers()
            for _piece in range(100):
                self.wfile.write(b"x" * 20_000)
                self.wfile.flush()
                threading.Event().wait(0.1)
        elif self.path == "/slow-head":
            for letter in b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 100 + b"\r\n\r\n":
                self.wfile.write(bytes([letter]))
                threading.Event().wait(0.1)
        else:
            self._answer(200, b"hello")

    def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {**(headers or {}), "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def server(settings: Any) -> Iterator[Callable[[str], str]]:
    """A server on this machine that the operator has allowed, as a hospital's own system would be."""
    handler = type("OwnHandler", (Handler,), {"requests": []})
    running = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    running.daemon_threads = True
    port = running.server_address[1]
    settings.OUTGOING_NETWORKS = ["127.0.0.0/8"]
    settings.OUTGOING_SCHEMES = ["http"]
    settings.OUTGOING_PORTS = [port]
    threading.Thread(target=running.serve_forever, daemon=True).start()

    def address(path: str) -> str:
        return f"http://hooks.example:{port}{path}"

    address.requests = handler.requests  # type: ignore[attr-defined]
    yield address
    running.shutdown()
    running.server_close()


def test_the_connection_goes_to_the_checked_address_under_the_name(
    server: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = names(monkeypatch, ["127.0.0.1"], ["10.0.0.1"])

    answer = fetch("POST", server("/hook"), body=b"{}", headers={"X-Portico": "1", "Host": "other.example"})

    assert (answer.status, answer.body, answer.is_success) == (201, b"taken", True)
    assert asked == ["hooks.example"]
    host = server("").removeprefix("http://")
    assert server.requests == [("/hook", host, b"{}")]  # type: ignore[attr-defined]


def test_a_name_in_another_script_is_asked_for_as_it_is_written_on_the_wire(
    server: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = names(monkeypatch, ["127.0.0.1"])

    answer = fetch("GET", server("/").replace("hooks.example", "bücher.example"))

    ((_path, host, _body),) = server.requests  # type: ignore[attr-defined]
    assert (answer.status, asked) == (200, ["xn--bcher-kva.example"])
    assert host.startswith("xn--bcher-kva.example:")


def test_a_resolver_that_does_not_answer_is_not_waited_for(
    server: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answered = threading.Event()
    monkeypatch.setattr("kernel.http.addresses.socket.getaddrinfo", lambda *_given, **_more: answered.wait(20) and [])
    begun = time.monotonic()

    with pytest.raises(Unreachable, match="in time"):
        fetch("GET", server("/"), seconds=0.3)

    assert time.monotonic() - begun < 3
    answered.set()


def test_a_redirect_is_not_followed(server: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> None:
    names(monkeypatch, ["127.0.0.1"])

    answer = fetch("GET", server("/redirect"))

    assert (answer.status, answer.is_success) == (302, False)
    assert len(server.requests) == 1  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", ["/large", "/bomb"])
def test_too_large_an_answer_is_thrown_away(
    server: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    names(monkeypatch, ["127.0.0.1"])

    with pytest.raises(Refused, match="larger"):
        fetch("GET", server(path))


@pytest.mark.parametrize("path", ["/slow", "/slow-head"])
def test_an_answer_that_drips_is_given_up(
    server: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    names(monkeypatch, ["127.0.0.1"])
    begun = time.monotonic()

    with pytest.raises(Unreachable):
        fetch("GET", server(path), seconds=0.5)

    assert time.monotonic() - begun < 3


def test_nobody_there_is_unreachable(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.OUTGOING_NETWORKS, settings.OUTGOING_SCHEMES, settings.OUTGOING_PORTS = ["127.0.0.0/8"], ["http"], [9]
    names(monkeypatch, ["127.0.0.1"])

    with pytest.raises(Unreachable):
        fetch("GET", "http://hooks.example:9/")


def test_a_proxy_of_the_environment_is_not_used(server: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    names(monkeypatch, ["127.0.0.1"])

    assert fetch("GET", server("/")).body == b"hello"
