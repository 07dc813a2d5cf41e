"""Bringing all hospitals up to date: once planned, done to each, stopped at the first that fails, never half."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import models
from django.db.migrations import AddField, Migration, RunPython, RunSQL, SeparateDatabaseAndState
from django.db.migrations.operations.base import Operation
from psycopg import sql

from config.runtime.home import CHECKOUT
from kernel.tenancy.fleet.plan import _FOREIGN_NAMES
from kernel.tenancy.ways import MigrationRefused, Way, way_of
from tests.database import copy_prepared, drop_copy

HEADER = """
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models

class Migration(migrations.Migration):
    dependencies = [{after}]
    atomic = {atomic}
    operations = [{operations}]
"""
CREATE = (
    'migrations.CreateModel("Note", [("id", models.UUIDField(primary_key=True)), ("text", models.TextField()),'
    ' ("account", models.ForeignKey("accounts.Account", models.CASCADE, null=True))])'
)
ADD = 'migrations.AddField("note", "read", models.BooleanField(default=False))'
CHANGE = (
    'migrations.AlterField("note", "text", models.CharField(max_length=80)),'
    'migrations.AddConstraint("note", models.UniqueConstraint(fields=["text"], name="one_note_of_a_text")),'
    'migrations.RemoveField("note", "account"),'
    'migrations.CreateModel("Tag", [("id", models.BigAutoField(primary_key=True)),'
    ' ("note", models.ForeignKey("sample.Note", models.CASCADE))])'
)
FILL = "migrations.RunPython(fill, migrations.RunPython.noop)"
FILLING = """
import uuid

def fill(apps, editor):
    note = apps.get_model("sample", "Note")
    note.objects.using(editor.connection.alias).create(id=uuid.uuid4(), text=f"by {editor.connection.schema_name}")
