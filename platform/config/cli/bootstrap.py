"""``portico bootstrap``."""

import os
import secrets
from urllib.parse import urlsplit

import click
import psycopg

from config.cli import Refused
from config.cli.output import as_json, print_json
from config.runtime.installation import DATABASE

SUPERUSER_URL = "DATABASE_SUPERUSER_URL"


@click.command()
@as_json
def bootstrap(as_json: bool) -> None:
    """Prepare an empty PostgreSQL server for production: database, roles, schemas. Prints both addresses, once.

    DATABASE_SUPERUSER_URL names a superuser; it is needed only here. Run again, it gives both roles new passwords.
    """
    from kernel.tenancy.bootstrap import MissingRight
    from kernel.tenancy.bootstrap import bootstrap as prepare_server

    url = os.environ.get(SUPERUSER_URL, "")
    if not url:
        raise click.UsageError(f"Set {SUPERUSER_URL} in the environment; a password does not belong on a command line.")
    named = urlsplit(url).path.strip("/")
    try:
        made = prepare_server(
            url,
            database=DATABASE if named in {"", "postgres"} else named,
            login_password=secrets.token_urlsafe(32),
            owner_password=secrets.token_urlsafe(32),
        )
    except MissingRight as error:
        raise Refused(str(error)) from error
    except psycopg.Error as error:
        if isinstance(error, psycopg.ProgrammingError) and error.sqlstate is None:
            # What psycopg says of an address that it cannot read repeats it, with the password.
            raise click.UsageError(f"{SUPERUSER_URL} is not an address such as postgres://name:password@host") from None
        raise click.ClickException(f"The server of {SUPERUSER_URL} cannot be used: {error}") from error
    told = {"DATABASE_URL": made.login_url, "DATABASE_ADMIN_URL": made.owner_url}
    if as_json:
        print_json(told)
        return
    for name, value in told.items():
        click.echo(f"{name}={value}")
