"""What no template, style sheet or script of ours may hold."""

import re
from pathlib import Path

import brotli  # type: ignore[import-untyped]
import pytest

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "themes").glob("**/templates/**/*.html"))
STYLES = sorted((ROOT / "themes").glob("**/static/**/*.css"))
SCRIPTS = sorted((ROOT / "themes").glob("**/static/**/*.js"))
DRAWINGS = sorted((ROOT / "themes").glob("**/*.svg"))
PORTICO_CSS = ROOT / "themes/base/static/themes/portico.css"


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.requirement("S37")
@pytest.mark.parametrize("path", TEMPLATES + DRAWINGS, ids=name_of)
def test_no_inline_style_script_or_handler(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"\sstyle\s*=", text)
    assert not re.search(r"<style", text)
    assert not re.search(r"\son[a-z]+\s*=", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)
    assert "javascript:" not in text


@pytest.mark.requirement("S46")
@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_no_template_writes_values_unescaped(path: Path) -> None:
    text = path.read_text()
    assert "|safe" not in text
    assert "autoescape off" not in text
    assert not re.search(r"{{\s*attrs\s*}}", text), "cotton writes attrs unescaped: use {% pass_on attrs %}"


@pytest.mark.parametrize("path", STYLES, ids=name_of)
def test_no_physical_side_in_css(path: Path) -> None:
    text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
    text = text.replace("env(safe-area-inset-bottom)", "")  # the device's own name for its lower edge
    assert not re.search(r"(?<![\w-])(left|right)(?![\w-])", text)
    assert not re.search(r"(margin|padding|border|inset)-(top|bottom|left|right)", text)
    assert not re.search(
        r"(?<![\w-])(width|height|min-width|max-width|min-height|max-height|top|bottom)\s*:",
        re.sub(r"\((?:min|max)-width:[^)]*\)", "", text),
    )


@pytest.mark.parametrize("path", SCRIPTS, ids=name_of)
def test_scripts_write_no_markup(path: Path) -> None:
    text = path.read_text()
    for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"):
        assert word not in text


def test_the_style_sheet_has_the_six_layers_in_order() -> None:
    assert "@layer reset, base, layout, components, utilities, print;" in PORTICO_CSS.read_text()


def test_style_sheet_and_script_keep_their_weight() -> None:
    assert len(brotli.compress(PORTICO_CSS.read_bytes())) < 9_000
    assert (ROOT / "themes/base/static/themes/portico.js").stat().st_size < 8_000


@pytest.mark.parametrize("path", sorted((ROOT / "themes").glob("*/mark.svg")), ids=name_of)
def test_our_marks_are_shapes_with_known_classes(path: Path) -> None:
    text = path.read_text()
    assert set(re.findall(r"<([a-zA-Z]+)", text)) <= {"svg", "path", "circle", "rect"}
    assert set(re.findall(r'class="([^"]*)"', text)) <= {
        "mark-main",
        "mark-accent",
        "mark-on",
        "mark-ink",
        "mark-paper",
    }


@pytest.mark.parametrize("path", sorted((ROOT / "themes/base/static/themes/motifs").glob("*.svg")), ids=name_of)
def test_motifs_are_never_more_than_fifteen_percent_white(path: Path) -> None:
    strengths = [float(value) for value in re.findall(r'opacity="([0-9.]+)"', path.read_text())]
    assert strengths
    assert max(strengths) <= 0.15
