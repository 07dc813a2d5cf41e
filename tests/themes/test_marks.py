"""Logos: our marks, monograms, and uploads that are drawings and nothing else."""

import pytest

from themes.compiler import Brand
from themes.marks import LogoRefused, clean_svg, icon_svg, initials, logo_svg
from themes.registry import THEMES

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10">{}</svg>'


def test_a_plain_drawing_is_written_anew() -> None:
    text = SVG.format('<g id="layer"><path class="x" d="M0 0h10v10z" fill="#0f7f86"/></g>')
    assert clean_svg(text) == '<svg viewBox="0 0 10 10"><g><path d="M0 0h10v10z" fill="#0f7f86" /></g></svg>'


@pytest.mark.requirement("S37")
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (SVG.format("<script>alert(1)</script>"), "content"),
        (SVG.format('<path d="M0 0" onload="alert(1)"/>'), "content"),
        (SVG.format('<path d="M0 0" style="fill:url(//example.org)"/>'), "content"),
        (SVG.format('<image href="https://example.org/x.png"/>'), "content"),
        (SVG.format('<use href="#a"/>'), "content"),
        (SVG.format('<a href="https://example.org"><path d="M0 0"/></a>'), "content"),
        (SVG.format("<foreignObject><p>x</p></foreignObject>"), "content"),
        (SVG.format('<path d="M0 0" fill="url(#p)"/>'), "content"),
        (SVG.format("<animate/>"), "content"),
        ('<!DOCTYPE svg [<!ENTITY x "y">]>' + SVG.format(""), "content"),
        ('<?xml-stylesheet href="x"?>' + SVG.format(""), "content"),
        ("<svg", "syntax"),
        ("<html></html>", "content"),
        ('<svg xmlns="http://www.w3.org/2000/svg"/>', "box"),
        (SVG.format("<path/>" * 501), "size"),
        (SVG.format('<path d="' + "M0 0" * 20_000 + '"/>'), "size"),
    ],
)
def test_anything_but_a_drawing_is_refused(text: str, reason: str) -> None:
    with pytest.raises(LogoRefused) as refused:
        clean_svg(text)
    assert refused.value.reason == reason


def test_a_title_cannot_carry_markup() -> None:
    cleaned = clean_svg(SVG.format("<title>&lt;script&gt;alert(1)&lt;/script&gt;</title>"))
    assert "<script" not in cleaned


def test_a_monogram_escapes_the_name() -> None:
    drawing = logo_svg(Brand(main="#0f7f86", accent="#ffb938"), name="<b> & Co")
    assert "<b>" not in drawing
    assert "mark-letters" in drawing


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Northfield University Medical Center", "NC"),
        ("Santa Lucía", "SL"),
        ("Amara", "A"),
        ("مستشفى الواحة", "م"),
        ("Ana de la Cruz", "AC"),
        ("Dr. Amara Osei", "AO"),
        ("Dra. Inés Robledo", "IR"),
        ("Prof. Dr. Amara Osei", "AO"),
        ("د. سامر النجار", "س"),
        ("أ.د. سامر النجار", "س"),
        ("الدكتورة ليلى الحربي", "ل"),
        ("Drew Mason", "DM"),
        ("Dr.", "D"),
        ("", ""),
    ],
)
def test_initials(name: str, letters: str) -> None:
    assert initials(name) == letters


def test_every_theme_draws_its_mark_and_its_icon() -> None:
    for theme in THEMES.values():
        assert 'class="mark-' in logo_svg(theme.brand, name="x")
        icon = icon_svg(theme.brand, name="x")
        assert "class=" not in icon
        assert icon.startswith('<svg xmlns="http://www.w3.org/2000/svg"')
