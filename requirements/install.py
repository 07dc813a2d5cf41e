"""Make the virtual environment and install a locked, hashed requirement file into it: ``install.py run|dev``.

Runs under the machine's own Python with nothing installed, so it uses the standard library only. Does nothing when the
environment already holds what the file says. An environment with the ``dev`` set also serves ``run``.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
SETS = ("run", "dev")


def main(wanted: str) -> int:
    """Bring ``.venv`` to the set ``wanted``. Returns the exit code; every failure is told in plain words."""
    accepted = SETS[SETS.index(wanted) :]
    if any(_stamp(name).exists() for name in accepted) and _works(PYTHON):
        return 0
    began = time.monotonic()
    if not _works(PYTHON) and not _make_environment():
        return 1
    for old in VENV.glob(".installed-*"):
        old.unlink()
    print(f"Installing the packages of requirements/{wanted}.txt ...", flush=True)
    requirements = ROOT / "requirements" / f"{wanted}.txt"
    uv = _uv()
    target = ["--python", str(PYTHON)]
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install", "-q", "--no-deps"]
    done = bool(uv) and _run([uv, "pip", "sync", "-q", *target, "--require-hashes", str(requirements)])
    if not done and not _run([*pip, "--require-hashes", "-r", str(requirements)]):
        print("The packages could not be installed; see the lines above. Is the package index reachable?")
        return 1
    own = ["--no-deps", "--no-build-isolation", "-e", str(ROOT)]
    if not (uv and _run([uv, "pip", "install", "-q", *target, *own])) and not _run([*pip, *own[1:]]):
        print("Portico itself could not be installed; see the lines above.")
        return 1
    _stamp(wanted).touch()
    print(f"Packages are installed ({time.monotonic() - began:.0f} s).", flush=True)
    return 0


def _stamp(name: str) -> Path:
    """The file that says: this very requirement file is installed, by this Python, for a checkout at this place."""
    digest = hashlib.sha256((ROOT / "requirements" / f"{name}.txt").read_bytes())
    for more in ((ROOT / "pyproject.toml").read_bytes(), str(ROOT).encode(), sys.version.encode()):
        digest.update(more)
    return VENV / f".installed-{name}-{digest.hexdigest()[:16]}"


def _works(python: Path) -> bool:
    if not python.exists():
        return False
    check = f"import sys; sys.exit(sys.version_info[:2] != {tuple(sys.version_info[:2])})"
    return subprocess.run([python, "-c", check], check=False, capture_output=True).returncode == 0


def _make_environment() -> bool:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    shutil.rmtree(VENV, ignore_errors=True)
    made = subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=False, capture_output=True, text=True)
    if made.returncode == 0:
        return True
    shutil.rmtree(VENV, ignore_errors=True)
    shown = made.stdout + made.stderr
    if "ensurepip" in shown:
        print(f"This Python cannot make virtual environments. On Debian or Ubuntu: apt install python{version}-venv")
    else:
        print(f"The virtual environment could not be made:\n{shown.strip()}")
    return False


def _uv() -> str:
    """uv: the machine's own, else fetched by pip beside the environment; empty when it cannot be had."""
    if found := shutil.which("uv"):
        return found
    folder = VENV / ".uv"
    program = folder / "bin" / "uv"
    if not program.exists():
        command = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install", "-q", "--require-hashes"]
        _run([*command, "--target", str(folder), "-r", str(ROOT / "requirements" / "bootstrap.txt")], quiet=True)
    return str(program) if program.exists() else ""


def _run(command: list[str], *, quiet: bool = False) -> bool:
    clean = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    clean.setdefault("UV_SYSTEM_CERTS", "true")  # as pip does: a company's own certificate authority counts
    result = subprocess.run(command, check=False, cwd=ROOT, env=clean, capture_output=quiet)
    return result.returncode == 0


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in SETS:
        sys.exit(f"usage: install.py {'|'.join(SETS)}")
    sys.exit(main(sys.argv[1]))
