"""The only reader of the process environment."""

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit


class MissingVariable(Exception):
    """A variable that this kind of process needs is not set, or says nothing that can be read."""


@dataclass(frozen=True)
class Environment:
    """What a process is told from outside. URLs carry their credentials; empty means not given."""

    secret_key: str
    secret_key_fallbacks: tuple[str, ...]
    database_url: str
    database_admin_url: str
    redis_url: str
    base_domain: str
    public_port: str
    public_scheme: str
    home: Path
    keyring: str
    email_url: str
    storage_url: str
    sentry_dsn: str
    workers_queue: str
    security_contact: str
    statement_seconds: float


def _value(name: str, default: str | None = None) -> str:
    found = os.environ.get(name, default)
    if found is None:
        raise MissingVariable(f"set {name} in the environment")
    return found


def _seconds(name: str, default: str) -> float:
    written = _value(name, default)
    try:
        return float(written)
    except ValueError as error:
        raise MissingVariable(f"{name} is '{written}'; it must be a number of seconds") from error


def read() -> Environment:
    """Read the environment. Raises MissingVariable for what has no safe default."""
    return Environment(
        secret_key=_value("SECRET_KEY"),
        secret_key_fallbacks=tuple(part for part in _value("SECRET_KEY_FALLBACKS", "").split(",") if part),
        database_url=_value("DATABASE_URL"),
        database_admin_url=_value("DATABASE_ADMIN_URL", ""),
        redis_url=_value("REDIS_URL", ""),
        base_domain=_value("PORTICO_BASE_DOMAIN", "localhost"),
        public_port=_value("PORTICO_PORT", "8000"),
        public_scheme=_value("PORTICO_SCHEME", "http"),
        home=Path(_value("PORTICO_HOME", ".local")).resolve(),
        keyring=_value("PORTICO_KEYRING", ""),
        email_url=_value("EMAIL_URL", ""),
        storage_url=_value("PORTICO_STORAGE_URL", ""),
        sentry_dsn=_value("SENTRY_DSN", ""),
        workers_queue=_value("PORTICO_QUEUE", ""),
        security_contact=_value("PORTICO_SECURITY_CONTACT", ""),
        # People wait for pages and not for tasks; both keys are one process' own (S40).
        statement_seconds=_seconds("PORTICO_STATEMENT_SECONDS", "60" if _value("PORTICO_QUEUE", "") else "5"),
    )


def database(url: str, *, owner: bool, statement_seconds: float) -> dict[str, object]:
    """Django's description of the database at ``url``. No statement takes longer than that; 0 sets no limit."""
    parts = urlsplit(url)
    session = {
        "statement_timeout": f"{int(statement_seconds * 1000)}ms",
        "lock_timeout": "2s",
        "idle_in_transaction_session_timeout": "15s",
        # Django would otherwise set the zone with set_config(), which the login role may not call.
        "TimeZone": "UTC",
    }
    return {
        "ENGINE": "kernel.tenancy.backend",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 300,
        "CONN_HEALTH_CHECKS": True,
        "PORTICO_OWNER": owner,
        "PORTICO_LONGEST_STATEMENT": statement_seconds,
        "OPTIONS": {
            # The shortest that psycopg takes; pages answer within 3 s when the server does not (see the backend).
            "connect_timeout": 2,
            # Parameters are bound by the server, which also refuses a second statement in the same string.
            "server_side_binding": not owner,
            "options": " ".join(f"-c {name}={value}" for name, value in session.items()),
        },
    }
