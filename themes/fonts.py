"""Letters: cut the packaged open fonts down to what we show, as woff2, when static files are collected.

Nothing is committed: ``build`` writes into a generated static folder and does nothing when its inputs did not change.
All four families are under the SIL Open Font License and come from ``fontpkg-*`` packages; the licences are copied
beside the files, as they ask. ``font-display: optional`` with a preload moves nothing on the page (UX.md section 4).
"""

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from pathlib import Path

from django.conf import settings
from django.templatetags.static import static

LATIN = (
    "U+0-FF,U+131,U+152-153,U+2BB-2BC,U+2C6,U+2DA,U+2DC,U+2000-200B,U+2010-2027,U+202F-206F,U+20AC,U+2122,"
    "U+2190-2193,U+2212,U+2215,U+2264-2265,U+FFFD"
)
LATIN_EXTENDED = "U+100-130,U+132-151,U+154-24F,U+259,U+1E00-1EFF,U+20A0-20AB,U+20AD-20C0,U+2113"
ARABIC = "U+600-6FF,U+750-77F,U+8A0-8FF,U+200C-200F,U+202A-202E,U+2066-2069,U+FB50-FDFF,U+FE70-FEFC"

# Bump when a recipe below changes in a way that the table itself does not show.
RECIPE = 2


@dataclass(frozen=True)
class Cut:
    """One file to make: which package, which weights, which letters."""

    key: str
    family: str
    package: str
    file: str
    weights: str
    ranges: str
    axes: tuple[tuple[str, float, float], ...] = ()
    language: str = "latin"


CUTS = (
    Cut("round", "Portico Round", "fontpkg_nunito", "Nunito[wght].ttf", "400 800", LATIN, (("wght", 400, 800),)),
    Cut(
        "round-extended",
        "Portico Round",
        "fontpkg_nunito",
        "Nunito[wght].ttf",
        "400 800",
        LATIN_EXTENDED,
        (("wght", 400, 800),),
        "extended",
    ),
    Cut("clear", "Portico Clear", "fontpkg_figtree", "Figtree[wght].ttf", "400 800", LATIN, (("wght", 400, 800),)),
    Cut(
        "clear-extended",
        "Portico Clear",
        "fontpkg_figtree",
        "Figtree[wght].ttf",
        "400 800",
        LATIN_EXTENDED,
        (("wght", 400, 800),),
        "extended",
    ),
    Cut(
        "classic",
        "Portico Classic",
        "fontpkg_source_serif_4",
        "SourceSerif4[opsz,wght].ttf",
        "600 700",
        LATIN,
        (("opsz", 24, 24), ("wght", 600, 700)),
    ),
    Cut(
        "arabic-regular",
        "Portico Arabic",
        "fontpkg_ibm_plex_sans_arabic",
        "IBMPlexSansArabic-Regular.ttf",
        "400 500",
        ARABIC,
        language="arabic",
    ),
    Cut(
        "arabic-semibold",
        "Portico Arabic",
        "fontpkg_ibm_plex_sans_arabic",
        "IBMPlexSansArabic-SemiBold.ttf",
        "600 800",
        ARABIC,
        language="arabic",
    ),
    Cut(
        "arabic-latin-regular",
        "Portico Arabic",
        "fontpkg_ibm_plex_sans_arabic",
        "IBMPlexSansArabic-Regular.ttf",
        "400 500",
        LATIN,
        language="arabic-latin",
    ),
    Cut(
        "arabic-latin-semibold",
        "Portico Arabic",
        "fontpkg_ibm_plex_sans_arabic",
        "IBMPlexSansArabic-SemiBold.ttf",
        "600 800",
        LATIN,
        language="arabic-latin",
    ),
)
# Arabic letters belong to every style: a Spanish page may name an Arabic hospital, and anybody may read in Arabic.
STYLES: Mapping[str, tuple[str, ...]] = {
    "round": ("round", "round-extended", "arabic-regular", "arabic-semibold"),
    "clear": ("clear", "clear-extended", "arabic-regular", "arabic-semibold"),
    "classic": ("clear", "clear-extended", "classic", "arabic-regular", "arabic-semibold"),
    "arabic": ("arabic-regular", "arabic-semibold", "arabic-latin-regular", "arabic-latin-semibold"),
    "system": (),
}
MANIFEST = "fonts.json"
STATIC_FOLDER = "themes/fonts"


def _source(cut: Cut) -> Path:
    return Path(import_module(cut.package).__path__[0]) / "files" / cut.file