"""
INDEX = 'AddIndexConcurrently("note", models.Index(fields=["text"], name="note_by_text"))'


class Fleet:
    """A database of its own with hospitals, and migrations that the test writes as a release would."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self._process: subprocess.Popen[str] | None = None
        credentials = copy_prepared(name)
        self._folder = folder
        self._package = folder / "fleet_migrations"
        self._package.mkdir()
        (self._package / "__init__.py").touch()
        self._last = ""
        self._environment = {
            **os.environ,
            "DATABASE_URL": credentials.login_url,
            "DATABASE_ADMIN_URL": credentials.owner_url,
            "DJANGO_SETTINGS_MODULE": "tests.kernel.tenancy.fleet.settings",
            "PYTHONPATH": str(folder),
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def release(self, name: str, operations: str, *, before: str = "", atomic: bool = True) -> None:
        """Add a migration after those released so far."""
        first = '("accounts", "0001_initial")'
        after = f'("sample", "{self._last}")' if self._last else first
        body = before + HEADER.format(after=after, atomic=atomic, operations=operations)
        (self._package / f"{name}.py").write_text(body)
        self._last = name

        self._stop()

    def withdraw(self, name: str, last: str) -> None:
        (self._package / f"{name}.py").unlink()
        self._last = last
        self._stop()

    def start(self) -> "subprocess.Popen[str]":
        """A process with the code released so far."""
        return subprocess.Popen(
            [sys.executable, "-m", "tests.kernel.tenancy.fleet.drive"],
            cwd=CHECKOUT,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def send(self, process: "subprocess.Popen[str]", *words: object) -> None:
        assert process.stdin is not None
        process.stdin.write(json.dumps(words) + "\n")
        process.stdin.flush()

    def call(self, *words: object) -> Any:
        """The answer of the present process, which is started when there is none."""
        if self._process is None:
            self._process = self.start()
        self.send(self._process, *words)
        assert self._process.stdout is not None
        answer = self._process.stdout.readline()
        if not answer:
            process, self._process = self._process, None
            raise AssertionError(process.communicate()[1])
        return json.loads(answer)

    def killed(self, *words: object) -> None:
        """Call something that must end with the process being killed."""
        self._stop()
        process = self.start()
        self.send(process, *words)
        _output, errors = process.communicate(timeout=110)
        assert process.returncode == -9, errors

    def _stop(self) -> None:
        if self._process is not None:
            self._process.communicate(timeout=110)
            self._process = None

    def close(self) -> None:
        self._stop()
        drop_copy(self.name)


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    made = Fleet(f"{os.environ['DATABASE_URL'].rsplit('/', 1)[1]}_fleet", tmp_path)
    yield made
    made.close()


def superuser_of(fleet: Fleet) -> str:
    return f"{os.environ['PORTICO_TEST_SERVICES'].split()[0].rsplit('/', 1)[0]}/{fleet.name}"


def applied(look: dict[str, Any]) -> dict[str, list[str]]:
    return {slug: found["applied"] for slug, found in look["schemas"].items()}


def everywhere(migrations: list[str]) -> dict[str, list[str]]:
    return dict.fromkeys(SLUGS, migrations)


SLUGS = ["alwaha", "northfield", "santalucia"]


def test_all_ways_of_migrating_reach_every_hospital_and_its_template(fleet: Fleet) -> None:
    fleet.release("0001_note", CREATE)
    fleet.release("0002_read", ADD)
    first = fleet.call("run")
    assert (first["migrated"], first["unchanged"]) == (3, 0)
    fleet.release("0003_change", CHANGE)
    fleet.release("0004_fill", FILL, before=FILLING)
    fleet.release("0005_index", INDEX, atomic=False)
    second = fleet.call("run")
    assert (second["migrated"], second["unchanged"]) == (3, 0)

    look = fleet.call("look")
    names = ["0001_note", "0002_read", "0003_change", "0004_fill", "0005_index"]
    assert applied(look) == everywhere(names)
    assert look["behind"] == 0
    assert [run["state"] for run in look["runs"]] == ["done", "done"]
    assert look["runs"][1]["started_by"] == "test"
    assert [(step["name"], step["way"]) for step in look["runs"][1]["plan"]] == [
        ("0003_change", "sql"),
        ("0004_fill", "python"),
        ("0005_index", "autocommit"),
    ]
    assert [row[1] for row in look["rows"]] == ["done"] * 6
    for found in look["schemas"].values():
        assert found["columns"] == [
            "sample_note.id",
            "sample_note.text",
            "sample_note.read",
            "sample_tag.id",
            "sample_tag.note_id",
        ]
        assert found["indexes"]["note_by_text"] is True
        written = fleet.call("sql", "SELECT text FROM sample_note", found["schema"])
        assert written == [[f"by {found['schema']}"]]
    # What was fanned out is what Django itself makes of the migrations, and nothing is left over.
    assert fleet.call("drift") == []
    known = {found["schema"] for found in look["schemas"].values()} | set(look["templates"])
    assert set(look["existing"]) == known


def test_with_nothing_to_do_nothing_is_done(fleet: Fleet) -> None:
    assert fleet.call("run")["migrated"] == 0
    look = fleet.call("look")
    assert (look["behind"], look["runs"], look["rows"]) == (0, [], [])


def test_a_run_that_was_killed_is_taken_up_where_it_stopped(fleet: Fleet) -> None:
    fleet.call("make", 5)
    fleet.release("0001_note", CREATE)
    fleet.release("0002_read", ADD)
    fleet.killed("run", 5)
    between = fleet.call("look")
    done = [slug for slug, found in between["schemas"].items() if found["applied"]]
    assert len(done) == 5
    assert between["behind"] == 3
    for found in between["schemas"].values():
        assert found["current"] == (found["applied"] == ["0001_note", "0002_read"])
    again = fleet.call("run")
    assert (again["migrated"], again["unchanged"]) == (3, 5)
    after = fleet.call("look")
    assert set(map(tuple, applied(after).values())) == {("0001_note", "0002_read")}
    assert [run["state"] for run in after["runs"]] == ["interrupted", "done"]
    assert sorted(row[0] for row in after["rows"]) == sorted(after["schemas"])
    assert fleet.call("drift") == []


DEADLY = """
import os

def fill(apps, editor):
    with editor.connection.cursor() as cursor:
        cursor.execute("UPDATE sample_note SET text = 'changed'")
    if editor.connection.schema_name.startswith("h_"):
        os.kill(os.getpid(), 9)
"""


def test_a_hospital_in_whose_transaction_the_machine_is_lost_is_as_before(fleet: Fleet) -> None:
    fleet.release("0001_note", CREATE)
    fleet.call("run")
    fleet.release("0002_fill", FILL, before=DEADLY)
    fleet.killed("run")
    look = fleet.call("look")
    assert applied(look) == everywhere(["0001_note"])
    assert look["behind"] == 3
    fleet.withdraw("0002_fill", "0001_note")
    fleet.release("0002_fill", FILL, before=FILLING)
    assert fleet.call("run")["migrated"] == 3
    assert applied(fleet.call("look")) == everywhere(["0001_note", "0002_fill"])
    # The scratch schema that the killed run left is gone too.
    look = fleet.call("look")
    known = {found["schema"] for found in look["schemas"].values()} | set(look["templates"])
    assert set(look["existing"]) == known


def test_a_failing_hospital_stops_its_ring_and_is_named_and_the_canaries_go_first(fleet: Fleet) -> None:
    fleet.release("0001_note", CREATE)
    fleet.call("run")
    schemas = {slug: found["schema"] for slug, found in fleet.call("look")["schemas"].items()}
    fleet.call("sql", "UPDATE tenancy_hospital SET ring = 0 WHERE slug = 'santalucia'")
    fleet.call("sql", "UPDATE tenancy_hospital SET ring = 1 WHERE slug = 'alwaha'")
    fleet.call("sql", "UPDATE tenancy_hospital SET ring = 2 WHERE slug = 'northfield'")
    fleet.call("sql", "CREATE TABLE sample_tag (already int)", schemas["alwaha"])
    fleet.release("0002_change", CHANGE)
    stopped = fleet.call("run")
    assert (stopped["stopped"], stopped["ring"]) == ("alwaha", 1)
    assert 'relation "sample_tag" already exists' in stopped["failure"]
    look = fleet.call("look")
    assert applied(look) == {
        "santalucia": ["0001_note", "0002_change"],
        "alwaha": ["0001_note"],
        "northfield": ["0001_note"],
    }
    assert look["schemas"]["alwaha"]["columns"][:3] == ["sample_note.id", "sample_note.text", "sample_note.account_id"]
    assert look["runs"][-1]["state"] == "stopped"
    assert "alwaha" in look["runs"][-1]["failure"]
    assert look["rows"][-2:] == [["santalucia", "done"], ["alwaha", "failed"]]

    fleet.call("sql", "DROP TABLE sample_tag", schemas["alwaha"])
    assert fleet.call("run")["migrated"] == 2
    assert fleet.call("look")["behind"] == 0
    assert fleet.call("drift") == []


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO shared.tenancy_cell (id, name) VALUES ('1', '1')",
        'DELETE FROM "shared".tenancy_cell',
        "UPDATE h_0123456789ab.sample_note SET text = 1",
        "SELECT 'template_0123456789abcdef'",
        "SELECT 'clone_0123456789abcdef'",
    ],
)
def test_sql_that_names_a_schema_is_known_by_its_text(statement: str) -> None:
    assert _FOREIGN_NAMES.search(statement)


