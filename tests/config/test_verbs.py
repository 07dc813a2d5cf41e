"""Every verb of ``portico``, taken from the commands themselves: what each says of itself, and what it refuses."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import psycopg
import pytest
from django.db import OperationalError, connection, transaction

from config.cli import FAILED, USAGE, VERBS, outage_in_words, portico, run
from config.cli.output import Steps
from config.cli.prepare import migrate_everything
from kernel.keys import keyring, services
from kernel.keys.envelope import Purpose, kept
from kernel.keys.services import ensure_key
from kernel.tenancy import fleet
from kernel.tenancy.fleet import FleetStopped
from kernel.tenancy.schemas import locked
from kernel.tenancy.scope import shared

README = Path(__file__).resolve().parents[2] / "README.md"
# Verbs that stay until they are stopped: they have no answer that could be JSON.
FOREGROUND = {("up",)}

Words = tuple[str, ...]


def commands(group: click.Group = portico, path: Words = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Each verb with its words, groups before what is in them."""
    context = click.Context(group, info_name="portico")
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        assert found is not None
        yield (*path, name), found
        if isinstance(found, click.Group):
            yield from commands(found, (*path, name))


TREE = dict(commands())
GROUPS = [path for path, command in TREE.items() if isinstance(command, click.Group)]
LEAVES = [path for path in TREE if path not in GROUPS]


def test_the_tree_has_every_verb() -> None:
    assert {path[0] for path in TREE} == {name for name, sentence in VERBS.items() if sentence}
    assert len(LEAVES) >= 18


@pytest.mark.parametrize("path", TREE, ids=" ".join)
def test_every_verb_and_every_option_says_what_it_is_for(path: Words, capsys: pytest.CaptureFixture[str]) -> None:
    assert re.match(r"[A-Z].*[.]$", (TREE[path].help or "").splitlines()[0])
    options = [one for one in TREE[path].params if isinstance(one, click.Option) and not one.hidden]
    assert [one.opts for one in options if not one.help] == []

    assert run([*path, "--help"]) == 0
    assert f"Usage: portico {' '.join(path)} " in capsys.readouterr().out


@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
def test_every_verb_answers_as_json_or_says_where_to_ask(path: Words, capsys: pytest.CaptureFixture[str]) -> None:
    offered = [one for one in TREE[path].params if "--json" in one.opts and not getattr(one, "hidden", False)]
    assert bool(offered) == (path not in FOREGROUND)
    if path in FOREGROUND:
        assert run([*path, "--json"]) == USAGE
        told = json.loads(capsys.readouterr().err)
        assert told["error"] == "up stays in the foreground and has no answer. Beside it, ask: portico status --json"


