"""``python -m tests.screens``: a picture of every page at two widths and in four modes, and a page to look through.

The pictures go to ``screens/`` (``PORTICO_SCREENS`` names another folder). Each hospital shows its own
language: Spanish, English or Arabic. ``PORTICO_SCREEN_PAGES``, ``PORTICO_SCREEN_MODES`` and ``PORTICO_SCREEN_WIDTHS``
draw fewer.
"""

import os
import shutil
import subprocess
import sys
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
MISSING = """\
************************************************************************
  NO CHROMIUM ON THIS MACHINE: 0 pictures were made.
  On Debian or Ubuntu: apt install chromium
************************************************************************"""


def main(arguments: list[str]) -> int:
    """Draw, then write ``index.html``; ``arguments`` go to pytest. Returns 1 when a page failed, 3 without Chromium."""
    if not any(shutil.which(name) for name in BROWSERS):
        print(MISSING, file=sys.stderr)  # noqa: T201
        return 3
    folder = Path(os.environ.get("PORTICO_SCREENS", ROOT / "screens")).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.png"):
        old.unlink()
    command = [sys.executable, "-m", "pytest", "-q", "tests/e2e/test_screens.py", *arguments]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, "PORTICO_SCREENS": str(folder)}, check=False)
    pictures = sorted(folder.glob("*.png"))
    (folder / "index.html").write_text(index([picture.name for picture in pictures]), encoding="utf-8")
    print(f"{len(pictures)} pictures: {folder / 'index.html'}")  # noqa: T201
    return 0 if done.returncode == 0 and pictures else 1


def index(names: list[str]) -> str:
    """A page with all pictures. ``names`` are ``hospital-page-width-mode.png``, pages and modes with hyphens."""
    groups: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for name in names:
        hospital, _hyphen, rest = name.removesuffix(".png").partition("-")
        words = rest.split("-")
        width = next(at for at in range(len(words) - 1, 0, -1) if words[at].isdigit())
        page, caption = "-".join(words[:width]), f"{words[width]} {' '.join(words[width + 1 :])}"
        groups.setdefault((page, hospital), []).append((name, caption))
    parts = ['<!doctype html><html lang="en"><meta charset="utf-8"><title>Screens</title><h1>Screens</h1>']
    for (page, hospital), pictures in sorted(groups.items()):
        parts.append(f"<h2>{escape(page)}: {escape(hospital)}</h2>")
        parts += [
            f'<a href="{escape(name)}"><img loading="lazy" height="420" src="{escape(name)}" alt="{escape(caption)}" '
            f'title="{escape(caption)}"></a>'
            for name, caption in pictures
        ]
    return "\n".join([*parts, "</html>", ""])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