def test_a_migration_that_names_a_schema_is_refused_before_any_hospital(fleet: Fleet) -> None:
    fleet.release("0001_note", CREATE)
    fleet.release("0002_bad", "migrations.RunSQL(\"INSERT INTO shared.tenancy_cell (id, name) VALUES ('1', '1')\")")
    assert "names a schema" in fleet.call("run")["refused"]
    look = fleet.call("look")
    assert applied(look) == everywhere([])
    assert look["behind"] == 3
    assert len(look["templates"]) == 1
    assert look["runs"][0]["state"] == "stopped"


def test_a_refused_migration_does_not_become_the_template_of_a_new_hospital(fleet: Fleet) -> None:
    fleet.release("0001_note", CREATE, atomic=False)
    with pytest.raises(AssertionError, match="is not atomic: it may hold"):
        fleet.call("provision", "new")
    look = fleet.call("look")
    assert len(look["templates"]) == 1
    assert look["provisionings"]["new"] == "failed"


def test_templates_that_no_hospital_needs_are_dropped_and_what_a_killed_run_left(fleet: Fleet) -> None:
    fleet.call("sql", "CREATE SCHEMA clone_0123456789abcdef")
    for name, operations in (("0001_note", CREATE), ("0002_read", ADD), ("0003_change", CHANGE)):
        fleet.release(name, operations)
        fleet.call("run")
        assert len(fleet.call("look")["templates"]) == {"0001_note": 2}.get(name, 3)
    look = fleet.call("look")
    # The oldest is the prepared database's, of which the tests' copies share the roles, so that it cannot go.
    assert sorted(look["existing"]) == sorted(
        [*(found["schema"] for found in look["schemas"].values()), *look["templates"]]
    )


