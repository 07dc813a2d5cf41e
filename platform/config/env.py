"""The only reader of the process environment."""

import os
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import parse_qs, parse_qsl, unquote, urlsplit


class MissingVariable(Exception):
    """A variable that this kind of process needs is not set, or says nothing that can be read."""


@dataclass(frozen=True)
class Environment:
    """What a process is told from outside. URLs carry their credentials; empty means not given."""

    secret_key: str
    secret_key_fallbacks: tuple[str, ...]
    database_url: str
    database_admin_url: str
    local_databases: tuple[str, ...]
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
        # Hosts of this very machine that have another name than its own, such as another container: of databases, of
        # Redis, and of what speaks S3.
        local_databases=tuple(part for part in _value("PORTICO_LOCAL_DATABASES", "").split(",") if part),
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


# What the query of a database's address may say, in libpq's words, and the variable that tells the same to pg_dump.
SSL_WORDS = {
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "sslcrl": "PGSSLCRL",
    "ssl_min_protocol_version": "PGSSLMINPROTOCOLVERSION",
}
_SSL_NEEDED = ("require", "verify-ca", "verify-full")


def _ssl_options(query: str) -> dict[str, str]:
    options = dict(parse_qsl(query, keep_blank_values=True))
    for word in options:
        if word not in SSL_WORDS:
            raise MissingVariable(f"the address of the database says '{word}'; it may say {', '.join(SSL_WORDS)}")
    return options


def is_this_machine(host: str) -> bool:
    """Whether ``host`` is a socket or an address that no packet leaves this machine for."""
    if not host or host == "localhost" or host.startswith("/"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def database_is_guarded(url: str, local_databases: tuple[str, ...] = ()) -> bool:
    """Whether nobody between here and the database at ``url`` can read along: TLS, or the same machine (S50)."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return (
        is_this_machine(host) or host in local_databases or _ssl_options(parts.query).get("sslmode", "") in _SSL_NEEDED
    )


def mail_is_guarded(url: str) -> bool:
    """The same of the mail server at ``url``."""
    parts = urlsplit(url)
    return (
        parts.scheme == "smtps"
        or parse_qs(parts.query).get("starttls") == ["1"]
        or (bool(parts.hostname) and is_this_machine(parts.hostname or ""))
    )


def redis_is_guarded(url: str, local_databases: tuple[str, ...] = ()) -> bool:
    """The same of the Redis at ``url``. The certificate has to be asked for: Celery's own habit is to take any."""
    parts = urlsplit(url)
    if parts.scheme == "rediss":
        return parse_qs(parts.query).get("ssl_cert_reqs") == ["required"]
    return parts.scheme == "unix" or _is_near(parts.hostname, local_databases)


def storage_is_guarded(url: str, local_databases: tuple[str, ...] = ()) -> bool:
    """The same of the bucket at ``url``: without an endpoint of its own it is asked over https."""
    endpoints = [urlsplit(endpoint) for endpoint in parse_qs(urlsplit(url).query).get("endpoint", [])]
    return all(parts.scheme == "https" or _is_near(parts.hostname, local_databases) for parts in endpoints)


def _is_near(host: str | None, local_databases: tuple[str, ...]) -> bool:
    return bool(host) and (is_this_machine(host or "") or host in local_databases)


def database(url: str, *, owner: bool, statement_seconds: float) -> dict[str, object]:
    """Django's description of the database at ``url``. No statement takes longer than that; 0 sets no limit.

    Raises MissingVariable for a query that says anything but how TLS is done: what is passed over is believed to hold.
    """
    parts = urlsplit(url)
    ssl = _ssl_options(parts.query)
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
        "PORTICO_CLIENT_ENVIRONMENT": {SSL_WORDS[word]: value for word, value in ssl.items()},
        "PORTICO_LONGEST_STATEMENT": statement_seconds,
        "OPTIONS": {
            **ssl,
            # The shortest that psycopg takes; pages answer within 3 s when the server does not (see the backend).
            "connect_timeout": 2,
            # Parameters are bound by the server, which also refuses a second statement in the same string.
            "server_side_binding": not owner,
            "options": " ".join(f"-c {name}={value}" for name, value in session.items()),
        },
    }