def _inputs_hash() -> str:
    seen = hashlib.sha256(repr((RECIPE, CUTS)).encode())
    for path in sorted({_source(cut) for cut in CUTS}):
        seen.update(hashlib.sha256(path.read_bytes()).digest())
    return seen.hexdigest()


def _unicodes(ranges: str) -> list[int]:
    wanted: list[int] = []
    for part in ranges.split(","):
        first, _, last = part.removeprefix("U+").partition("-")
        wanted.extend(range(int(first, 16), int(last or first, 16) + 1))
    return wanted


def _cut(cut: Cut) -> bytes:
    """Subset one font and pack it as woff2. Every layout feature stays: Arabic letters join through them."""
    from fontTools import subset
    from fontTools.ttLib import TTFont
    from fontTools.varLib import instancer

    # Without the time of making in it, so that every machine makes the same bytes and the same name.
    font = TTFont(_source(cut), lazy=False, recalcTimestamp=False)
    options = subset.Options()
    options.layout_features = ["*"] if cut.language.startswith("arabic") else ["kern", "liga", "mark", "ccmp", "tnum"]
    options.flavor = "woff2"
    options.hinting = False
    options.desubroutinize = True
    options.name_IDs = [1, 2, 13, 14]
    options.drop_tables += ["meta"]  # names of scripts, which no browser reads
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=_unicodes(cut.ranges))
    cutter.subset(font)
    if cut.axes:
        limits = {tag: low if low == high else (low, high) for tag, low, high in cut.axes}
        font = instancer.instantiateVariableFont(font, limits, inplace=False)
    packed = io.BytesIO()
    font.flavor = "woff2"
    font.save(packed)
    return packed.getvalue()


def build(target: Path) -> dict[str, str]:
    """Write the cut fonts and ``fonts.json`` below ``target/themes/fonts``; return key to file name.

    ``target`` is a folder for generated static files, listed in ``STATICFILES_DIRS``. A second call with unchanged
    fonts and recipes reads the manifest and writes nothing.
    """
    folder = target / STATIC_FOLDER
    manifest = folder / MANIFEST
    inputs = _inputs_hash()
    if manifest.exists():
        known = json.loads(manifest.read_text())
        if known["inputs"] == inputs and all((folder / name).exists() for name in known["files"].values()):
            return dict(known["files"])
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.woff2"):
        old.unlink()
    files: dict[str, str] = {}
    for cut in CUTS:
        content = _cut(cut)
        files[cut.key] = f"{cut.key}.{hashlib.sha256(content).hexdigest()[:12]}.woff2"
        (folder / files[cut.key]).write_bytes(content)
    for package in sorted({cut.package for cut in CUTS}):
        licence = _source(next(cut for cut in CUTS if cut.package == package)).parent.parent / "LICENSE"
        (folder / f"{package.removeprefix('fontpkg_')}.LICENSE.txt").write_bytes(licence.read_bytes())
    manifest.write_text(json.dumps({"inputs": inputs, "files": files}, indent=1, sort_keys=True) + "\n")
    _names.cache_clear()
    return files


@lru_cache(maxsize=1)
def _names() -> Mapping[str, str]:
    """The built files by key; none before the first build, and then pages use the letters of the device.

    A server that only has the collected files finds the same list among them.
    """
    for folder in (settings.THEMES_STATIC_DIR, settings.STATIC_ROOT):
        manifest = Path(folder) / STATIC_FOLDER / MANIFEST if folder else None
        if manifest is not None and manifest.exists():
            return dict(json.loads(manifest.read_text())["files"])
    return {}


def faces(letters: str) -> str:
    """The ``@font-face`` rules of a letter style, with addresses as static files really have them."""
    names = _names()
    cuts = {cut.key: cut for cut in CUTS}
    rules = []
    for key in STYLES[letters]:
        if key in names:
            cut = cuts[key]
            rules.append(
                f"@font-face{{font-family:'{cut.family}';font-weight:{cut.weights};font-display:optional;"
                f"src:url({static(f'{STATIC_FOLDER}/{names[key]}')}) format('woff2');unicode-range:{cut.ranges}}}"
            )
    return "\n".join(rules) + ("\n" if rules else "")


def preloads(letters: str, language: str) -> tuple[str, ...]:
    """Addresses of what a first screen in ``language`` needs: without a preload a first visit never sees it."""
    names = _names()
    wanted = {"arabic"} if language.split("-")[0] in {"ar", "fa", "ur"} else {"latin", "arabic-latin"}
    cuts = {cut.key: cut for cut in CUTS}
    return tuple(
        static(f"{STATIC_FOLDER}/{names[key]}")
        for key in STYLES[letters]
        if key in names and cuts[key].language in wanted
    )
