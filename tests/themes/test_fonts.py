"""Letters: cut once, small, with Arabic that still joins, and preloaded only where they are read."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.staticfiles.finders import get_finder
from django.test import override_settings
from fontTools.ttLib import TTFont

from themes import fonts
from themes.finders import FontFinder


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    fonts.build(folder)
    return folder


@pytest.fixture
def in_use(built: Path) -> Iterator[Path]:
    with override_settings(THEMES_STATIC_DIR=built):
        fonts._names.cache_clear()
        yield built
    fonts._names.cache_clear()


def size(folder: Path, *keys: str) -> int:
    files = fonts.build(folder)
    return sum((folder / fonts.STATIC_FOLDER / files[key]).stat().st_size for key in keys)


@pytest.mark.parametrize(
    "keys",
    [
        ("round",),
        ("clear",),
        ("clear", "classic"),
        ("arabic-regular", "arabic-semibold"),
        ("arabic-regular", "arabic-semibold", "arabic-latin-regular"),
    ],
)
def test_a_first_visit_needs_less_than_a_hundred_kilobytes(built: Path, keys: tuple[str, ...]) -> None:
    assert size(built, *keys) < 100_000


def test_a_second_build_writes_nothing(built: Path) -> None:
    folder = built / fonts.STATIC_FOLDER
    before = {file.name: file.stat().st_mtime_ns for file in folder.iterdir()}
    fonts.build(built)
    assert {file.name: file.stat().st_mtime_ns for file in folder.iterdir()} == before


def test_a_lost_file_is_made_again(tmp_path: Path, built: Path) -> None:
    shutil.copytree(built, tmp_path, dirs_exist_ok=True)
    name = fonts.build(tmp_path)["clear"]
    (tmp_path / fonts.STATIC_FOLDER / name).unlink()
    assert fonts.build(tmp_path)["clear"] == name
    assert (tmp_path / fonts.STATIC_FOLDER / name).exists()


def test_arabic_letters_keep_the_tables_that_join_them(built: Path) -> None:
    name = fonts.build(built)["arabic-regular"]
    font = TTFont(built / fonts.STATIC_FOLDER / name)
    features = {record.FeatureTag for record in font["GSUB"].table.FeatureList.FeatureRecord}
    assert {"init", "medi", "fina", "rlig"} <= features
    assert {0x0627, 0x0645, 0x0660, 0x066B} <= set(font.getBestCmap())


def test_spanish_letters_are_in_the_first_file(built: Path) -> None:
    for key in ("round", "clear", "classic"):
        letters = set(TTFont(built / fonts.STATIC_FOLDER / fonts.build(built)[key]).getBestCmap())
        assert {ord(letter) for letter in "áéíóúñü¿¡€·"} <= letters


def test_licences_travel_with_the_files(built: Path) -> None:
    assert len(list((built / fonts.STATIC_FOLDER).glob("*.LICENSE.txt"))) == 4


@pytest.mark.parametrize(
    ("letters", "language", "files"),
    [
        ("round", "es", ["round"]),
        ("classic", "en", ["clear", "classic"]),
        ("classic", "ar", ["arabic-regular", "arabic-semibold"]),
        ("arabic", "ar-SA", ["arabic-regular", "arabic-semibold"]),
        ("arabic", "en", ["arabic-latin-regular", "arabic-latin-semibold"]),
        ("system", "en", []),
    ],
)
def test_only_what_is_read_is_preloaded(in_use: Path, letters: str, language: str, files: list[str]) -> None:
    assert [address.rsplit("/", 1)[1].split(".")[0] for address in fonts.preloads(letters, language)] == files


def test_faces_name_files_that_exist(in_use: Path) -> None:
    css = fonts.faces("classic")
    assert css.count("@font-face") == 5
    assert css.count("font-display:optional") == 5
    for name in fonts.build(in_use).values():
        assert (in_use / fonts.STATIC_FOLDER / name).exists()


def test_before_the_first_build_pages_use_the_letters_of_the_device(tmp_path: Path) -> None:
    with override_settings(THEMES_STATIC_DIR=tmp_path, STATIC_ROOT=tmp_path):
        fonts._names.cache_clear()
        assert fonts.faces("round") == ""
        assert fonts.preloads("round", "en") == ()
    fonts._names.cache_clear()


def test_collecting_static_files_finds_the_fonts(in_use: Path) -> None:
    finder = FontFinder()
    listed = [path for path, _ in finder.list(None)]
    assert "themes/fonts/fonts.json" in listed
    assert all(finder.find(path) for path in listed)
    assert finder.find("themes/fonts/../../../etc/passwd") == []
    assert finder.find("themes/other.css") == []


def test_the_finder_is_in_the_settings() -> None:
    assert isinstance(get_finder("themes.finders.FontFinder"), FontFinder)