@pytest.mark.parametrize("wrong", ["--nothing-like-this", "no/such/thing"])
@pytest.mark.parametrize("path", TREE, ids=" ".join)
def test_every_verb_refuses_what_it_does_not_know(path: Words, wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    # Enough of the arguments a verb needs, so that one more is one too many.
    given = [*path, wrong, wrong, wrong]
    assert run(given) == USAGE
    shown = capsys.readouterr()
    assert shown.out == ""
    sentence = shown.err.splitlines()[-1]
    assert re.match(r"Error: [A-Z].*", sentence)

    assert run([*given, "--json"]) == USAGE
    shown = capsys.readouterr()
    assert (shown.out, json.loads(shown.err)["exit_code"]) == ("", USAGE)


@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
def test_every_verb_is_in_the_readme(path: Words) -> None:
    rows = [line for line in README.read_text("utf-8").splitlines() if line.startswith("| `portico ")]
    named = [row.split(" | ")[0] for row in rows]
    assert any(f"portico {path[0]}" in cell and re.search(rf"[` ]{path[-1]}[` ]", cell) for cell in named)


@pytest.mark.parametrize(
    ("url", "code", "sentence"),
    [
        ("postgre://me:my-secret@host", USAGE, "is not an address such as postgres://name:password@host"),
        ("postgres://me:my-secret@127.0.0.1:1/x", FAILED, "The server of DATABASE_SUPERUSER_URL cannot be used:"),
    ],
)
def test_a_server_that_cannot_be_prepared_is_told_without_its_password(
    url: str, code: int, sentence: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_SUPERUSER_URL", url)

    assert run(["bootstrap", "--json"]) == code

    shown = capsys.readouterr()
    assert sentence in json.loads(shown.err)["error"]
    assert "my-secret" not in shown.out + shown.err


UNREADABLE = "Write a name with letters that everybody can see, without hidden signs."
PHONE = "Write a telephone number of digits, with or without the country's code, such as +34 900 555 014."


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [
        ("--name", " ", "is a text of 1 to 120 characters"),
        ("--name", "x" * 121, "is a text of 1 to 120 characters"),
        ("--network", "The North", "1 to 40 small letters, digits and hyphens"),
        ("--name", "Gen\u202eeral", UNREADABLE),
        ("--network-name", "a\x07b", UNREADABLE),
        ("--admin-name", "Ada\u200b", UNREADABLE),
        ("--admin-name", "", "is a text of 1 to 200 characters"),
        ("--country", "spain", "two capital letters, such as ES"),
        ("--theme", "none", "is none of santalucia, northfield, alwaha"),
        ("--phone", "call us", PHONE),
        ("--time-zone", "Mars/Olympus", "Mars/Olympus is not a time zone of the IANA list, such as Europe/Madrid"),
    ],
)
def test_a_hospital_is_not_begun_with_what_its_tables_would_refuse(
    option: str, value: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = {"--name": "A", "--network": "a", "--country": "ES", "--time-zone": "Europe/Madrid", "--currency": "EUR"}
    asked |= {"--language": "es", "--admin-name": "Ada", "--admin-email": "ada@example.org"}
    asked |= {"--phone": "+34 900 555 0142", option: value}

    assert run(["hospital", "create", "a", *(word for pair in asked.items() for word in pair), "--json"]) == USAGE

    error = json.loads(capsys.readouterr().err)["error"]
    assert error == f"Invalid value for '{option}': {sentence}"


@pytest.mark.parametrize("days", ["36501", "-36501", "999999999"])
def test_a_demonstration_is_moved_by_a_hundred_years_at_most(days: str, capsys: pytest.CaptureFixture[str]) -> None:
    """So that no date leaves the calendar in the middle of the hospitals."""
    assert run(["demo", "refresh", "--days", days, "--json"]) == USAGE
    assert "is not in the range" in json.loads(capsys.readouterr().err)["error"]


def test_a_variable_that_production_needs_is_asked_for_in_a_line(tmp_path: Path) -> None:
    given = {
        "PATH": os.environ["PATH"],
        "PORTICO_HOME": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "config.settings.production",
        "DATABASE_URL": "postgres://a:b@127.0.0.1:1/x",
    }
    command = [sys.executable, "-m", "config.cli", "hospital", "list", "--json"]
    told = subprocess.run(command, env=given, check=False, capture_output=True, text=True, timeout=60)
    assert (told.returncode, told.stdout) == (1, "")
    assert json.loads(told.stderr) == {"error": "set SECRET_KEY in the environment", "exit_code": 1}

    given["SECRET_KEY"] = "guessed"
    told = subprocess.run(command, env=given, check=False, capture_output=True, text=True, timeout=60)
    assert (told.returncode, told.stdout) == (1, "")
    assert json.loads(told.stderr)["error"] == "SECRET_KEY must be at least 50 random characters"


@pytest.mark.parametrize("command", [["status"], ["demo", "refresh"]])
def test_production_settings_never_act_on_a_demonstration_because_a_variable_is_missing(
    command: list[str], tmp_path: Path
) -> None:
    row = {"login": "ana@example.org", "password": "nnnnn-ttttt", "totp_secret": "SECRET"}
    (tmp_path / "demo-accounts.json").write_text(json.dumps({"accounts": [row]}))
    (tmp_path / "secrets.json").write_text(json.dumps({"login_url": "postgres://a:b@127.0.0.1:1/x"}))
    given = {
        "PATH": os.environ["PATH"],
        "PORTICO_HOME": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "config.settings.production",
    }
    words = [sys.executable, "-m", "config.cli", *command, "--json"]
    told = subprocess.run(words, env=given, check=False, capture_output=True, text=True, timeout=60)
    assert (told.returncode, told.stdout) == (1, "")
    assert json.loads(told.stderr)["error"].startswith("set ")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("another", "the master key '{known}' is not in PORTICO_KEYRING"),
        ("{known}", "the master key '{known}' is not the one that wrapped this key"),
    ],
)
def test_a_keyring_of_another_database_is_told_in_a_line(
    name: str, sentence: str, db: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    known = keyring.master_keys().current
    with shared():
        ensure_key(Purpose.DATA)
    other = keyring.LocalKeyring(f"{name.format(known=known)}:{'5' * 64}")
    monkeypatch.setattr(services, "master_keys", lambda: other)
    kept.forget()

    assert run(["keys", "rotate", "--all", "--only-move", "--json"]) == FAILED

    shown = capsys.readouterr()
    told = f"PORTICO_KEYRING does not fit what is stored here: {sentence.format(known=known)}."
    assert (shown.out, json.loads(shown.err)) == ("", {"error": told, "exit_code": FAILED})


@pytest.mark.parametrize("verb", ["hospital list", "status"])
def test_who_waits_for_a_lock_is_not_told_to_start_the_database(
    verb: str, committed: None, capsys: pytest.CaptureFixture[str]
) -> None:
    with psycopg.connect(os.environ["PORTICO_TEST_SUPERUSER"]) as other:
        other.execute("SET LOCAL lock_timeout TO '20s'")
        other.execute("LOCK TABLE shared.tenancy_hospital IN ACCESS EXCLUSIVE MODE")
        run([*verb.split(), "--json"])

    shown = capsys.readouterr()
    assert "Somebody else holds what this needs in the database" in shown.out + shown.err
    assert "make run" not in shown.out + shown.err


def test_a_statement_that_was_cancelled_is_no_database_that_is_gone(db: None) -> None:
    with shared(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout TO '20ms'")
        with pytest.raises(OperationalError) as raised:
            cursor.execute("SELECT pg_sleep(60)")
        transaction.set_rollback(True)

    assert outage_in_words(raised.value).startswith("The database gave this up because it took too long")


def test_a_second_migration_is_told_to_wait_for_the_first(committed: None, capsys: pytest.CaptureFixture[str]) -> None:
    with shared(), locked("fleet", 5):
        assert run(["migrate", "--json"]) == FAILED

    told = json.loads(capsys.readouterr().err)["error"]
    assert told == "Hospitals are being migrated already. Try again when that has ended."


def test_a_hospital_whose_tables_are_busy_is_named_with_what_to_do(
    committed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fleet really stops; only the hospital's migration is one that cannot have its lock."""

    def run_fleet(*_given: Any, **_named: Any) -> None:
        try:
            with shared(), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM shared.tenancy_hospital FOR UPDATE NOWAIT")
        except OperationalError as error:
            raise FleetStopped("northfield", 1, "OperationalError: lock timeout") from error

    monkeypatch.setattr(fleet, "run_fleet", run_fleet)
    with psycopg.connect(os.environ["PORTICO_TEST_SUPERUSER"]) as other:
        other.execute("SELECT 1 FROM shared.tenancy_hospital FOR UPDATE")
        with pytest.raises(click.ClickException) as raised:
            migrate_everything(Steps(are_shown=False))

    assert raised.value.format_message() == (
        "northfield (ring 1): OperationalError: lock timeout. Somebody else holds what this needs in the database, and "
        "did not let go of it. Try again."
    )
