"""From a stored brand to a page's brand, and the style sheet a host answers with."""

from types import MappingProxyType

import pytest
from django.test import RequestFactory, override_settings

from kernel.errors import DomainError
from themes.registry import PROVIDER, THEMES
from themes.services import (
    ChoiceRefused,
    ColorRefused,
    LogoRefused,
    page_brand,
    read_brand,
    style_sheet_for,
    theme_for,
)
from themes.views import theme_css

SANTA_LUCIA = THEMES["santalucia"].as_hospital_brand(language="es")


def test_the_same_choices_are_compiled_once() -> None:
    assert theme_for(SANTA_LUCIA) is theme_for(MappingProxyType({**SANTA_LUCIA, "name": "Another name"}))


def test_a_hospital_without_a_brand_has_a_plain_look_and_a_monogram() -> None:
    theme = theme_for({})
    assert theme.brand.main == PROVIDER.brand.main
    assert theme.brand.logo == "monogram"


@pytest.mark.requirement("S37")
@pytest.mark.parametrize(
    ("change", "refusal", "sentence"),
    [
        ({"main": "teal"}, ColorRefused, "Write the color as # and six letters or digits"),
        ({"accent": "#fff"}, ColorRefused, "Write the color as # and six letters or digits"),
        ({"letters": "x"}, ChoiceRefused, "Choose one of the options in the list."),
        (
            {"logo": "/etc/passwd"},
            LogoRefused,
            "Choose a logo from the list",
        ),
    ],
)
def test_a_refused_brand_says_what_to_do(change: dict[str, str], refusal: type[DomainError], sentence: str) -> None:
    with pytest.raises(refusal) as refused:
        read_brand({**SANTA_LUCIA, **change})
    assert str(refused.value).startswith(sentence)


@override_settings(ROOT_URLCONF="tests.themes.urls")
def test_a_page_knows_its_hospital() -> None:
    brand = page_brand(SANTA_LUCIA, language="es", emergency_phone="112")
    assert (brand.name, brand.tagline, brand.motif) == ("Santa Lucía", "Hospital Infantil", "arcs")
    assert brand.theme_url == f"/theme/{style_sheet_for(SANTA_LUCIA).digest}.css"
    assert brand.logo_svg.startswith("<svg")


@override_settings(ROOT_URLCONF="tests.themes.urls")
def test_who_saves_data_gets_no_fonts() -> None:
    brand = page_brand(SANTA_LUCIA, language="es", fonts_off=True)
    assert brand.font_preloads == ()
    assert brand.fonts_off


def answer(digest: str) -> tuple[str, str, str]:
    request = RequestFactory().get(f"/theme/{digest}.css")
    response = theme_css(request, digest, brand_of=lambda request: SANTA_LUCIA)
    return response.headers["Content-Type"], response.headers["Cache-Control"], response.content.decode()


def test_the_style_sheet_may_be_kept_for_ever_under_its_own_hash() -> None:
    sheet = style_sheet_for(SANTA_LUCIA)
    kind, cache, text = answer(sheet.digest)
    assert kind == "text/css; charset=utf-8"
    assert cache == "public, max-age=31536000, immutable"
    assert text == sheet.text


def test_an_old_hash_gets_the_look_of_today_and_is_never_kept() -> None:
    _, cache, text = answer("0" * 20)
    assert cache == "no-store"
    assert text == style_sheet_for(SANTA_LUCIA).text
