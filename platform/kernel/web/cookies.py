"""The only place that gives browsers cookies: each stays with the one host that set it (S05)."""

from django.http import HttpResponse

# Browsers take a cookie of this prefix only when it is Secure, has no Domain and the path "/": no other hospital under
# the same base domain can plant or overwrite it. They take it on http://*.localhost too.
PREFIX = "__Host-portico"
# A reader's choices on this device, for the pages before signing in; every side of Portico reads them alike.
LANGUAGE = f"{PREFIX}-language"
READING = f"{PREFIX}-reading"


def give_cookie(response: HttpResponse, name: str, value: str | None, *, seconds: int | None = None) -> None:
    """Set the cookie ``name`` for ``seconds``, or until the browser is closed. No script can read it.

    Raises ValueError for a name without the prefix: such a cookie would not be bound to its host.
    """
    if not name.startswith(PREFIX):
        raise ValueError(f"the cookie {name} is not bound to its host")
    response.set_cookie(name, value or "", max_age=seconds, path="/", secure=True, httponly=True, samesite="Lax")


def take_cookie_back(response: HttpResponse, name: str) -> None:
    """Make the browser forget the cookie ``name``."""
    give_cookie(response, name, "", seconds=0)
