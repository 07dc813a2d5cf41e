"""Prepare an empty PostgreSQL for Portico. The only code that needs a superuser, and it runs once a database.

Three credentials come out of it. The *login* role of web and workers owns nothing and may do nothing until it takes the
role of one hospital or of the shared schema. The *owner* owns every table and makes hospitals; its credentials stay
with the provisioning worker. The superuser is not used again.
"""

import secrets
from dataclasses import dataclass
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

EXTENSIONS = ("btree_gin", "btree_gist", "pg_trgm", "unaccent")


@dataclass(frozen=True)
class Credentials:
    """Connection URLs that the application uses from now on, and the installation's id."""

    login_url: str
    owner_url: str
    installation: str


@dataclass(frozen=True)
class MissingRight(Exception):
    """The given superuser URL cannot do something that the preparation needs."""

    what: str

    def __str__(self) -> str:
        return f"The database account has no right to {self.what}."


def _with(
    url: str,
    *,
    user: str | None = None,
    password: str = "",
    database: str | None = None,
) -> str:
    parts = urlsplit(url)
    netloc = parts.netloc
    if user is not None:
        host = parts.hostname or "127.0.0.1"
        host = f"[{host}]" if ":" in host else host
        netloc = f"{quote(user)}:{quote(password)}@{host}:{parts.port or 5432}"
    return urlunsplit(
        (
            parts.scheme,
            netloc,
            f"/{database}" if database else parts.path,
            parts.query,
            "",
        )
    )


def _installation_of(connection: psycopg.Connection, database: str) -> str | None:
    """The id that an earlier bootstrap gave to this database, or None."""
    row = connection.execute(
        "SELECT split_part(setting, '=', 2) FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase,"
        " unnest(s.setconfig) AS setting WHERE d.datname = %s AND s.setrole = 0"
        " AND setting LIKE 'portico.installation=%%'",
        [database],
    ).fetchone()
    return row[0] if row else None


def _ensure_role(
    connection: psycopg.Connection,
    name: str,
    attributes: str,
    password: str | None = None,
) -> None:
    if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone():
        connection.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(name)))
    connection.execute(sql.SQL("ALTER ROLE {} " + attributes).format(sql.Identifier(name)))
    if password is not None:
        connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(name), sql.Literal(password)))


def bootstrap(
    superuser_url: str,
    *,
    database: str,
    login_password: str,
    owner_password: str,
    installation: str | None = None,
) -> Credentials:
    """Create or complete ``database`` with its roles, schemas and revocations. Safe to run again.

    ``installation`` names the roles (``pt_<installation>_...``); by default an existing database keeps its own and a
    new one gets a random id, so that two databases of one cluster never share a role. Raises MissingRight.
    """
    try:
        with psycopg.connect(superuser_url, autocommit=True) as connection:
            known = _installation_of(connection, database)
            installation = installation or known or secrets.token_hex(4)
            owner, login, shared = (f"pt_{installation}_{part}" for part in ("owner", "login", "shared"))
            _ensure_role(
                connection,
                owner,
                "LOGIN CREATEROLE NOINHERIT NOSUPERUSER NOCREATEDB",
                owner_password,
            )
            _ensure_role(
                connection,
                login,
                "LOGIN NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE",
                login_password,
            )
            _ensure_role(connection, shared, "NOLOGIN NOINHERIT NOSUPERUSER")
            _grant_membership(connection, shared, login)
            connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(owner)))
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone():
                connection.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {} ENCODING 'UTF8' TEMPLATE template0").format(
                        sql.Identifier(database), sql.Identifier(owner)
                    )
                )
            connection.execute(
                sql.SQL("ALTER DATABASE {} SET portico.installation = {}").format(
                    sql.Identifier(database), sql.Literal(installation)
                )
            )
            for statement in (
                "REVOKE ALL ON DATABASE {database} FROM PUBLIC",
                "GRANT CONNECT ON DATABASE {database} TO {login}",
                "GRANT CONNECT, CREATE ON DATABASE {database} TO {owner}",
                "ALTER ROLE {login} IN DATABASE {database} SET search_path = locked",
            ):
                _run(connection, statement, database=database, login=login, owner=owner)
        with psycopg.connect(_with(superuser_url, database=database), autocommit=True) as connection:
            _prepare_schemas(connection, owner=owner, shared=shared)
    except psycopg.errors.InsufficientPrivilege as error:
        raise MissingRight(error.diag.message_primary or "prepare the database") from error
    return Credentials(
        login_url=_with(superuser_url, user=login, password=login_password, database=database),
        owner_url=_with(superuser_url, user=owner, password=owner_password, database=database),
        installation=installation,
    )


