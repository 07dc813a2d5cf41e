"""The inventory of data and of its ways is whole, true to the code, and written down (S63)."""

import ast
import json
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from config.env import Environment
from config.inventory import FLOWS, KEPT_FOR, as_markdown, tables
from kernel.data_classes import DataClass, KeptAs
from tests.architecture.test_source import ROOT, ROOTS, python_files

# Libraries that speak to something outside the process.
SPEAKING = {
    "httpx", "requests", "urllib.request", "http.client", "smtplib", "socket", "boto3", "botocore", "redis", "kombu",
    "psycopg", "sentry_sdk", "ftplib", "paramiko", "websockets", "aiohttp", "django.core.mail", "storages",
}  # fmt: skip
# They speak to this machine only: is it up, which port is free.
LOCAL_ONLY = {"config.cli.up", "config.runtime.processes"}
# Environment that names nobody outside.
NOBODY = {
    "secret_key": "a secret", "secret_key_fallbacks": "secrets", "home": "a folder", "workers_queue": "a queue's name",
    "security_contact": "printed, never written to", "statement_seconds": "a number",
}  # fmt: skip
# Sensitive and yet readable in the database, each with what stands against it. The list may only shrink.
READABLE = {
    "accounts.Session.content": "the state of a half-made sign-in; it ends with the session and fits one host",
    "people.PatientIdentifier.value": "numbers are found by their text; the hospital's role keeps others out",
}


@pytest.mark.requirement("S63")
def test_the_written_inventory_is_the_one_that_the_code_gives() -> None:
    written = (ROOT / "docs/inventory.md").read_text("utf-8")
    assert written == as_markdown(), "run: portico inventory > docs/inventory.md"


@pytest.mark.requirement("S63")
def test_every_table_of_a_schema_is_listed_with_every_field() -> None:
    listed = {table.model: table for table in tables()}
    assert {"records.Resource", "accounts.Account", "tenancy.Hospital", "audit.AuditEntry"} <= set(listed)
    assert listed["mail.OutgoingMail"].where == "both kinds of schema"
    assert {field.name for field in listed["keys.WrappedKey"].fields} == {
        "id", "purpose", "number", "wrapped", "wrapped_by", "created_at", "destroyed_at"
    }  # fmt: skip
    assert set(KEPT_FOR) <= set(listed)


@pytest.mark.requirement("S63", "S12")
def test_what_is_sensitive_is_encrypted_or_hashed_or_named_with_a_reason() -> None:
    readable = {
        f"{table.model}.{field.name}"
        for table in tables()
        for field in table.fields
        if field.data_class == DataClass.SENSITIVE and field.kept_as == KeptAs.CLEAR
    }
    assert readable == set(READABLE)


@pytest.mark.requirement("S63")
def test_every_address_that_a_process_is_given_belongs_to_a_way() -> None:
    variables = _variables()
    named = {name for flow in FLOWS for name in flow.environment}
    assert set(variables) == {field.name for field in fields(Environment)}
    assert {name for name, variable in variables.items() if variable not in named} == set(NOBODY)


def _variables() -> dict[str, str]:
    """Field of the environment → the variable that it is read from."""
    tree = ast.parse((ROOT / "platform/config/env.py").read_text("utf-8"))
    return {
        keyword.arg or "": constant.value
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "Environment"
        for keyword in call.keywords
        for inner in ast.walk(keyword.value)
        if isinstance(inner, ast.Call) and getattr(inner.func, "id", "") == "_value"
        for constant in inner.args[:1]
        if isinstance(constant, ast.Constant) and isinstance(constant.value, str)
    }


@pytest.mark.requirement("S63", "S43")
def test_every_module_that_speaks_to_the_outside_belongs_to_a_way() -> None:
    known = tuple(module for flow in FLOWS for module in flow.modules)
    found = {
        module: library
        for path, tree in python_files(*ROOTS)
        for library in _speaks(tree)
        if (module := _module(path)) not in LOCAL_ONLY and not module.startswith(known)
    }
    assert found == {}


def _module(path: str) -> str:
    return ".".join(Path(path.removeprefix("platform/")).with_suffix("").parts)


def _speaks(tree: ast.Module) -> set[str]:
    imported = {
        name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
        )
    }  # fmt: skip
    return {library for library in SPEAKING for name in imported if f"{name}.".startswith(f"{library}.")}


@pytest.mark.requirement("S63")
def test_no_way_that_leaves_the_cell_carries_more_than_it_says() -> None:
    assert {flow.name: set(flow.classes) for flow in FLOWS if DataClass.PHI not in flow.classes} == {
        "Cache, doorbells and queue": {DataClass.PUBLIC, DataClass.INTERNAL},
        "Error reports": {DataClass.INTERNAL},
        "Log lines": {DataClass.INTERNAL},
        "Requests to other systems": set(),
        "Master key": {DataClass.SENSITIVE},
    }


def test_the_verb_needs_no_installation_and_speaks_json(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "config.cli", "inventory", "--json"],
        env={"PATH": "/usr/bin:/bin", "PORTICO_HOME": str(tmp_path / "none")},
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    told = json.loads(ended.stdout)
    assert {"tables", "flows"} == set(told)
    assert not (tmp_path / "none").exists()
