"""``python -m tests.screens``: a picture of every page at two widths and in four modes, and a page to look through.

The pictures go to ``screens/`` (``PORTICO_SCREENS`` names another folder). Each hospital shows its own language:
Spanish, English or Arabic; the provider's pages are drawn in all three. ``make screens ARGS="..."`` draws fewer:

    --pages 'manage*,audit' --widths 390 --modes light,dark --languages ar
"""

import argparse
import os
import shutil
import subprocess
import sys
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CHOICES = ("pages", "widths", "modes", "languages")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
MISSING = """\
************************************************************************
  NO CHROMIUM ON THIS MACHINE: 0 pictures were made.
  On Debian or Ubuntu: apt install chromium
************************************************************************"""


def main(arguments: list[str]) -> int:
    """Draw, then write ``index.html``. Returns 1 when a page failed, 3 without Chromium; what is not an option of
    ours goes to pytest."""
    reader = argparse.ArgumentParser(prog="make screens", description=__doc__.partition("\n")[0])
    for name in CHOICES:
        reader.add_argument(f"--{name}", help="a few, with commas between them")
    chosen, rest = reader.parse_known_args(arguments)
    fewer = {f"PORTICO_SCREEN_{name.upper()}": value for name in CHOICES if (value := getattr(chosen, name))}
    if not any(shutil.which(name) for name in BROWSERS):
        print(MISSING, file=sys.stderr)  # noqa: T201
        return 3
    folder = Path(os.environ.get("PORTICO_SCREENS", ROOT / "screens")).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    # Those that are drawn again are written over; only a full run may take away what nobody draws any more.
    for old in folder.glob("*.png") if not fewer and not rest else ():
        old.unlink()
    command = [sys.executable, "-m", "pytest", "-q", "tests/e2e/test_screens.py", *rest]
    environment = {**os.environ, **fewer, "PORTICO_SCREENS": str(folder)}
    done = subprocess.run(command, cwd=ROOT, env=environment, check=False)
    pictures = sorted(folder.glob("*.png"))
    (folder / "index.html").write_text(index([picture.name for picture in pictures]), encoding="utf-8")
    print(f"{len(pictures)} pictures: {folder / 'index.html'}")  # noqa: T201
    return 0 if done.returncode == 0 and pictures else 1


def index(names: list[str]) -> str:
    """A page with all pictures. ``names`` are ``language-side-page-width-mode.png``, pages and modes with hyphens."""
    groups: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for name in names:
        language, _hyphen, rest = name.removesuffix(".png").partition("-")
        words = rest.split("-")
        width = next(at for at in range(len(words) - 1, 0, -1) if words[at].isdigit())
        page, caption = "-".join(words[:width]), f"{words[width]} {' '.join(words[width + 1 :])}"
        groups.setdefault((page, language), []).append((name, caption))
    parts = ['<!doctype html><html lang="en"><meta charset="utf-8"><title>Screens</title><h1>Screens</h1>']
    for (page, language), pictures in sorted(groups.items()):
        parts.append(f"<h2>{escape(page)}: {escape(language)}</h2>")
        parts += [
            f'<a href="{escape(name)}"><img loading="lazy" height="420" src="{escape(name)}" alt="{escape(caption)}" '
            f'title="{escape(caption)}"></a>'
            for name, caption in pictures
        ]
    return "\n".join([*parts, "</html>", ""])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
