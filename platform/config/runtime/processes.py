"""Processes and ports of this machine: is it still that process, is this port free, stop it."""

import contextlib
import os
import random
import signal
import socket
import subprocess
import time
from pathlib import Path

from config.runtime.errors import MachineError

# Below the range the kernel gives to outgoing connections, so a port that is remembered is rarely found taken.
PORTS = range(20_000, 32_000)


def command_line(pid: int) -> str:
    """The command line of the process ``pid``, words joined by spaces; empty when there is no such process."""
    if pid <= 0:
        return ""
    if Path("/proc/self/cmdline").exists():
        try:
            raw = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return ""
        return raw.replace(b"\0", b" ").decode(errors="replace").strip()
    shown = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], check=False, capture_output=True, text=True)
    return shown.stdout.strip()


def is_process(pid: int, *words: str) -> bool:
    """Whether ``pid`` runs and its command line holds all ``words``: a number alone may long be another's process."""
    shown = command_line(pid)
    return bool(shown) and all(word in shown for word in words)


def port_is_free(port: int) -> bool:
    """Whether a server could listen on 127.0.0.1:``port`` now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A port of 127.0.0.1 nobody listens on. Raises MachineError when a hundred tries find none."""
    for port in random.SystemRandom().sample(PORTS, 100):
        if port_is_free(port):
            return port
    raise MachineError("No free port was found on 127.0.0.1.")


def stop_process(pid: int, *words: str, patience: float = 10.0) -> bool:
    """Stop the process ``pid`` if it still is the one with ``words``: asked first, killed after ``patience`` seconds.

    Returns whether there was such a process.
    """
    if not is_process(pid, *words):
        return False
    for number, limit in ((signal.SIGTERM, patience), (signal.SIGKILL, 5.0)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        end = time.monotonic() + limit
        while time.monotonic() < end:
            if not is_process(pid, *words):
                return True
            time.sleep(0.02)
    raise MachineError(f"Process {pid} does not stop.")