def migration(operations: list[Operation], *, atomic: bool) -> Migration:
    made = type("Made", (Migration,), {"operations": operations, "atomic": atomic})
    found: Migration = made("0001_made", "sample")
    return found


CONCURRENT = AddIndexConcurrently("note", models.Index(fields=["text"], name="note_by_text"))
COLUMN = AddField("note", "read", models.BooleanField(default=False))
PYTHON = RunPython(RunPython.noop)


@pytest.mark.parametrize(
    ("operations", "atomic", "way"),
    [
        ([COLUMN], True, Way.SQL),
        ([RunSQL("SELECT 1")], True, Way.SQL),
        ([COLUMN, PYTHON], True, Way.PYTHON),
        ([SeparateDatabaseAndState(database_operations=[PYTHON])], True, Way.PYTHON),
        ([SeparateDatabaseAndState(state_operations=[COLUMN])], True, Way.SQL),
        ([CONCURRENT], False, Way.AUTOCOMMIT),
        ([PYTHON], False, Way.AUTOCOMMIT),
    ],
)
def test_each_operation_decides_how_a_migration_is_done(operations: list[Operation], atomic: bool, way: Way) -> None:
    assert way_of(migration(operations, atomic=atomic)) is way


@pytest.mark.parametrize(
    ("operations", "atomic", "reason"),
    [
        ([CONCURRENT], True, "needs atomic = False"),
        ([CONCURRENT, COLUMN], False, "nothing else"),
        ([COLUMN], False, "nothing else"),
        ([], False, "nothing else"),
    ],
)
def test_a_migration_that_could_not_be_taken_up_after_a_kill_is_refused(
    operations: list[Operation], atomic: bool, reason: str
) -> None:
    with pytest.raises(MigrationRefused, match=reason):
        way_of(migration(operations, atomic=atomic))


def test_python_hidden_in_another_operation_is_found_and_run(fleet: Fleet) -> None:
    """Django's collected SQL would run it on the template and drop it for every hospital."""
    fleet.release("0001_note", CREATE)
    fleet.release("0002_fill", f"migrations.SeparateDatabaseAndState(database_operations=[{FILL}])", before=FILLING)
    fleet.call("run")
    look = fleet.call("look")
    assert [step["way"] for step in look["runs"][0]["plan"]] == ["sql", "python"]
    for found in look["schemas"].values():
        assert fleet.call("sql", "SELECT count(*) FROM sample_note", found["schema"]) == [[1]]


def test_an_index_that_was_left_half_built_is_built_anew(fleet: Fleet) -> None:
    fleet.release("0001_note", CREATE)
    fleet.call("run")
    schema_name = fleet.call("look")["schemas"]["alwaha"]["schema"]
    fleet.call("sql", "CREATE INDEX note_by_text ON sample_note (text)", schema_name)
    with psycopg.connect(superuser_of(fleet), autocommit=True) as connection:
        connection.execute(
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = to_regclass(%s)", [f"{schema_name}.note_by_text"]
        )
    fleet.release("0002_index", INDEX, atomic=False)
    assert fleet.call("run")["migrated"] == 3
    assert {found["indexes"]["note_by_text"] for found in fleet.call("look")["schemas"].values()} == {True}


def test_a_table_that_is_busy_stops_the_run_and_the_hospital_is_as_before(fleet: Fleet) -> None:
    fleet.release("0001_note", CREATE)
    fleet.call("run")
    schema_name = fleet.call("look")["schemas"]["alwaha"]["schema"]
    fleet.release("0002_read", ADD)
    with psycopg.connect(superuser_of(fleet)) as connection:
        connection.execute(sql.SQL("SELECT 1 FROM {}").format(sql.Identifier(schema_name, "sample_note")))
        stopped = fleet.call("run")
    assert stopped["stopped"] == "alwaha"
    assert "lock timeout" in stopped["failure"]
    assert applied(fleet.call("look"))["alwaha"] == ["0001_note"]


def test_a_change_made_by_hand_is_named_and_a_wrong_record_is_corrected(fleet: Fleet) -> None:
    schemas = {slug: found["schema"] for slug, found in fleet.call("look")["schemas"].items()}
    assert fleet.call("drift") == []
    fleet.call("sql", "ALTER TABLE accounts_account ALTER login DROP NOT NULL", schemas["alwaha"])
    assert fleet.call("drift") == ["alwaha"]
    fleet.call("sql", "UPDATE tenancy_hospital SET migration_state = 'wrong' WHERE slug = 'northfield'")
    assert fleet.call("reconcile") == ["northfield"]
    assert fleet.call("look")["behind"] == 0
    assert fleet.call("reconcile") == []


