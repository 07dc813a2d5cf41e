"""From seven choices to every colour, length and letter of a portal, in four modes.

The method: take hue and chroma of the hospital's colours, place each role at its lightness, cap chroma to what sRGB
shows, then walk lightness until the role reaches its contrast. Targets (UX.md section 4): words 4.5 (7 in high
contrast), secondary words 6, edges of controls 3, status words 5, white words over a motif 5.8.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Literal

from themes.compiler.brand import Brand
from themes.compiler.color import Oklch, contrast, to_hex, to_oklch, veil

ModeName = Literal["light", "dark", "contrast-light", "contrast-dark"]
MODES: tuple[ModeName, ...] = ("light", "dark", "contrast-light", "contrast-dark")

WHITE = "#ffffff"
BLACK = "#000000"
STEP = 0.004
MOTIF_OPACITY = 0.15

TINT = {"faint": 0.6, "gentle": 0.8, "strong": 1.0}
RADIUS = {"sharp": "0.25rem", "soft": "0.5rem", "round": "1rem"}

# Status colours are the same in every hospital: a colour that means "act now" must not change with the brand.
STATUS_HUES = {"ok": (152, 0.121), "warn": (70, 0.13), "crit": (25, 0.17), "info": (245, 0.12)}
STATUS_LIGHTNESS = {"ok": 0.621, "warn": 0.64, "crit": 0.655, "info": 0.635}

SYSTEM = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Noto Sans Arabic', sans-serif"
ARABIC = "'Portico Arabic'"
LETTERS: dict[str, tuple[str, str, str]] = {
    "round": (f"'Portico Round', {ARABIC}, {SYSTEM}", f"'Portico Round', {ARABIC}, {SYSTEM}", "800"),
    "clear": (f"'Portico Clear', {ARABIC}, {SYSTEM}", f"'Portico Clear', {ARABIC}, {SYSTEM}", "700"),
    "classic": (
        f"'Portico Clear', {ARABIC}, {SYSTEM}",
        f"'Portico Classic', {ARABIC}, Georgia, 'Times New Roman', serif",
        "700",
    ),
    "arabic": (f"{ARABIC}, {SYSTEM}", f"{ARABIC}, {SYSTEM}", "600"),
    "system": (SYSTEM, SYSTEM, "700"),
}


@dataclass(frozen=True, slots=True)
class Pair:
    """Two roles that meet on a screen, and the least contrast they may have (normal, high contrast)."""

    text: str
    ground: str
    least: float
    least_in_high_contrast: float


# Eleven pairs that depend on the brand: 44 over the four modes, the number the branding editor shows.
PAIRS = (
    Pair("ink", "sunken", 4.5, 7),
    Pair("ink", "brand-soft", 4.5, 7),
    Pair("ink-2", "sunken", 6, 7),
    Pair("control", "sunken", 3, 4.5),
    Pair("on-brand", "brand", 4.5, 7),
    Pair("brand-ink", "sunken", 4.5, 7),
    Pair("brand-ink", "brand-soft", 4.5, 7),
    Pair("on-deep", "deep-veiled", 5.8, 7),
    Pair("on-accent", "accent", 4.5, 7),
    Pair("accent-ink", "accent-soft", 4.5, 7),
    Pair("accent-ink", "sunken", 4.5, 7),
)
# The same in every hospital but for the ground, which carries the hospital's tint.
STATUS_PAIRS = tuple(
    Pair(f"{status}-ink", ground, 5 if ground.endswith("-soft") else 4.5, 7)
    for status in STATUS_HUES
    for ground in (f"{status}-soft", "canvas", "sunken")
) + tuple(Pair(status, "surface", 3, 3) for status in STATUS_HUES)


@dataclass(frozen=True, slots=True)
class Measure:
    """One measured pair: shown in the branding editor, asserted in the tests."""

    mode: ModeName
    pair: Pair
    ratio: float
    least: float

    @property
    def holds(self) -> bool:
        """Whether the pair reaches its target."""
        return self.ratio >= self.least


@dataclass(frozen=True)
class CompiledTheme:
    """A brand worked out: colours in four modes, the lengths and letters they share, and the CSS that carries them."""

    brand: Brand
    colors: Mapping[ModeName, Mapping[str, str]]
    shared: Mapping[str, str]

    @cached_property
    def css(self) -> str:
        """Custom properties only: no selector, address or markup of a hospital's choosing can be in it."""
        from themes.compiler.css import write_css

        return write_css(self)

    @cached_property
    def digest(self) -> str:
        """The content hash (20 hex digits) that names the theme in its address and in caches."""
        return hashlib.sha256(self.css.encode()).hexdigest()[:20]

    def measures(self) -> list[Measure]:
        """Every pair in every mode with its real ratio, for the editor and the tests."""
        found = []
        for mode in MODES:
            values = self.colors[mode]
            high = mode.startswith("contrast")
            for pair in PAIRS + STATUS_PAIRS:
                ratio = contrast(values[pair.text], values[pair.ground])
                found.append(Measure(mode, pair, ratio, pair.least_in_high_contrast if high else pair.least))
        return found


