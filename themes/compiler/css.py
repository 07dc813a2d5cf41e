"""The text of a compiled theme: custom properties for four modes, chosen by attributes of ``<html>`` or by the device.

``data-mode`` is ``auto``, ``light`` or ``dark``; ``data-contrast`` is ``auto``, ``normal`` or ``more``.
The properties also apply below any element that carries both attributes, so that an editor can show four modes at once.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from themes.compiler.tokens import CompiledTheme, ModeName

# Paper is light: everything but the light mode is for screens.
SCREEN = "screen"
DARK_DEVICE = "(prefers-color-scheme: dark)"
CONTRAST_DEVICE = "(prefers-contrast: more)"

# What differs between modes and is no colour. High contrast takes its edges from here, so that the style sheet needs
# no second set of rules: shadows end, edges widen, the current tab is underlined, motifs disappear.
PLAIN: dict[str, dict[str, str]] = {
    "light": {
        "e1": "0 1px 2px rgb(13 24 36 / 6%), 0 1px 1px rgb(13 24 36 / 4%)",
        "e2": "0 2px 4px rgb(13 24 36 / 5%), 0 8px 20px -8px rgb(13 24 36 / 14%)",
        "e3": "0 4px 10px rgb(13 24 36 / 6%), 0 24px 48px -16px rgb(13 24 36 / 25%)",
        "edge": "1px",
        "underline": "none",
        "motif-opacity": "1",
        "rim": "0",
        "rail": "solid",
        "chip": "var(--line)",
    },
    "dark": {
        "e1": "none",
        "e2": "none",
        "e3": "0 24px 48px -16px rgb(0 0 0 / 60%)",
        "edge": "1px",
        "underline": "none",
        "motif-opacity": "1",
        "rim": "0",
        "rail": "solid",
        "chip": "var(--line)",
    },
}
PLAIN["contrast-light"] = PLAIN["contrast-dark"] = {
    "e1": "none",
    "e2": "none",
    "e3": "none",
    "edge": "2px",
    "underline": "underline",
    "motif-opacity": "0",
    "rim": "2px",
    "rail": "dashed",
    "chip": "var(--surface)",
}

# Which selectors lead to a mode, below which media query ("" is none). Later ones win.
PLACES: tuple[tuple["ModeName", str, str], ...] = (
    ("light", "", ":root,[data-mode=light]"),
    ("dark", SCREEN, "[data-mode=dark]"),
    ("dark", f"{SCREEN} and {DARK_DEVICE}", "[data-mode=auto]"),
    ("contrast-light", SCREEN, "[data-contrast=more]"),
    ("contrast-light", f"{SCREEN} and {CONTRAST_DEVICE}", "[data-contrast=auto]"),
    ("contrast-dark", SCREEN, "[data-contrast=more][data-mode=dark]"),
    ("contrast-dark", f"{SCREEN} and {DARK_DEVICE}", "[data-contrast=more][data-mode=auto]"),
    ("contrast-dark", f"{SCREEN} and {CONTRAST_DEVICE}", "[data-contrast=auto][data-mode=dark]"),
    ("contrast-dark", f"{SCREEN} and {CONTRAST_DEVICE} and {DARK_DEVICE}", "[data-contrast=auto][data-mode=auto]"),
)
NOT_WRITTEN = {"deep-veiled"}


def _block(values: Mapping[str, str]) -> str:
    return "".join(f"--{name}:{value};" for name, value in values.items() if name not in NOT_WRITTEN)


def write_css(theme: "CompiledTheme") -> str:
    """The whole theme as CSS text, about 11 KB raw and 1.5 KB compressed."""
    parts = [f":root{{{_block(theme.shared)}}}"]
    for mode, media, selector in PLACES:
        scheme = "dark" if mode.endswith("dark") else "light"
        rule = f"{selector}{{color-scheme:{scheme};{_block(theme.colors[mode])}{_block(PLAIN[mode])}}}"
        parts.append(f"@media {media}{{{rule}}}" if media else rule)
    return "\n".join(parts) + "\n"
