"""The same mistakes on django-tenants as it comes: each shows another schema's rows. Ours refuse (the tests beside)."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

import psycopg
import pytest
from psycopg import sql

from config.runtime.home import CHECKOUT

SUPERUSER = os.environ["PORTICO_TEST_SUPERUSER"]
# What stock answers, and which of our tests shows the refusal.
FAILS_OPEN = {
    "missing table": (
        ["operator"],
        "test_backend.py::test_a_missing_table_is_an_error_and_never_another_schemas_table",
    ),
    "missing schema": (["operator"], "test_backend.py::test_a_schema_whose_tables_are_all_gone_answers_with_an_error"),
    "thread in a page": (["operator"], "test_requests.py::test_a_raw_thread_inside_a_page_reads_nothing"),
    "async without thread_sensitive": (
        ["operator"],
        "test_async.py::test_work_handed_to_another_thread_keeps_its_hospital",
    ),
    "after a request": (["person of a"], "test_requests.py::test_after_a_request_there_is_no_scope"),
    "no scope": (["operator"], "test_scope.py::test_a_query_without_a_scope_is_refused"),
    "object saved across": (
        ["person of a"],
        "test_instances.py::test_an_object_read_in_one_hospital_is_refused_by_another",
    ),
    "suspended generator": (["person of b"], "test_scope.py::test_a_scope_inside_a_generator_is_refused"),
    "cached elsewhere": (["person of a"], "test_requests.py::test_what_one_host_cached_another_does_not_get"),
    "signed elsewhere": (["person of b"], "test_keys.py::test_what_one_hospital_signed_another_does_not_accept"),
    "qualified name": (
        ["person of b"],
        "test_backend.py::test_a_hospital_cannot_read_another_ones_schema_by_its_name",
    ),
    "with tenant in threads": (["a"], "test_scope.py::test_a_hospital_is_no_context_manager_of_its_own"),
    "forwarded host": (
        ["person of b"],
        "test_requests.py::test_no_header_and_no_parameter_can_choose_another_hospital",
    ),
    "trailing dot": (
        ["status 404"],
        "test_requests.py::test_a_host_header_is_brought_into_the_form_of_the_domain_table",
    ),
    "own page": (["person of b"], "test_requests.py::test_each_host_shows_its_own_hospital"),
}


@pytest.fixture(scope="module")
def answers() -> Iterator[dict[str, list[str]]]:
    """What stock django-tenants answers, from a process and a throw-away database of its own."""
    parts = urlsplit(SUPERUSER)
    name = f"{parts.path.lstrip('/')}_stock"
    with psycopg.connect(SUPERUSER, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
    told = {
        "STOCK_NAME": name,
        "STOCK_USER": unquote(parts.username or ""),
        "STOCK_PASSWORD": unquote(parts.password or ""),
        "STOCK_HOST": parts.hostname or "",
        "STOCK_PORT": str(parts.port),
        "STOCK_FORWARDED": "1",
    }
    finished = subprocess.run(
        [sys.executable, "-m", "tests.kernel.tenancy.stock.application"],
        cwd=CHECKOUT,
        env={**os.environ, **told},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    yield json.loads(finished.stdout)
    with psycopg.connect(SUPERUSER, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.mark.parametrize("mistake", FAILS_OPEN)
def test_stock_django_tenants_answers_where_ours_refuses(answers: dict[str, list[str]], mistake: str) -> None:
    shown, ours = FAILS_OPEN[mistake]
    assert answers[mistake] == shown
    file, test = ours.split("::")
    text = (CHECKOUT / "tests/kernel/tenancy" / file).read_text("utf-8")
    assert f"def {test}(" in text, f"the test of our refusal is gone: {ours}"