def _walk(start: Oklch, grounds: tuple[str, ...], target: float, *, darker: bool) -> str:
    """Move lightness away from the grounds until the colour reaches ``target`` on all of them."""
    step = -STEP if darker else STEP
    lightness = start.lightness
    color = to_hex(lightness, start.chroma, start.hue)
    while min(contrast(color, ground) for ground in grounds) < target:
        lightness += step
        if not 0 <= lightness <= 1:
            return BLACK if darker else WHITE
        color = to_hex(lightness, start.chroma, start.hue)
    return color


def _words_on(fill: str, hue: float, target: float) -> str | None:
    """White if it can be read on ``fill``, else near-black of the same hue, else nothing."""
    if contrast(WHITE, fill) >= target:
        return WHITE
    near_black = to_hex(0.2, 0.03, hue)
    if contrast(near_black, fill) >= target:
        return near_black
    return BLACK if contrast(BLACK, fill) >= target else None


def _fill(color: Oklch, target: float) -> tuple[str, str]:
    """A fill as near to ``color`` as can be, and the words that can be read on it."""
    for distance in range(250):
        for sign in (-1, 1):
            lightness = color.lightness + sign * distance * STEP
            if 0 <= lightness <= 1:
                fill = to_hex(lightness, color.chroma, color.hue)
                if words := _words_on(fill, color.hue, target):
                    return fill, words
    raise AssertionError("black and white always leave one readable")


def _deep(start: Oklch) -> str:
    """A ground for white words that keep 5.8 even where the motif (at most 15% white) lies between."""
    lightness = start.lightness
    color = to_hex(lightness, start.chroma, start.hue)
    while contrast(WHITE, veil(color, MOTIF_OPACITY)) < 5.85:
        lightness -= STEP
        color = to_hex(lightness, start.chroma, start.hue)
    return color


def _status(mode: ModeName, grounds: tuple[str, ...]) -> dict[str, str]:
    values: dict[str, str] = {}
    dark, high = mode.endswith("dark"), mode.startswith("contrast")
    for name, (hue, chroma) in STATUS_HUES.items():
        if high:
            soft = BLACK if dark else WHITE
        elif dark:
            soft = to_hex(0.29, 0.045, hue)
        else:
            soft = to_hex(0.957, 0.036 if name == "ok" else 0.031, hue)
        start = Oklch(0.75 if dark else 0.532, chroma * 0.8 if dark else chroma, hue)
        values[name] = to_hex(STATUS_LIGHTNESS[name], chroma, hue)
        values[f"{name}-soft"] = soft
        values[f"{name}-ink"] = _walk(start, (*grounds, soft), 7 if high else 5, darker=not dark)
    return values


def _light(main: Oklch, accent: Oklch, tint: float) -> dict[str, str]:
    hue = main.hue
    canvas, sunken = to_hex(0.982, 0.007 * tint, hue), to_hex(0.959, 0.012 * tint, hue)
    ink = min(0.03, main.chroma)
    soft = to_hex(0.953, min(0.026, main.chroma), hue)
    accent_soft = to_hex(0.955, min(0.05, accent.chroma), accent.hue)
    accent_fill, on_accent = _fill(accent, 4.5)
    deep = _deep(Oklch(min(main.lightness, 0.43), main.chroma * 0.92, hue))
    return {
        "canvas": canvas,
        "surface": WHITE,
        "sunken": sunken,
        "line": to_hex(0.905, 0.014 * tint, hue),
        "control": _walk(Oklch(0.66, 0.021 * tint, hue), (sunken,), 3.1, darker=True),
        "ink": to_hex(0.234, ink, hue),
        "ink-2": _walk(Oklch(0.5, ink, hue), (sunken,), 6.05, darker=True),
        "brand": _walk(main, (WHITE,), 4.5, darker=True),
        "on-brand": WHITE,
        "brand-deep": deep,
        "on-deep": WHITE,
        "deep-veiled": veil(deep, MOTIF_OPACITY),
        "brand-soft": soft,
        "brand-line": to_hex(0.84, min(0.055, main.chroma), hue),
        "brand-ink": _walk(main, (soft, sunken), 4.55, darker=True),
        "accent": accent_fill,
        "on-accent": on_accent,
        "accent-soft": accent_soft,
        "accent-ink": _walk(
            Oklch(0.555, min(accent.chroma, 0.163), accent.hue), (accent_soft, sunken), 4.55, darker=True
        ),
    }


