"""What is stored, in which form and for how long, and where data may flow (S63).

It is read from models, settings and the declarations below. ``docs/inventory.md`` is written from it by
``portico inventory``; a test keeps both alike, and another one demands that every address of an outside service and
every module that speaks to one belongs to a flow.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db.models import Field, Model

from kernel.accounts import codes, once, throttles
from kernel.data_classes import DataClass, declared_classes, kept_as
from kernel.events import relay
from kernel.mail import tasks as letters

PUBLIC, INTERNAL, PHI, SENSITIVE = DataClass
SHARED, HOSPITALS, EVERYWHERE = "the provider's schema", "each hospital's schema", "both kinds of schema"

# Tables with an end of their own. All others are kept until their hospital is removed.
KEPT_FOR = {
    "accounts.OneTimeCode": f"{codes.KEPT.days} day after it expired; recovery codes until used or renewed",
    "accounts.SentForm": f"{2 * once.ANSWERED_FOR.total_seconds() / 60:.0f} minutes after it was sent",
    "accounts.Session": "until it expires or is ended",
    "accounts.Throttle": f"{throttles.KEPT.days} days after the last failure",
    "audit.AuditEntry": "at least 6 years; nothing in the product removes one",
    "audit.AuditSeal": "as long as the entries that it seals",
    "events.OutboxEvent": f"{relay.KEPT.days} days after it was delivered",
    "mail.OutgoingMail": f"{letters.KEPT.days} days after it was written; what it says until it is sent",
}


@dataclass(frozen=True)
class Flow:
    """One way on which data leaves or enters a process.

    ``environment``: what names the other side. ``modules``: prefixes of ours that speak to it. ``local``: what
    stands in for it on a developer's machine.
    """

    name: str
    other_side: str
    classes: tuple[DataClass, ...]
    what: str
    protection: str
    environment: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    local: str = ""


FLOWS = (
    Flow(
        "Pages and programming interface", "browsers and programs of patients, staff and operators",
        (PUBLIC, INTERNAL, PHI, SENSITIVE), "what the person's access covers; passwords and codes on their way in",
        "TLS in production; host-only cookies; content security policy; nothing signed-in is cached",
        ("PORTICO_BASE_DOMAIN", "PORTICO_SCHEME", "PORTICO_PORT"), ("config.wsgi",), "http on 127.0.0.1",
    ),
    Flow(
        "Database", "PostgreSQL of the cell", (PUBLIC, INTERNAL, PHI, SENSITIVE), "every table of this inventory",
        "a role for each hospital; the owner's credentials only in the processes that make tables; production refuses "
        "an address without TLS, unless the database is on the same machine",
        ("DATABASE_URL", "DATABASE_ADMIN_URL", "DATABASE_SUPERUSER_URL", "PORTICO_LOCAL_DATABASES"),
        ("kernel.tenancy", "config.runtime", "config.env"), "a server of the installation, loopback only",
    ),
    Flow(
        "Cache, doorbells and queue", "Redis of the cell", (PUBLIC, INTERNAL),
        "a version number, identifiers of tasks and hospitals; no clinical words, and nothing that is only there",
        "every key carries the hospital; password by its address; production refuses an address without TLS and a "
        "checked certificate, unless the server is on the same machine",
        ("REDIS_URL", "PORTICO_LOCAL_DATABASES"),
        ("kernel.cache", "kernel.redis_client", "kernel.doorbell", "kernel.tasks", "kernel.tenancy", "kernel.health",
         "kernel.preferences", "control_plane.hospitals", "config.celery", "config.settings", "config.runtime"),
        "a server of the installation, loopback only",
    ),
    Flow(
        "Files", "a bucket, or a folder of the installation", (PHI, SENSITIVE),
        "files of hospitals, and the daily anchors of the trail",
        "files are encrypted with the hospital's key before they leave the process; one prefix a hospital; production "
        "refuses an address without TLS, unless the server is on the same machine",
        ("PORTICO_STORAGE_URL", "PORTICO_LOCAL_DATABASES"), ("kernel.storage",), "a folder of PORTICO_HOME",
    ),
    Flow(
        "Mail", "an SMTP server", (PHI, SENSITIVE),
        "addresses and names of people, one-time codes, plain sentences; never a word about health",
        "encrypted in the outbox; codes end within 30 minutes and fit one hospital; production refuses an address "
        "without TLS, unless the server is on the same machine",
        ("EMAIL_URL",), ("kernel.mail", "kernel.accounts"), "the page /_outbox/ shows what would be sent",
    ),
    Flow(
        "Error reports", "Sentry, or what speaks its protocol", (INTERNAL,),
        "kind and place of an error, the hospital's identifier, the id of the request",
        "no bodies, no variables, no breadcrumbs, no addresses of people; texts of errors are hidden",
        ("SENTRY_DSN",), ("kernel.logs",), "off",
    ),
    Flow(
        "Log lines", "whatever collects standard output", (INTERNAL,),
        "names of routes, status, times, identifiers of hospitals and requests",
        "no addresses of pages; what could be about a person is hidden by its name", (), ("kernel.logs",),
        "the terminal",
    ),
    Flow(
        "Requests to other systems", "addresses that operators or hospitals chose", (),
        "nothing yet: no feature sends through the client",
        "https only, listed ports, no private addresses, no redirects, 10 seconds, 1 MB", (), ("kernel.http",), "none",
    ),
    Flow(
        "Master key", "the local keyring; a key service is another adapter of the same port", (SENSITIVE,),
        "wrapped keys of hospitals",
        "wrapping is bound to hospital, purpose and number; the key itself never leaves the process's memory",
        ("PORTICO_KEYRING",), ("kernel.keys",), "a random keyring of the installation",
    ),
    Flow(
        "Records brought in", "FHIR bundles from files of an operator's machine", (PHI,), "whole records of patients",
        "size, depth and shape are limited; what is refused is listed by place", (), ("config.cli",),
        "invented people of the demonstration",
    ),
)  # fmt: skip


@dataclass(frozen=True)
class FieldEntry:
    """One stored field."""

    name: str
    data_class: DataClass
    kept_as: str


@dataclass(frozen=True)
class TableEntry:
    """One table, with the fields that its own model adds and those it inherits."""

    model: str
    table: str
    where: str
    kept_for: str
    fields: tuple[FieldEntry, ...]


def tables() -> list[TableEntry]:
    """Every table that exists, by its model's name. Raises KeyError for a field without a data class."""
    return sorted((_table(model) for model in apps.get_models(include_auto_created=True) if _where(model)), key=_name)


