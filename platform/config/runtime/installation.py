"""One installation's secrets, kept in its home folder, and the environment that each kind of process is given."""

import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from config.runtime.errors import MachineError
from config.runtime.home import Home

SECRETS = "secrets.json"
STARTED = "started.json"
USUAL_PORT = "8000"
DATABASE = "portico"
SETTINGS = "config.settings.local"
# What a process of ours takes over from the shell; everything else (editors, tokens, other projects) stays outside.
PASSED_ON = (
    "PATH", "HOME", "LANG", "LC_ALL", "TZ", "TERM", "TMPDIR", "VIRTUAL_ENV", "PYTHONUNBUFFERED", "NO_COLOR", "USER",
    "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "EMAIL_URL", "SENTRY_DSN", "PORTICO_BASE_DOMAIN", "PORTICO_SCHEME",
    "SECRET_KEY_FALLBACKS", "PORTICO_SECURITY_CONTACT",
)  # fmt: skip


@dataclass(frozen=True)
class Installation:
    """The installation in ``home``, served on 127.0.0.1:``port``."""

    home: Home
    port: int

    @classmethod
    def current(cls, environment: Mapping[str, str] = os.environ) -> "Installation":
        """The one that ``PORTICO_HOME`` names, at ``PORTICO_PORT``, else at the port where it was started last.

        Raises MachineError for a port that is none.
        """
        home = Home.current(environment)
        kept = "" if environment.get("PORTICO_PORT") else home.read(STARTED).get("port", "")
        return cls(home, _port(environment.get("PORTICO_PORT") or str(kept) or USUAL_PORT))

    @classmethod
    def to_start(cls, environment: Mapping[str, str] = os.environ) -> "Installation":
        """The one to start now, at ``PORTICO_PORT`` or 8000, wherever it was before."""
        return cls(Home.current(environment), _port(environment.get("PORTICO_PORT") or USUAL_PORT))

    def remember_port(self) -> None:
        """Let every verb know where the pages are, also without ``PORTICO_PORT``."""
        self.home.write(STARTED, {"port": self.port})

    def secrets(self) -> dict[str, Any]:
        """The installation's secrets; what is missing is made at random and kept. Nothing is ever made anew."""
        with self.home.locked("secrets"):
            kept = self.home.read(SECRETS)
            fresh: dict[str, Callable[[], str]] = {
                "secret_key": lambda: secrets.token_urlsafe(48),
                "keyring": _new_keyring,
                "login_password": lambda: secrets.token_urlsafe(24),
                "owner_password": lambda: secrets.token_urlsafe(24),
            }
            missing = {name: make() for name, make in fresh.items() if name not in kept}
            if missing:
                kept |= missing
                self.home.write(SECRETS, kept)
            return kept

    def remember_servers(self, *, login: str, owner: str, redis: str, pg_dump: str) -> None:
        """Keep the addresses with their credentials, so that every ``portico`` verb finds the same servers."""
        kept = self.secrets()
        found = {"login_url": login, "owner_url": owner, "redis_url": redis, "pg_dump": pg_dump}
        with self.home.locked("secrets"):
            self.home.write(SECRETS, {**kept, **found})

    def environment(self, *, owner: bool, given: Mapping[str, str] = os.environ) -> dict[str, str]:
        """The whole environment of a process. Only with ``owner`` does it get the credentials that own the tables.

        Raises MachineError when this folder was never set up.
        """
        kept = self.secrets()
        if "login_url" not in kept:
            raise MachineError(f"Nothing is set up in {self.home.path} yet. Start it with: make run")
        told = {name: given[name] for name in PASSED_ON if name in given}
        told |= {
            "DJANGO_SETTINGS_MODULE": SETTINGS,
            "PORTICO_HOME": str(self.home.path),
            "PORTICO_PORT": str(self.port),
            "SECRET_KEY": kept["secret_key"],
            "PORTICO_KEYRING": kept["keyring"],
            "DATABASE_URL": kept["login_url"],
            "REDIS_URL": kept["redis_url"],
        }
        if owner:
            told |= {"DATABASE_ADMIN_URL": kept["owner_url"], "PG_DUMP": kept["pg_dump"]}
        return told

    def enter(self, *, owner: bool) -> None:
        """Make this very process one of the installation, for command-line verbs.

        A process that was told other settings (production), or everything, keeps what it was told: it must not act on
        a demonstration, and print its passwords, because a variable is missing.
        """
        told = os.environ.get("DJANGO_SETTINGS_MODULE", "")
        if told and (told != SETTINGS or os.environ.get("DATABASE_URL")):
            return
        for name, value in self.environment(owner=owner).items():
            os.environ[name] = value


def _port(written: str) -> int:
    if not written.isdigit() or not 0 < int(written) < 65_536:
        raise MachineError(f"PORTICO_PORT is '{written}'; it must be a number from 1 to 65535.")
    return int(written)


def _new_keyring() -> str:
    """A keyring of one key: its name, a colon and 256 bits in hexadecimal."""
    return f"1:{secrets.token_hex(32)}"