def test_every_kind_of_drift_is_seen(fleet: Fleet) -> None:
    found = fleet.call("look")
    schema_name = found["schemas"]["alwaha"]["schema"]
    [role] = [role for role in found["roles"] if role.endswith(schema_name.removeprefix("h_"))]
    seen = [fleet.call("fingerprint", "alwaha")]
    assert fleet.call("fingerprint", "northfield") == seen[0]
    for change in (
        "GRANT DELETE ON django_migrations TO {role}",
        "REVOKE SELECT ON accounts_account FROM {role}",
        "CREATE INDEX extra ON accounts_account (language)",
        "CREATE FUNCTION extra() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "ALTER TABLE accounts_account ADD CHECK (login <> 'x')",
        "ALTER TABLE accounts_account ALTER is_active SET DEFAULT false",
        "ALTER TABLE accounts_account ADD COLUMN extra int",
        "CREATE TYPE extra AS ENUM ('a')",
        "ALTER TYPE extra ADD VALUE 'b'",
        "CREATE VIEW extra_view AS SELECT 1 AS one",
        "CREATE TRIGGER extra BEFORE UPDATE ON accounts_account FOR EACH ROW EXECUTE FUNCTION"
        " suppress_redundant_updates_trigger()",
        "ALTER TABLE accounts_account DISABLE TRIGGER extra",
    ):
        fleet.call("sql", change.format(role=role), schema_name)
        seen.append(fleet.call("fingerprint", "alwaha"))
    assert len(set(seen)) == len(seen)
    assert fleet.call("fingerprint", "northfield") == seen[0]
    assert fleet.call("drift") == ["alwaha"]


def test_a_second_run_at_the_same_time_is_refused(fleet: Fleet) -> None:
    fleet.call("make", 3)
    fleet.release("0001_note", CREATE)
    both = [fleet.start(), fleet.start()]
    for process in both:
        fleet.send(process, "run")
    answers = [process.communicate(timeout=110) for process in both]
    for output, errors in answers:
        assert json.loads(output)["migrated"] in (0, 6), errors
    look = fleet.call("look")
    assert set(map(tuple, applied(look).values())) == {("0001_note",)}
    assert len(look["rows"]) == 6


# --- Provisioning, killed ---------------------------------------------------------------------------------------------


@pytest.mark.requirement("S54")
@pytest.mark.parametrize("step", ["database", "open"])
def test_a_hospital_whose_making_was_killed_is_invisible_and_the_next_run_finishes_it(fleet: Fleet, step: str) -> None:
    fleet.killed("provision", "newborn", step)
    look = fleet.call("look")
    assert look["provisionings"]["newborn"] == "running"
    assert look["schemas"].get("newborn", {}).get("state", "creating") == "creating"
    finished = fleet.call("provision", "newborn")
    assert finished == {"state": "done", "unfinished": 0}
    look = fleet.call("look")
    assert look["schemas"]["newborn"]["state"] == "active"
    known = {found["schema"] for found in look["schemas"].values()} | set(look["templates"])
    assert set(look["existing"]) == known


@pytest.mark.requirement("S54")
@pytest.mark.full
@pytest.mark.parametrize("milliseconds", range(0, 600, 30))
def test_killed_at_any_moment_a_hospital_is_whole_or_not_there(fleet: Fleet, milliseconds: int) -> None:
    process = fleet.start()
    fleet.send(process, "look")
    assert process.stdout is not None
    process.stdout.readline()
    fleet.send(process, "provision", "newborn")
    try:
        process.wait(timeout=milliseconds / 1000)
    except subprocess.TimeoutExpired:
        process.kill()
    process.communicate()
    look = fleet.call("look")
    known = {found["schema"] for found in look["schemas"].values()} | set(look["templates"])
    assert set(look["existing"]) == known
    answer = fleet.call("provision", "newborn") if look["provisionings"].get("newborn") != "done" else {"state": "done"}
    assert answer["state"] == "done"
    assert fleet.call("look")["schemas"]["newborn"]["state"] == "active"