def _name(entry: TableEntry) -> str:
    return entry.model


def _where(model: type[Model]) -> str:
    app = model._meta.app_config.name
    places = (app in settings.SHARED_APPS, app in settings.TENANT_APPS)
    return {(True, True): EVERYWHERE, (True, False): SHARED, (False, True): HOSPITALS}.get(places, "")


def _table(model: type[Model]) -> TableEntry:
    classes, label = declared_classes(model), model._meta.label
    fields = tuple(
        FieldEntry(field.name, classes[field.name], kept_as(model, field.name).value)
        for field in model._meta.local_fields
        if isinstance(field, Field)
    )
    return TableEntry(label, model._meta.db_table, _where(model), KEPT_FOR.get(label, "no end of its own"), fields)


def as_mapping() -> dict[str, Any]:
    """The whole inventory, for programs."""
    return {"tables": [asdict(table) for table in tables()], "flows": [asdict(flow) for flow in FLOWS]}


def as_markdown() -> str:
    """The text of ``docs/inventory.md``."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    found = tables()
    yield from (
        "# Inventory of data and of its ways", "",
        "Written by `portico inventory > docs/inventory.md` from models, settings and `platform/config/inventory.py`,",
        "and not by hand. `portico inventory --json` says the same to programs. There is no infrastructure code in",
        "this repository yet; its stores join this list with it.", "",
        "Classes, from least to most protected: public, internal, phi (about a patient or another person), sensitive",
        "(secrets, and what identifies beyond doubt). Disks and backups are to be encrypted by whoever runs them:",
        "*clear* below means that Portico adds nothing of its own.", "",
        "## Ways", "", "| way | other side | classes | what | protection | named by | on a developer's machine |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    )  # fmt: skip
    for flow in FLOWS:
        classes = ", ".join(flow.classes) or "none"
        named = ", ".join(f"`{name}`" for name in flow.environment) or "-"
        cells = (flow.name, flow.other_side, classes, flow.what, flow.protection, named, flow.local)
        yield f"| {' | '.join(cells)} |"
    yield from ("", f"## Tables ({len(found)})", "", "| table | where | kept for | phi | sensitive |")
    yield "| --- | --- | --- | --- | --- |"
    for table in found:
        counts = [sum(field.data_class == wanted for field in table.fields) for wanted in (PHI, SENSITIVE)]
        yield f"| `{table.table}` | {table.where} | {table.kept_for} | {counts[0] or '-'} | {counts[1] or '-'} |"
    yield from ("", "What has no end of its own is kept until its hospital is removed.", "", "## Fields")
    for table in found:
        yield from ("", f"### {table.model}", "", "| field | class | kept as |", "| --- | --- | --- |")
        yield from (f"| `{field.name}` | {field.data_class} | {field.kept_as} |" for field in table.fields)