def _run(connection: psycopg.Connection, statement: str, **names: str) -> None:
    connection.execute(sql.SQL(statement).format(**{key: sql.Identifier(name) for key, name in names.items()}))


def _grant_membership(connection: psycopg.Connection, role: str, member: str) -> None:
    """Let ``member`` SET ROLE to ``role`` and inherit nothing from it."""
    options = " WITH INHERIT FALSE, SET TRUE" if connection.info.server_version >= 160000 else ""
    _run(connection, "GRANT {role} TO {member}" + options, role=role, member=member)


def _prepare_schemas(connection: psycopg.Connection, *, owner: str, shared: str) -> None:
    names = {"owner": owner, "shared": shared}
    for statement in (
        "DROP SCHEMA IF EXISTS public CASCADE",
        "CREATE SCHEMA IF NOT EXISTS extensions AUTHORIZATION {owner}",
        "CREATE SCHEMA IF NOT EXISTS locked AUTHORIZATION {owner}",
        "CREATE SCHEMA IF NOT EXISTS shared AUTHORIZATION {owner}",
        # To all: a grant for each hospital would make one catalogue row that every making of a hospital fights for.
        "GRANT USAGE ON SCHEMA extensions TO PUBLIC",
        "GRANT USAGE ON SCHEMA shared TO {shared}",
        # Per-schema default privileges cannot revoke, so functions are closed for the whole database.
        "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC",
        "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA shared"
        " GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {shared}",
        "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA shared GRANT USAGE ON SEQUENCES TO {shared}",
        "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA shared GRANT EXECUTE ON FUNCTIONS TO {shared}",
    ):
        _run(connection, statement, **names)
    for extension in EXTENSIONS:
        _run(
            connection,
            "CREATE EXTENSION IF NOT EXISTS {extension} SCHEMA extensions",
            extension=extension,
        )
    for statement in (
        # With this and server-side binding, SQL injected into one statement cannot change role (TENANCY, section 2).
        "REVOKE EXECUTE ON FUNCTION pg_catalog.set_config(text, text, boolean) FROM PUBLIC",
        "GRANT EXECUTE ON FUNCTION pg_catalog.set_config(text, text, boolean) TO {owner}",
        # Large objects belong to no schema: any role could make one and another could read it.
        "REVOKE EXECUTE ON FUNCTION pg_catalog.lo_creat(integer), pg_catalog.lo_create(oid),"
        " pg_catalog.lo_from_bytea(oid, bytea), pg_catalog.lo_open(oid, integer) FROM PUBLIC",
    ):
        _run(connection, statement, owner=owner)
    connection.execute(_SCHEMA_ROLE)
    _run(
        connection,
        "ALTER FUNCTION extensions.schema_role() OWNER TO {owner}",
        owner=owner,
    )


# Migrations of append-only tables revoke rights from the role of the schema they run in, whose name they cannot know.
_SCHEMA_ROLE = """
CREATE OR REPLACE FUNCTION extensions.schema_role() RETURNS name LANGUAGE sql STABLE AS $$
  SELECT grantee.rolname
  FROM pg_catalog.pg_default_acl AS acl,
       LATERAL pg_catalog.aclexplode(acl.defaclacl) AS item
       JOIN pg_catalog.pg_roles AS grantee ON grantee.oid = item.grantee
  WHERE acl.defaclnamespace = pg_catalog.to_regnamespace(pg_catalog.current_schema()::text)
    AND acl.defaclobjtype = 'r' AND item.grantee <> acl.defaclrole
  LIMIT 1
$$
"""
