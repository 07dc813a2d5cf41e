"""``portico stop``."""

import contextlib
import os
import signal
import time

import click

from config.cli.output import as_json, print_json
from config.runtime import postgres, processes, redis
from config.runtime.errors import MachineError
from config.runtime.home import Busy, Home

UP = "up"
PROCESSES = "processes.json"
PATIENCE = 40.0  # seconds; the supervisor itself gives its programs 30


@click.command()
@click.option("--test", "only_test", is_flag=True, help="Stop only the throw-away servers of the tests.")
@as_json
def stop(only_test: bool, as_json: bool) -> None:
    """Stop the application, PostgreSQL and Redis of this folder. Data stays. Nothing running is fine too."""
    home = Home.current()
    stopped = {"application": False, "postgres": False, "redis": False}
    if not only_test:
        stopped["application"] = stop_application(home)
    for place in [home.test] if only_test else [home, home.test]:
        if (place.path / "services.json").exists():
            stopped["redis"] |= redis.stop(place)
            stopped["postgres"] |= postgres.stop(place)
    if as_json:
        print_json({"stopped": stopped})
        return
    names = [name for name, was_running in stopped.items() if was_running]
    click.echo(f"Stopped: {', '.join(names)}." if names else "Nothing was running.")


def stop_application(home: Home) -> bool:
    """Ask a running ``portico up`` to end and wait for it; then clear away what a killed one left behind."""
    was_up = is_up(home)
    supervisor = home.read(PROCESSES).get("supervisor", 0)
    if was_up and processes.is_process(supervisor, " up"):
        with contextlib.suppress(ProcessLookupError):
            os.kill(supervisor, signal.SIGTERM)
        end = time.monotonic() + PATIENCE
        while is_up(home) and time.monotonic() < end:
            time.sleep(0.1)
    if is_up(home):
        raise MachineError(f"The application (process {supervisor}) does not stop.")
    return clear_leftovers(home) or was_up


def is_up(home: Home) -> bool:
    """Whether a ``portico up`` runs in this folder."""
    try:
        with home.locked(UP, wait=False):
            return False
    except Busy:
        return True


def clear_leftovers(home: Home) -> bool:
    """Stop processes whose supervisor was killed. Returns whether there were any."""
    kept = home.read(PROCESSES).get("programs", {})
    found = [processes.stop_process(entry["pid"], entry["word"]) for entry in kept.values()]
    if kept:
        home.write(PROCESSES, {})
    return any(found)
