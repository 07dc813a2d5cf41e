"""The folder of an installation: secrets made once, readable by one, told to those who need them."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from config.runtime import accounts
from config.runtime.errors import MachineError
from config.runtime.home import CHECKOUT, Busy, Home
from config.runtime.installation import Installation
from tests.runtime.conftest import outside_environment


def set_up(home: Home) -> Installation:
    installation = Installation(home, 8000)
    installation.remember_servers(login="pg://login", owner="pg://owner", redis="redis://it", pg_dump="/bin/pg_dump")
    return installation


def test_the_home_is_local_to_the_checkout_unless_it_is_named(tmp_path: Path) -> None:
    assert Home.current({}).path == CHECKOUT / ".local"
    assert Home.current({"PORTICO_HOME": "other"}).path == CHECKOUT / "other"
    assert Home.current({"PORTICO_HOME": str(tmp_path)}).path == tmp_path


@pytest.mark.parametrize("port", ["0", "65536", "eight", "-1", "80 80"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    with pytest.raises(MachineError, match="it must be a number from 1 to 65535"):
        Installation.current({"PORTICO_PORT": port})


def test_every_verb_finds_the_port_where_the_installation_was_started(tmp_path: Path) -> None:
    here = {"PORTICO_HOME": str(tmp_path)}
    assert Installation.current(here).port == 8000

    Installation.to_start({**here, "PORTICO_PORT": "8123"}).remember_port()

    assert Installation.current(here).port == 8123
    assert Installation.current({**here, "PORTICO_PORT": "8200"}).port == 8200
    assert Installation.to_start(here).port == 8000


def test_manage_says_how_to_begin_where_nothing_is_set_up(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, CHECKOUT / "manage.py", "check"],
        check=False,
        capture_output=True,
        text=True,
        env=outside_environment(PORTICO_HOME=str(tmp_path)),
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"Nothing is set up in {tmp_path} yet. Start it with: make run\n"


def test_manage_finds_the_installation_by_itself(tmp_path: Path) -> None:
    set_up(Home(tmp_path))
    done = subprocess.run(
        [sys.executable, CHECKOUT / "manage.py", "diffsettings", "--output=unified"],
        check=False,
        capture_output=True,
        text=True,
        env=outside_environment(PORTICO_HOME=str(tmp_path)),
    )
    assert done.returncode == 0, done.stderr
    assert f"+ PORTICO_HOME = PosixPath('{tmp_path}')" in done.stdout


def test_secrets_are_random_made_once_and_readable_by_their_owner_only(tmp_path: Path) -> None:
    first, second = (Installation(Home(tmp_path / name), 8000) for name in ("one", "two"))
    made = first.secrets()

    assert first.secrets() == made
    assert not set(made.values()) & set(second.secrets().values())
    assert len(made["secret_key"]) >= 50
    assert len(bytes.fromhex(made["keyring"].partition(":")[2])) == 32
    assert stat.S_IMODE((tmp_path / "one" / "secrets.json").stat().st_mode) == 0o600


@pytest.mark.requirement("S03")
def test_only_the_owner_of_the_tables_is_told_the_owners_credentials(tmp_path: Path) -> None:
    installation = set_up(Home(tmp_path))

    plain, owner = (installation.environment(owner=flag, given={}) for flag in (False, True))

    assert "DATABASE_ADMIN_URL" not in plain
    assert "pg://owner" not in plain.values()
    assert (owner["DATABASE_ADMIN_URL"], owner["DATABASE_URL"]) == ("pg://owner", "pg://login")


def test_a_process_is_not_told_what_else_the_shell_knows(tmp_path: Path) -> None:
    told = set_up(Home(tmp_path)).environment(owner=True, given={"PATH": "/bin", "AWS_SECRET_ACCESS_KEY": "x"})

    assert told["PATH"] == "/bin"
    assert "AWS_SECRET_ACCESS_KEY" not in told


def test_an_empty_home_says_how_to_begin(tmp_path: Path) -> None:
    with pytest.raises(MachineError, match="Start it with: make run"):
        Installation(Home(tmp_path), 8000).environment(owner=False)


def test_a_damaged_file_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text("{half")

    with pytest.raises(MachineError, match="cannot be read"):
        Installation(Home(tmp_path), 8000).secrets()
    assert (tmp_path / "secrets.json").read_text() == "{half"


def test_a_home_where_no_folder_can_be_made_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(MachineError, match=r"taken/x cannot be made \(Not a directory\)\. Name another PORTICO_HOME"):
        Home(tmp_path / "taken" / "x").ensure()


def test_a_lock_that_is_held_is_told_to_whoever_will_not_wait(tmp_path: Path) -> None:
    home = Home(tmp_path)

    with home.locked("up"), pytest.raises(Busy), home.locked("up", wait=False):
        pass
    with home.locked("up", wait=False):
        assert (tmp_path / "up.lock").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root changes accounts")
def test_a_program_that_the_account_cannot_reach_is_copied_with_its_surroundings(closed_home: Home) -> None:
    account = accounts.server_account()
    closed = closed_home.ensure() / "package"
    (closed / "bin").mkdir(parents=True)
    (closed / "words").write_text("reached")
    program = closed / "bin" / "tool"
    program.write_text('#!/bin/sh\ncat "$(dirname "$0")/../words"\n')
    program.chmod(0o755)
    closed_home.path.parent.chmod(0o700)
    assert not account.can_run(program)

    copy = accounts.program_for(closed_home, account, program, parts=[closed])

    assert account.run([copy]).stdout == "reached"
    assert copy.is_relative_to(accounts.fallback(closed_home))
    assert accounts.program_for(closed_home, account, program, parts=[closed]) == copy


@pytest.mark.skipif(os.geteuid() != 0, reason="only root changes accounts")
def test_a_fallback_folder_that_somebody_else_has_made_is_refused(closed_home: Home) -> None:
    account = accounts.server_account()
    closed_home.path.parent.chmod(0o700)
    accounts.fallback(closed_home).mkdir()
    os.chown(accounts.fallback(closed_home), account.uid, account.gid)

    with pytest.raises(MachineError, match="belongs to somebody else"):
        accounts.folder_for(closed_home, account, "redis")
