"""Compile the hashed requirement files from ``pyproject.toml`` with uv; no registry's address goes into them."""

import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
COMMON = ["--universal", "--python-version", "3.11", "--generate-hashes", "--no-emit-index-url", "--no-header", "-q"]
# The narrower sets are constrained by the widest, so that a version is the same wherever a package appears.
FILES = {
    "dev.txt": ["--extra", "embedded", "--extra", "dev"],
    "run.txt": ["--extra", "embedded", "-c", "requirements/dev.txt"],
    "base.txt": ["-c", "requirements/dev.txt"],
}


def main() -> int:
    """Write the three files. Returns the exit code."""
    uv = shutil.which("uv") or str(HERE.parent / ".venv" / ".uv" / "bin" / "uv")
    for name, options in FILES.items():
        command = [uv, "pip", "compile", *COMMON, *options, "pyproject.toml", "-o", f"requirements/{name}"]
        if subprocess.run(command, check=False, cwd=HERE.parent).returncode != 0:
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
