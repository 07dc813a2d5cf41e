"""What an answer may bear and hold, whichever route gave it (S05, S37, S38). Functions name the faults they find."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookies import Morsel
from typing import Any

# Written out here, and not read from the settings: the test says what is right.
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "object-src": "'none'",
    "frame-ancestors": "'none'",
    "require-trusted-types-for": "'script'",
    "trusted-types": "portico",
    "report-uri": "/csp-report",
}
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "accelerometer=(), autoplay=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), "
        "microphone=(), midi=(), payment=(), usb=(), browsing-topics=()"
    ),
}
# Other sites may read nothing, and nobody is told what runs here.
ABSENT = re.compile(r"^(access-control-|server$|x-powered-by$)", re.IGNORECASE)
# Files whose address is the digest of what is in them.
PUBLIC_FILES = ("/theme/", "/static/")
URL_ATTRIBUTES = {"href", "src", "action", "formaction", "srcset", "poster", "data", "xlink:href"}
# What a page loads by itself; a link that a person follows may lead anywhere.
LOADED_BY = {"script", "link", "img", "source", "iframe", "object", "embed", "form", "image", "use"}


def policy_of(answer: Any) -> dict[str, str]:
    """The content security policy as directive → sources."""
    parts = (part.strip().partition(" ") for part in answer.headers.get("Content-Security-Policy", "").split(";"))
    return {name: sources for name, _space, sources in parts if name}


def header_faults(answer: Any, path: str) -> Iterator[str]:
    """Headers that are missing, different, or should not be there."""
    policy = policy_of(answer)
    for name in POLICY.keys() | policy.keys():
        if policy.get(name) != POLICY.get(name):
            yield f"policy: {name} is {policy.get(name)}"
    for name, wanted in HEADERS.items():
        if answer.headers.get(name) != wanted:
            yield f"{name} is {answer.headers.get(name)}"
    yield from (f"{name} is told" for name in answer.headers if ABSENT.match(name))
    if not re.fullmatch(r"[0-9a-f]{32}", answer.headers.get("X-Request-Id", "")):
        yield "no request id"
    kept = answer.headers.get("Cache-Control", "")
    if "no-store" not in kept and not (path.startswith(PUBLIC_FILES) and "immutable" in kept):
        yield f"may be kept: {kept}"


def cookie_faults(cookies: dict[str, Morsel[str]]) -> Iterator[str]:
    """Cookies that another host could read, overwrite or plant, or that a script could read."""
    for name, cookie in cookies.items():
        if not name.startswith("__Host-portico"):
            yield f"cookie {name} has no prefix"
        wanted = (True, True, "Lax", "", "/")
        found = (
            bool(cookie["secure"]), bool(cookie["httponly"]), cookie["samesite"], cookie["domain"], cookie["path"]
        )  # fmt: skip
        if found != wanted:
            yield f"cookie {name} is {found}"


@dataclass
class Form:
    """A form as it stands on a page, ready to be sent."""

    action: str
    method: str
    values: dict[str, list[str]] = field(default_factory=dict)

    def add(self, name: str | None, value: str | None) -> None:
        if name:
            self.values.setdefault(name, []).append(value or "")


class Page(HTMLParser):
    """Reads a page for what may not stand in it, and for its forms."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._select: tuple[str, list[tuple[str, bool]]] | None = None
        self._in_script = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        for name, value in attrs:
            if name.startswith(("on", "hx-on", "data-hx-on")):
                self.faults.append(f"<{tag} {name}>: a handler")
            if name == "style":
                self.faults.append(f"<{tag} style>")
            if name in URL_ATTRIBUTES and re.match(r"\s*(javascript|data|vbscript):", value or "", re.IGNORECASE):
                self.faults.append(f"<{tag} {name}>: {value}")
            if name in URL_ATTRIBUTES and tag in LOADED_BY and re.match(r"\s*(https?:)?//", value or ""):
                self.faults.append(f"<{tag} {name}>: {value} is another party's")
        if tag in ("style", "iframe", "object", "embed", "base"):
            self.faults.append(f"<{tag}>")
        if tag == "script":
            self._in_script = True
            if not (given.get("src") or "").startswith("/static/"):
                self.faults.append("<script> without a file of ours")
        self._read_form(tag, given)

    def _read_form(self, tag: str, given: dict[str, str | None]) -> None:
        if tag == "form":
            self._form = Form(given.get("action") or "", (given.get("method") or "get").lower())
            self.forms.append(self._form)
        elif self._form is None:
            return
        elif tag == "input" and (given.get("type") not in ("checkbox", "radio") or "checked" in given):
            self._form.add(given.get("name"), given.get("value"))
        elif tag == "textarea":
            self._form.add(given.get("name"), "")
        elif tag == "select":
            self._select = (given.get("name") or "", [])
        elif tag == "option" and self._select is not None:
            self._select[1].append((given.get("value") or "", "selected" in given))

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self._in_script = False
        elif tag == "select" and self._select is not None and self._form is not None:
            name, options = self._select
            chosen = [value for value, is_selected in options if is_selected] or [value for value, _ in options[:1]]
            for value in chosen:
                self._form.add(name, value)
            self._select = None
        elif tag == "form":
            self._form = None

    def handle_data(self, data: str) -> None:
        if self._in_script and data.strip():
            self.faults.append("<script> with words")
