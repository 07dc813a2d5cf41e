"""The command line, in processes of its own: exit codes, JSON, and the whole life of a ``portico up``."""

import json
import os
import re
import signal
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from config.runtime import processes
from config.runtime.home import Home
from tests.runtime.conftest import wait_until
from tests.runtime.running import Portico

HOSPITAL = ["--name", "Test Hospital", "--network", "test", "--country", "ES", "--time-zone", "Europe/Madrid"]
HOSPITAL += ["--currency", "EUR", "--language", "es", "--language", "en"]
HOSPITAL += ["--phone", "+1 312 555 0142", "--admin-name", "Ada Admin", "--admin-email", "ada@example.org"]


@pytest.fixture
def portico(home: Home) -> Iterator[Portico]:
    """A command line whose application and servers end with the test."""
    made = Portico(home)
    yield made
    made.stop()


def test_help_is_there_for_every_verb_without_an_installation(portico: Portico) -> None:
    code, shown, _problem = portico("--help")
    assert code == 0
    verbs = re.findall(r"^  (\w+)", shown.partition("Verbs:")[2], re.MULTILINE)
    assert {"hospital", "migrate", "status", "stop", "up"} <= set(verbs)

    for verb in verbs:
        code, shown, _problem = portico(verb, "--help")
        assert (code, f"portico {verb}" in shown) == (0, True)
    assert not (portico.home.path / "secrets.json").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["nothing"],
        ["hospital", "create"],
        ["status", "--nothing"],
        ["hospital", "create", "x", *HOSPITAL, "--country", "spain"],
    ],
)
def test_wrong_usage_ends_with_2(portico: Portico, arguments: list[str]) -> None:
    assert portico.alone(*arguments)[0] == 2


def test_wrong_usage_is_told_as_json_too(portico: Portico) -> None:
    code, shown, problem = portico("hospital", "suspend", "northfield", "--json")
    assert (code, shown) == (2, "")
    assert json.loads(problem) == {"error": "Missing option '--reason'.", "exit_code": 2}


def test_an_empty_folder_is_told_and_hospitals_cannot_be_asked_for(portico: Portico) -> None:
    assert portico.json("status")["application"] == "stopped"
    assert portico.json("stop") == {"stopped": {"application": False, "postgres": False, "redis": False}}

    code, shown, problem = portico("hospital", "list", "--json")

    assert (code, shown) == (1, "")
    assert json.loads(problem) == {
        "error": f"Nothing is set up in {portico.home.path} yet. Start it with: make run",
        "exit_code": 1,
    }


def test_an_application_that_is_frozen_is_not_said_to_run(portico: Portico) -> None:
    portico.home.write("started.json", {"port": portico.port})
    with portico.home.locked("up"):
        code, shown, _problem = portico("status", "--json")
        assert (code, json.loads(shown)["application"]) == (0, "starting")

        with socket.create_server(("127.0.0.1", portico.port)):  # the kernel takes the call, and nobody answers
            code, shown, _problem = portico("status", "--json")
            assert (code, json.loads(shown)["application"]) == (1, "does not answer")
            code, shown, _problem = portico("status")
            assert (code, shown.splitlines()[0]) == (1, "Application: does not answer")


def test_a_second_up_in_the_same_folder_is_refused(portico: Portico) -> None:
    with portico.home.locked("up"):
        code, _shown, problem = portico("up")

    assert code == 3
    assert problem.startswith(f"Portico already runs in {portico.home.path} (process ?). Stop it with make stop")


def test_up_makes_no_demonstration_where_the_settings_are_those_of_production(portico: Portico) -> None:
    portico.environment |= {
        "DJANGO_SETTINGS_MODULE": "config.settings.production",
        "DATABASE_URL": "postgres://nobody:word@127.0.0.1:1/portico",
        "DATABASE_ADMIN_URL": "postgres://nobody:word@127.0.0.1:1/portico",
    }

    code, shown, problem = portico.alone("up")

    assert (code, shown, list(portico.home.path.iterdir())) == (3, "", [])
    assert problem == (
        "up starts a demonstration on this machine, and DJANGO_SETTINGS_MODULE is config.settings.production. "
        "Unset it first.\n"
    )


def twice_at_once(portico: Portico, *arguments: str) -> list[tuple[int, str, str]]:
    """What two processes answer that are given the same command line at the same time."""
    with ThreadPoolExecutor(2) as both:
        return list(both.map(lambda _number: portico.alone(*arguments), range(2)))


def bundle(name: str, **more: Any) -> bytes:
    """A FHIR bundle of one patient."""
    patient = {
        **more,
        "resourceType": "Patient",
        "id": name,
        "name": [{"family": "Test", "given": [name]}],
        "gender": "unknown",
        "birthDate": "1990-05-17",
    }
    entry = {"fullUrl": f"urn:uuid:{name}", "resource": patient, "request": {"method": "POST", "url": "Patient"}}
    return json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": [entry]}).encode()