def _dark(main: Oklch, accent: Oklch) -> dict[str, str]:
    hue, quiet = main.hue, min(1.0, main.chroma / 0.03)
    sunken = to_hex(0.262, 0.017 * quiet, hue)
    on_brand = to_hex(0.169, 0.03 * quiet, hue)
    soft = to_hex(0.296, min(0.05, main.chroma), hue)
    accent_soft = to_hex(0.3, min(0.05, accent.chroma), accent.hue)
    on_accent = to_hex(0.18, min(0.03, accent.chroma), accent.hue)
    deep = _deep(Oklch(0.36, min(main.chroma * 0.92, 0.085), hue))
    return {
        "canvas": to_hex(0.175, 0.012 * quiet, hue),
        "surface": to_hex(0.222, 0.0145 * quiet, hue),
        "sunken": sunken,
        "line": to_hex(0.335, 0.02 * quiet, hue),
        "control": _walk(Oklch(0.52, 0.024 * quiet, hue), (sunken,), 3.05, darker=False),
        "ink": to_hex(0.955, 0.0085 * quiet, hue),
        "ink-2": _walk(Oklch(0.7, 0.019 * quiet, hue), (sunken,), 6.05, darker=False),
        "brand": _walk(Oklch(0.7, min(main.chroma, 0.13), hue), (on_brand,), 7.45, darker=False),
        "on-brand": on_brand,
        "brand-deep": deep,
        "on-deep": WHITE,
        "deep-veiled": veil(deep, MOTIF_OPACITY),
        "brand-soft": soft,
        "brand-line": to_hex(0.42, min(0.07, main.chroma), hue),
        "brand-ink": _walk(Oklch(0.7, min(main.chroma, 0.12), hue), (soft, sunken), 4.55, darker=False),
        "accent": _walk(Oklch(0.72, accent.chroma, accent.hue), (on_accent,), 7, darker=False),
        "on-accent": on_accent,
        "accent-soft": accent_soft,
        "accent-ink": _walk(
            Oklch(0.75, min(accent.chroma, 0.12), accent.hue), (accent_soft, sunken), 4.55, darker=False
        ),
    }


def _high_contrast(main: Oklch, accent: Oklch, *, dark: bool) -> dict[str, str]:
    """Black and white grounds, real edges, and both brand colours moved until words on or in them reach 7."""
    ground, words = (BLACK, WHITE) if dark else (WHITE, BLACK)
    start = Oklch(0.7 if dark else main.lightness, min(main.chroma, 0.13) if dark else main.chroma, main.hue)
    brand = _walk(start, (ground,), 7.05, darker=not dark)
    accent_fill, on_accent = _fill(accent, 7.05)
    accent_start = Oklch(0.75 if dark else 0.555, min(accent.chroma, 0.12 if dark else 0.163), accent.hue)
    return {
        "canvas": ground,
        "surface": ground,
        "sunken": ground,
        "line": words,
        "control": words,
        "ink": words,
        "ink-2": "#ebebeb" if dark else "#1f1f1f",
        "brand": brand,
        "on-brand": ground,
        "brand-deep": BLACK,
        "on-deep": WHITE,
        "deep-veiled": BLACK,
        "brand-soft": ground,
        "brand-line": words,
        "brand-ink": brand,
        "accent": accent_fill,
        "on-accent": on_accent,
        "accent-soft": ground,
        "accent-ink": _walk(accent_start, (ground,), 7.05, darker=not dark),
    }


def compile_brand(brand: Brand) -> CompiledTheme:
    """Work a brand out. A pure function: the same brand gives the same theme and the same hash, always."""
    main, accent = to_oklch(brand.main), to_oklch(brand.accent)
    tint = TINT[brand.tint] * min(1.0, main.chroma / 0.03)
    colors: dict[ModeName, Mapping[str, str]] = {}
    for mode in MODES:
        if mode.startswith("contrast"):
            values = _high_contrast(main, accent, dark=mode.endswith("dark"))
        else:
            values = _light(main, accent, tint) if mode == "light" else _dark(main, accent)
        values.update(_status(mode, (values["canvas"], values["sunken"])))
        colors[mode] = MappingProxyType(values)
    body, head, weight = LETTERS[brand.letters]
    shared = {
        "r": RADIUS[brand.corners],
        "font-body": body,
        "font-head": head,
        "weight-head": weight,
        "pure-main": brand.main,
        "pure-accent": brand.accent,
    }
    return CompiledTheme(brand=brand, colors=MappingProxyType(colors), shared=MappingProxyType(shared))
