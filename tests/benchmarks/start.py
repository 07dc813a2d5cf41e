"""(start) From a fresh clone to the first page: ``make run`` twice, in a folder, a home and on a port of its own."""

import http.client
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from config.runtime import processes
from config.runtime.home import CHECKOUT
from tests.benchmarks.harness import Result

FIRST, SECOND = 120.0, 15.0
PATIENCE = 600.0
HOST = "northfield.localhost"
# What an installation of its own may not inherit from the benchmark that starts it.
_OWN = ("PORTICO_", "DATABASE_", "REDIS_", "DJANGO_", "SECRET_", "BENCH_", "PG_DUMP", "MAKE", "MFLAGS", "VIRTUAL_ENV")


def run() -> list[Result]:
    folder = Path(tempfile.mkdtemp(prefix="portico-start-"))
    # PostgreSQL may run as another account, which has to reach its data.
    folder.chmod(0o711)
    clone = folder / "portico"
    port = int(os.environ.get("BENCH_PORT") or processes.free_port())
    environment = {key: value for key, value in os.environ.items() if not key.startswith(_OWN)}
    environment["PORTICO_PORT"] = str(port)
    try:
        subprocess.run(["git", "clone", "-q", "--no-local", str(CHECKOUT), str(clone)], check=True)
        try:
            first = _start(clone, environment, port)
            second = _start(clone, environment, port)
        finally:
            subprocess.run(["make", "-s", "stop"], cwd=clone, env=environment, check=False, capture_output=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    note = "package cache as it was; clone of the last commit"
    return [
        Result("start", "fresh clone, make run to the first page", first, "s", FIRST, note=note),
        Result("start", "second make run to the first page", second, "s", SECOND),
    ]


def _start(clone: Path, environment: dict[str, str], port: int) -> float:
    """Seconds until the hospital's sign-in page is answered; the application is ended again."""
    log = clone.parent / "run.log"
    began = time.monotonic()
    with log.open("wb") as output:
        running = subprocess.Popen(
            ["make", "run"], cwd=clone, env=environment, stdout=output, stderr=output, start_new_session=True
        )
        try:
            _wait(lambda: _is_answered(port), running, log)
            took = time.monotonic() - began
        finally:
            _end(running)
    return took


def _wait(is_there: Callable[[], bool], running: "subprocess.Popen[bytes]", log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while not is_there():
        if running.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"make run did not come to its first page:\n{log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.05)


def _is_answered(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/sign-in/", headers={"Host": f"{HOST}:{port}"})
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _end(running: "subprocess.Popen[bytes]") -> None:
    """Ctrl-C, as a person would, to what this benchmark started and to nothing else."""
    if running.poll() is None:
        os.killpg(running.pid, signal.SIGINT)
        try:
            running.wait(timeout=60)
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, signal.SIGKILL)
            running.wait()