@pytest.mark.timeout(700)
def test_from_an_empty_folder_to_hospitals_and_back(portico: Portico, tmp_path: Path) -> None:
    portico.start()
    assert portico.get("/readyz", "127.0.0.1") == 200
    assert portico.get("/", "nobody.localhost") == 404

    for option, value in (("--country", "ZZ"), ("--currency", "ZZZ"), ("--phone", "call us"), ("--theme", "none")):
        assert portico("hospital", "create", "test-one", *HOSPITAL, option, value)[0] == 2
    assert portico("hospital", "create", "test-one", *HOSPITAL, "--admin-email", "nobody")[0] == 2
    code, shown, problem = portico.alone("hospital", "create", "test-one", *HOSPITAL)
    assert (code, problem) == (0, "")
    assert f"Test Hospital answers at http://test-one.localhost:{portico.port}" in shown
    for slug, sentence in (
        ("test-one", "Another hospital already has this address. Please choose another."),
        ("console", "This address is reserved. Please choose another."),
    ):
        for dry_run in ([], ["--dry-run"]):
            assert portico("hospital", "create", slug, *HOSPITAL, *dry_run) == (3, "", f"{sentence}\n")
    taken = "A hospital of this network already has this name. Choose one that tells the two apart."
    assert portico("hospital", "create", "test-two", *HOSPITAL, "--dry-run") == (3, "", f"{taken}\n")
    assert portico.json("hospital", "create", "test-two", *HOSPITAL, "--name", "Test Two", "--dry-run") == {
        "slug": "test-two",
        "created": False,
        "would_change": True,
    }

    for name in ("one", "two"):
        (tmp_path / f"{name}.json").write_bytes(bundle(name))
    import_files = ("import", "fhir", str(tmp_path), "--hospital", "test-one")
    code, shown, _problem = portico(*import_files, "--dry-run")
    assert (code, "2 created" in shown, "Nothing was changed." in shown) == (0, True, True)
    assert portico.json(*import_files)["created"] == 2
    assert [portico.json(*import_files)[name] for name in ("created", "unchanged")] == [0, 2]
    (tmp_path / "three.json").write_bytes(b'{"half')
    code, shown, _problem = portico(*import_files)
    assert code == 3
    assert f"{tmp_path / 'three.json'}: the whole file was refused (not_json)" in shown
    assert "Files: 3 read, 1 refused as a whole.\n" in shown
    assert "Resources: 0 created, 0 updated, 2 unchanged, 0 refused.\n" in shown
    code, shown, _problem = portico(*import_files, "--json")
    assert (code, json.loads(shown)["files"], json.loads(shown)["refused_files"]) == (3, 3, 1)
    assert json.loads(shown)["results"][0]["file"] == str(tmp_path / "three.json")
    merge = [{"other": {"reference": "Patient/one"}, "type": "replaced-by"}]
    (tmp_path / "held.json").write_bytes(bundle("two", link=merge))
    code, shown, _problem = portico("import", "fhir", str(tmp_path / "held.json"), "--hospital", "test-one", "--json")
    assert (code, json.loads(shown)["held"], json.loads(shown)["refused"]) == (1, 1, 0)
    assert portico("import", "fhir", str(tmp_path), "--hospital", "nobody")[0] == 3
    # The bell that an import rings goes through Redis to the worker, which seals the trail.
    outboxes = portico.json("outbox", "status")["outboxes"]
    assert [(one["owner"], one["dead"]) for one in outboxes][:1] == [("provider", 0)]
    assert "test-one" in [one["owner"] for one in outboxes]
    code, _shown, problem = portico("outbox", "replay", str(uuid4()), "--hospital", "test-one")
    assert (code, problem.strip()) == (3, "We could not find this.")
    assert portico("outbox", "replay", "--hospital", "test-one")[0] == 2
    assert portico.json("outbox", "replay", "--all", "--hospital", "test-one") == {
        "replayed": 0,
        "found": {"test-one": 0},
        "changed": False,
    }

    assert portico.json("migrate", "--dry-run") == {"shared": [], "hospitals_behind": 0, "would_change": False}
    assert portico.json("migrate") == {"migrated": 0}
    assert [code for code, _shown, _problem in twice_at_once(portico, "migrate")] == [0, 0]
    theirs = ("--name", "Test Three", "--admin-email", "cy@example.org")
    for code, shown, problem in twice_at_once(portico, "hospital", "create", "test-three", *HOSPITAL, *theirs):
        told = {0: ("Test Three answers at", ""), 3: ("", "test-three is being made by another process.")}[code]
        assert (told[0] in shown, problem.startswith(told[1])) == (True, True)
    assert portico.get("/sign-in/", "test-three.localhost") == 200
    assert portico("keys", "rotate")[0] == 2
    assert portico.json("keys", "rotate", "--hospital", "test-one")["rotated"][0]["key"] == 2
    assert portico.json("keys", "rotate", "--all", "--only-move")["rotated"][0]["owner"] == "provider"
    assert {one["rewrapped"] for one in portico.json("keys", "rewrap")["keys"]} == {0}

    verify = ("audit", "verify", "--hospital", "test-one")
    wait_until(lambda: portico.json(*verify)["trails"][0]["unsealed"] == 0, seconds=100)
    assert portico.json("audit", "verify")["intact"] is True

    settled = portico.json("audit", "settle", "--hospital", "test-one", "--reason", "A new disk")
    assert settled == {"hospital": "test-one", "anchors": "genuine"}
    assert portico("audit", "settle", "--hospital", "nobody", "--reason", "x")[0] == 3

    assert portico("hospital", "suspend", "nobody", "--reason", "x")[0] == 3
    assert portico("hospital", "suspend", "test-one", "--reason", " ", "--dry-run")[0] == 3
    for verb, is_one in (("suspend", True), ("resume", False)):
        assert portico.json("hospital", verb, "test-one", "--reason", "x", "--dry-run") == {
            "slug": "test-one",
            "state": "active",
            "would_change": is_one,
        }
    assert portico.json("hospital", "suspend", "test-one", "--reason", "unpaid")["state"] == "suspended"

    told = portico.json("status")
    mine = next(entry for entry in told["hospitals"] if entry["slug"] == "test-one")
    assert (told["application"], told["console_address"]) == ("running", f"http://console.localhost:{portico.port}")
    assert (mine["state"], mine["network"]) == ("suspended", "test")
    assert portico.json("hospital", "resume", "test-one", "--reason", "paid") == {
        "slug": "test-one",
        "state": "active",
        "changed": True,
    }

    # Made today, so nothing is to be moved; the hospital that is not of the demonstration is not even looked at.
    assert portico.json("demo", "refresh") == {
        "hospitals": [{"slug": slug, "days": 0, "resources": 0} for slug in ("alwaha", "northfield", "santalucia")],
        "changed": False,
    }
    asked = ("demo", "refresh", "--days", "7", "--dry-run")
    for _twice in range(2):
        would_move = portico.json(*asked)
        assert would_move["would_change"] is True
        assert all(one["resources"] > 900 for one in would_move["hospitals"])

    kept = portico.home.read("processes.json")["programs"]
    assert {"web", "worker", "maker", "clock"} == set(kept)
    assert portico.up is not None
    portico.up.send_signal(signal.SIGINT)
    assert portico.up.wait(timeout=40) == 0
    still = "The application is stopped. PostgreSQL and Redis still run; stop them with: make stop"
    wait_until(lambda: portico.lines[-1:] == [still])
    assert [processes.command_line(entry["pid"]) for entry in kept.values()] == [""] * 4
    assert told["services"]["postgres"].startswith("running")

    portico.start()
    steps = [re.sub(r" \(.*", "", line) for line in portico.lines]
    assert [line.rpartition(" ")[2] for line in steps if line.startswith(("PostgreSQL:", "Redis:"))] == ["running"] * 2
    assert {"Shared tables: up to date", "Hospitals: up to date", "Static files: up to date"} <= set(steps)
    assert [entry["slug"] for entry in portico.json("hospital", "list")["hospitals"]].count("test-one") == 1
    assert portico.json("stop")["stopped"] == {"application": True, "postgres": True, "redis": True}
    assert portico.up.wait(timeout=40) == 0
    wait_until(lambda: portico.lines[-1:] == ["The application is stopped."])
    gone = "The database does not answer. Start everything with: make run"
    assert portico.json("status")["problem"] == gone
    code, shown, problem = portico("hospital", "list", "--json")
    assert (code, shown, json.loads(problem)) == (1, "", {"error": gone, "exit_code": 1})


@pytest.mark.full
@pytest.mark.timeout(700)
def test_what_a_killed_up_left_running_is_cleared_by_the_next(portico: Portico) -> None:
    portico.start()
    left = portico.home.read("processes.json")["programs"]
    assert portico.up is not None
    os.kill(portico.up.pid, signal.SIGKILL)
    portico.up.wait()

    portico.start()

    now = portico.home.read("processes.json")["programs"]
    assert not {entry["pid"] for entry in left.values()} & {entry["pid"] for entry in now.values()}
    assert [processes.command_line(entry["pid"]) for entry in left.values()] == [""] * 4
    assert portico.get("/readyz", "127.0.0.1") == 200
