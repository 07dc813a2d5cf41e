"""The product as people run it, in processes of its own, and somebody who visits it."""

import base64
import hashlib
import hmac
import http.client
import json
import re
import signal
import struct
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from config.runtime import processes
from config.runtime.home import Home
from tests.runtime.conftest import outside_environment, wait_until

# Answers one command line after another; a process for each would spend its time on loading Django.
LISTENER = """
import contextlib, io, json, sys
from config.cli import run
for line in sys.stdin:
    shown, problem = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(shown), contextlib.redirect_stderr(problem):
        code = run(json.loads(line))
    print(json.dumps([code, shown.getvalue(), problem.getvalue()]), flush=True)
"""


class Portico:
    """``portico`` with a home and a port of its own."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.port = processes.free_port()
        self.environment = outside_environment(PORTICO_HOME=str(home.path), PORTICO_PORT=str(self.port))
        self.command = [sys.executable, "-m", "config.cli"]
        self.up: subprocess.Popen[str] | None = None
        self.listener: subprocess.Popen[str] | None = None
        self.lines: list[str] = []

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        """Exit code, standard output, standard error; all in one process."""
        if self.listener is None:
            self.listener = subprocess.Popen(
                [sys.executable, "-c", LISTENER],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env=self.environment,
            )
        assert self.listener.stdin is not None
        assert self.listener.stdout is not None
        self.listener.stdin.write(json.dumps(arguments) + "\n")
        self.listener.stdin.flush()
        code, shown, problem = json.loads(self.listener.stdout.readline())
        return code, shown, problem

    def alone(self, *arguments: str) -> tuple[int, str, str]:
        """The same in a process of its own, as people do it."""
        done = subprocess.run(
            [*self.command, *arguments], check=False, capture_output=True, text=True, env=self.environment, timeout=100
        )
        return done.returncode, done.stdout, done.stderr

    def json(self, *arguments: str) -> Any:
        code, shown, problem = self(*arguments, "--json")
        assert code == 0, problem
        return json.loads(shown)

    def start(self) -> None:
        """Start ``portico up`` and wait until it says that it is ready."""
        self.lines = []
        self.up = subprocess.Popen(
            [*self.command, "up"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=self.environment
        )
        threading.Thread(target=self._read, args=[self.up], daemon=True).start()
        wait_until(self._ready_or_over, seconds=300)
        assert self.up.poll() is None, "\n".join(self.lines)

    def _ready_or_over(self) -> bool:
        assert self.up is not None
        return any("Ctrl-C stops" in line for line in self.lines) or self.up.poll() is not None

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self.lines.append(line.rstrip())

    def stop(self) -> None:
        """End the application and its servers."""
        if self.up is not None and self.up.poll() is None:
            self.up.send_signal(signal.SIGTERM)
            self.up.wait(timeout=60)
        self("stop")
        if self.listener is not None:
            self.listener.communicate(timeout=20)

    def get(self, path: str, host: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("GET", path, headers={"Host": f"{host}:{self.port}"})
        return connection.getresponse().status


@dataclass
class Visitor:
    """Somebody with a browser at one host of a running Portico: cookies, forms, and how long the last answer took."""

    portico: Portico
    host: str
    cookies: dict[str, str] = field(default_factory=dict)
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    text: str = ""
    seconds: float = 0.0

    def get(self, path: str) -> "Visitor":
        """Ask for a page; the answer is in the attributes."""
        return self._ask("GET", path, None)

    def send(self, path: str, fields: dict[str, str]) -> "Visitor":
        """Send a form as it is."""
        return self._ask("POST", path, fields)

    def fill_in(self, path: str, **fields: str) -> "Visitor":
        """Open the page at ``path`` and send its form."""
        token = self.get(path).hidden("csrfmiddlewaretoken")
        return self.send(path, {**fields, "csrfmiddlewaretoken": token})

    def hidden(self, name: str) -> str:
        """The value of a hidden field of the page."""
        found = re.search(rf'name="{name}" value="([^"]*)"', self.text)
        assert found, f"no {name} in the page ({self.status})"
        return found[1]

    def sign_in(self, login: str) -> "Visitor":
        """Sign in with the demonstration's password and code."""
        accounts = self.portico.home.read("demo-accounts.json")["accounts"]
        mine = next(one for one in accounts if one["login"] == login and f"//{self.host}:" in one["address"])
        self.fill_in("/sign-in/", login=login, password=mine["password"])
        assert self.status == 302, self.words()
        if "second" in self.headers["location"]:
            self.fill_in(self.headers["location"], code=_totp(mine["totp_secret"]), method="totp")
            assert self.status == 302, self.words()
        return self

    def words(self) -> str:
        """The beginning of what the page says, for a failure's message."""
        return f"{self.status} " + " ".join(re.sub(r"<[^>]+>", " ", self.text).split())[:600]

    def _ask(self, method: str, path: str, fields: dict[str, str] | None) -> "Visitor":
        headers = {
            "Host": f"{self.host}:{self.portico.port}",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "Accept-Language": "en",
        }
        body = None
        if fields is not None:
            body = urlencode(fields)
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
            headers["Origin"] = f"http://{self.host}:{self.portico.port}"
        connection = http.client.HTTPConnection("127.0.0.1", self.portico.port, timeout=30)
        began = time.monotonic()
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        self.text = answer.read().decode()
        self.seconds = time.monotonic() - began
        connection.close()
        self.status, self.headers = answer.status, {name.lower(): value for name, value in answer.getheaders()}
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                cookie, _equals, rest = value.partition("=")
                self.cookies[cookie] = rest.partition(";")[0]
        return self


def _totp(secret: str) -> str:
    """The code of this half minute (RFC 6238)."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at : at + 4])[0] & 0x7FFFFFFF) % 10**6:06d}"
