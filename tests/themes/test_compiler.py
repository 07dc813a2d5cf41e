"""The theme compiler: every brand stays readable in four modes, and nothing but colours and words gets through."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from themes.compiler import MODES, PAIRS, Brand, BrandInvalid, compile_brand, contrast
from themes.registry import THEMES

colors = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@settings(max_examples=200, deadline=None)
@given(main=colors, accent=colors, tint=st.sampled_from(["faint", "gentle", "strong"]))
def test_every_pair_of_every_brand_reaches_its_contrast_in_four_modes(main: str, accent: str, tint: str) -> None:
    theme = compile_brand(Brand(main=main, accent=accent, tint=tint))  # type: ignore[arg-type]
    assert [measure for measure in theme.measures() if not measure.holds] == []


def test_the_branding_editor_counts_forty_four_pairs() -> None:
    assert len(PAIRS) * len(MODES) == 44


@pytest.mark.parametrize("key", sorted(THEMES))
def test_the_shipped_brands_hold(key: str) -> None:
    assert all(measure.holds for measure in compile_brand(THEMES[key].brand).measures())


# UX.md section 4, the columns "Santa Lucía light" and "dark".
TABLE = {
    "light": {
        "canvas": "#f4fbfb",
        "surface": "#ffffff",
        "line": "#d6e3e3",
        "ink": "#0a2224",
        "brand": "#0f7f86",
        "on-brand": "#ffffff",
        "brand-deep": "#00555a",
        "brand-soft": "#dcf5f7",
        "brand-line": "#a1d6da",
        "brand-ink": "#007980",
        "accent": "#ffb938",
        "on-accent": "#1e1406",
        "accent-soft": "#ffeed4",
    },
    "dark": {
        "canvas": "#0a1213",
        "surface": "#131d1e",
        "sunken": "#1b2728",
        "line": "#2b3a3b",
        "ink": "#eaf2f2",
        "brand": "#51b0b7",
        "on-brand": "#001315",
        "brand-deep": "#00464b",
        "brand-line": "#05585d",
        "brand-ink": "#50afb6",
        "accent": "#d89600",
        "on-accent": "#191003",
        "accent-ink": "#d8a44d",
    },
}


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_santa_lucia_looks_as_drawn(mode: str) -> None:
    colors = compile_brand(THEMES["santalucia"].brand).colors[mode]  # type: ignore[index]
    assert {name: colors[name] for name in TABLE[mode]} == TABLE[mode]


def test_white_words_keep_their_contrast_over_the_lightest_motif() -> None:
    for theme in THEMES.values():
        for mode in MODES:
            colors = compile_brand(theme.brand).colors[mode]
            assert contrast(colors["on-deep"], colors["deep-veiled"]) >= 5.8


def test_high_contrast_reaches_seven_for_words_in_both_brand_colors() -> None:
    for mode in ("contrast-light", "contrast-dark"):
        colors = compile_brand(Brand(main="#8aa4ff", accent="#ffb938")).colors[mode]
        for words, ground in [("on-brand", "brand"), ("on-accent", "accent"), ("accent-ink", "canvas")]:
            assert contrast(colors[words], colors[ground]) >= 7


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("main", "red", "color"),
        ("main", "#12345", "color"),
        ("main", "#123456;}body{display:none", "color"),
        ("accent", "url(https://example.org/x)", "color"),
        ("accent", None, "color"),
        ("letters", "comic", "choice"),
        ("letters", "round;}", "choice"),
        ("corners", "", "choice"),
        ("motif", "../../secret", "choice"),
        ("tint", 1, "choice"),
        ("logo", "https://example.org/logo.svg", "logo"),
        ("logo", "mark:../x", "logo"),
        ("logo", "upload:abc", "logo"),
    ],
)
@pytest.mark.requirement("S37")
def test_a_brand_is_plain_colors_and_known_words(field: str, value: object, reason: str) -> None:
    values: dict[str, object] = {"main": "#0f7f86", "accent": "#ffb938", field: value}
    with pytest.raises(BrandInvalid) as refused:
        Brand.from_mapping(values)
    assert (refused.value.field, refused.value.reason) == (field, reason)


def test_other_keys_of_a_stored_brand_are_left_alone() -> None:
    brand = Brand.from_mapping({"main": "#0F7F86", "accent": "#ffb938", "name": "</style><script>"})
    assert brand.main == "#0f7f86"
    assert "script" not in compile_brand(brand).css


def test_the_css_holds_custom_properties_and_nothing_else() -> None:
    for theme in THEMES.values():
        css = compile_brand(theme.brand).css
        declarations = re.findall(r"[{;]([a-z-]+):", re.sub(r"--[a-z0-9-]+:[^;]*;", ";", css))
        assert set(declarations) == {"color-scheme"}
        assert "url(" not in css
        assert "@import" not in css


def test_the_hash_names_the_content() -> None:
    one = compile_brand(Brand(main="#0f7f86", accent="#ffb938"))
    same = compile_brand(Brand(main="#0F7F86", accent="#FFB938"))
    other = compile_brand(Brand(main="#0f7f87", accent="#ffb938"))
    assert one.digest == same.digest
    assert one.digest != other.digest
    assert re.fullmatch("[0-9a-f]{20}", one.digest)
