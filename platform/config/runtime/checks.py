"""``make check``: every tool over the whole tree, each reported, all of them run even when one finds something."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from config.runtime import testing
from config.runtime.home import CHECKOUT

BIN = Path(sys.executable).parent
ROOTS = ("platform", "tenants", "api", "themes", "billing_plans")


def commands() -> list[tuple[str, list[str], dict[str, str]]]:
    """Name, command and added environment of each check, quick ones first."""
    django = _django()
    types = {**django, "MYPYPATH": ".:platform"}  # the plugins of mypy load the settings
    found: list[tuple[str, list[str], dict[str, str]]] = [
        ("format", ["ruff", "format", "--check", "."], {}),
        ("lint", ["ruff", "check", "."], {}),
        ("translations", ["python", "-m", "config.runtime.catalogues", "check"], {}),
    ]
    if any(path for root in ROOTS for path in (CHECKOUT / root).rglob("templates/**/*.html")):
        found.append(("templates", ["djlint", "--check", "--lint", "--quiet", *ROOTS], {}))
    if "[tool.importlinter" in (CHECKOUT / "pyproject.toml").read_text("utf-8"):
        found.append(("imports", ["lint-imports", "--no-cache"], {}))
    found.append(("migrations", ["python", "-m", "django", "makemigrations", "--check", "--dry-run"], django))
    found.append(("licences", ["python", "-m", "config.runtime.supply", "--licences"], {}))
    found.append(("types", ["mypy", "--explicit-package-bases", *ROOTS, "tests"], types))
    return found


def main() -> int:
    """Run all checks; returns 1 when one of them found something."""
    failed = []
    for name, command, more in commands():
        began = time.monotonic()
        result = _run(command, more)
        seconds = time.monotonic() - began
        if result.returncode:
            failed.append(name)
            print(result.stdout + result.stderr)
        print(f"{'FAILED' if result.returncode else 'ok':6}  {name:13} {seconds:6.1f} s", flush=True)
    print(f"Failed: {', '.join(failed)}" if failed else "All checks passed.")
    return 1 if failed else 0


def _run(command: list[str], more: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    program, *arguments = command
    return subprocess.run(
        [BIN / program, *arguments],
        check=False,
        capture_output=True,
        text=True,
        cwd=CHECKOUT,
        env={**os.environ, **more},
    )


def _django() -> dict[str, str]:
    database, redis = testing.services()
    return {
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
        "SECRET_KEY": "only-for-checks",
        "PORTICO_KEYRING": "checks:" + "0" * 64,
        "DATABASE_URL": database,
        "DATABASE_ADMIN_URL": database,
        "REDIS_URL": redis,
    }


if __name__ == "__main__":
    sys.exit(main())
