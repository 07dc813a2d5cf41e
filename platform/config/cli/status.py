"""``portico status``."""

import http.client
from typing import Any

import click

from config.cli import FAILED, outage_in_words
from config.cli.application import start_django
from config.cli.output import as_json, print_json, print_table
from config.cli.stop import is_up
from config.runtime import postgres, redis
from config.runtime.errors import MachineError
from config.runtime.installation import STARTED, Installation

ACCOUNTS = "demo-accounts.json"
PATIENCE = 5.0  # seconds in which a living application says so, also on a busy machine
SILENT = "does not answer"
ACCOUNT_COLUMNS = {
    "hospital": "Hospital",
    "address": "Address",
    "role": "Role",
    "login": "Login",
    "password": "Password",
    "totp_secret": "TOTP secret",
}
HOSPITAL_COLUMNS = {"slug": "Hospital", "address": "Address", "network": "Network", "state": "State"}


@click.command()
@as_json
def status(as_json: bool) -> None:
    """What runs, where the console and the hospitals are, and (demonstration only) who can sign in.

    Ends with 1 when the application does not answer, or runs and its database does not.
    """
    found = collect()
    if as_json:
        print_json(found)
    else:
        _print(found)
    if found["application"] == SILENT or (found["application"] == "running" and found["problem"]):
        raise click.exceptions.Exit(FAILED)


def _print(found: dict[str, Any]) -> None:
    click.echo(f"Application: {found['application']}")
    for name, service in found["services"].items():
        click.echo(f"{name}: {service}")
    if found["problem"]:
        click.echo(found["problem"])
        return
    click.echo(f"Console: {found['console_address']}\n")
    print_table(found["hospitals"], HOSPITAL_COLUMNS)
    if found["accounts"]:
        click.echo("")
        print_table(found["accounts"], ACCOUNT_COLUMNS)


def collect() -> dict[str, Any]:
    """Everything ``status`` says. ``problem`` is a sentence when the database cannot be asked, else empty."""
    installation = Installation.current()
    found: dict[str, Any] = {
        "application": _application(installation),
        "services": {"postgres": _service(postgres.status(installation.home)),
                     "redis": _service(redis.status(installation.home))},
        "console_address": "",
        "network_address": "",
        "hospitals": [],
        "accounts": [],
        "problem": "",
    }  # fmt: skip
    try:
        start_django()
    except MachineError as error:
        return found | {"problem": str(error)}
    from django.conf import settings
    from django.db import Error

    found["console_address"] = _address(settings.CONSOLE_HOST)
    found["network_address"] = _address(settings.NETWORK_HOST)
    try:
        found["hospitals"] = hospitals()
    except Error as error:
        found["problem"] = outage_in_words(error) or "The database is not prepared yet. Start everything with: make run"
    if settings.DEMO_ALLOWED:
        found["accounts"] = installation.home.read(ACCOUNTS).get("accounts", [])
    return found


def hospitals() -> list[dict[str, Any]]:
    """Every hospital: slug, name, address, network, state. Needs Django set up."""
    from kernel.tenancy.models import Hospital
    from kernel.tenancy.scope import shared

    with shared():
        rows = Hospital.objects.select_related("network").order_by("slug")
        return [
            {
                "slug": row.slug,
                "name": row.name,
                "address": _address(next((d.domain for d in row.domains.all() if d.is_primary), "")),
                "network": row.network.slug,
                "state": row.state,
            }
            for row in rows.prefetch_related("domains")
        ]


def _address(host: str) -> str:
    from kernel.accounts.doors import origin_of_host

    return origin_of_host(host) if host else ""


def _application(installation: Installation) -> str:
    """What a ``portico up`` of this folder does, asked of its web server: one that is frozen holds its lock as well."""
    if not is_up(installation.home):
        return "stopped"
    # Where it was started, whatever port this very command line was given.
    port = installation.home.read(STARTED).get("port", installation.port)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", "/healthz")
        return "running" if connection.getresponse().status == http.HTTPStatus.OK else SILENT
    except ConnectionRefusedError:
        return "starting"
    except (OSError, http.client.HTTPException):
        return SILENT
    finally:
        connection.close()


def _service(record: dict[str, Any]) -> str:
    if not record:
        return "not ours"
    return f"{'running' if record['running'] else 'stopped'} ({record['source']}, port {record['port']})"
