"""From what a hospital stores to what a page shows: compiled themes and the brand of a page."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from kernel.errors import DomainError
from themes import fonts, marks
from themes.compiler import Brand, BrandInvalid, CompiledTheme, compile_brand
from themes.registry import PROVIDER
from themes.shell import PageBrand


class ColorRefused(DomainError):
    """A colour of a brand is not written as ``#rrggbb``."""

    message = _("Write the color as # and six letters or digits, like #0f7f86.")


class ChoiceRefused(DomainError):
    """A choice of a brand is none of the offered ones."""

    message = _("Choose one of the options in the list.")


class LogoRefused(DomainError):
    """The logo is neither one of our marks nor a cleaned upload."""

    message = _("Choose a logo from the list, or upload a plain SVG drawing under 60 KB.")


def read_brand(values: Mapping[str, object]) -> Brand:
    """A brand out of stored or posted values.

    Raises ColorRefused, ChoiceRefused or LogoRefused: nothing but plain colours and known words becomes CSS.
    """
    try:
        return Brand.from_mapping(values)
    except BrandInvalid as error:
        refusal = {"color": ColorRefused, "missing": ColorRefused, "logo": LogoRefused}.get(error.reason, ChoiceRefused)
        raise refusal from error


@lru_cache(maxsize=1024)
def _compiled(brand: Brand) -> CompiledTheme:
    # Kept per process and shared by hospitals without harm: a theme depends on nothing but the seven choices.
    return compile_brand(brand)


def stored_brand(values: Mapping[str, object]) -> Brand:
    """The brand a hospital has stored; the provider's calm colours with a monogram until it has chosen its own."""
    return read_brand(values) if values.get("main") else replace(PROVIDER.brand, logo="monogram")


def theme_for(values: Mapping[str, object]) -> CompiledTheme:
    """The compiled theme of a stored brand, from the cache of this process when the same choices were seen before."""
    return _compiled(stored_brand(values))


def own_mark(values: Mapping[str, object], *, name: str) -> SafeString:
    """A hospital's mark in its own colors, for pages of somebody else's brand; decorative, the name stands beside."""
    brand = stored_brand(values)
    return marks.colored_mark(brand, name=name, upload=str(values.get("logo_upload", "")))


@dataclass(frozen=True)
class StyleSheet:
    """The text served as ``/theme/<digest>.css``: tokens and the letters they name."""

    text: str
    digest: str


@lru_cache(maxsize=1024)
def _style_sheet(brand: Brand) -> StyleSheet:
    theme = _compiled(brand)
    text = theme.css + fonts.faces(brand.letters)
    return StyleSheet(text, hashlib.sha256(text.encode()).hexdigest()[:20])


def style_sheet_for(values: Mapping[str, object]) -> StyleSheet:
    """The style sheet of a stored brand. Its hash also changes when the fonts were cut anew."""
    return _style_sheet(stored_brand(values))


def page_brand(
    values: Mapping[str, object],
    *,
    language: str,
    emergency_phone: str = "",
    logo_upload: str = "",
    fonts_off: bool = False,
) -> PageBrand:
    """The brand as templates use it.

    ``values`` holds the seven choices and ``name`` and ``tagline``; ``language`` is a code such as ``ar``;
    ``fonts_off`` is for visitors who save data, and then nothing is preloaded or downloaded.
    """
    theme = theme_for(values)
    name = str(values.get("name", ""))
    return PageBrand(
        name=name,
        tagline=str(values.get("tagline", "")),
        logo_svg=marks.logo_svg(theme.brand, name=name, upload=logo_upload),
        theme_url=reverse("theme_css", kwargs={"digest": style_sheet_for(values).digest}),
        icon_url=reverse("theme_icon", kwargs={"digest": style_sheet_for(values).digest}),
        motif=theme.brand.motif,
        main_color=theme.colors["light"]["surface"],
        main_color_dark=theme.colors["dark"]["surface"],
        emergency_phone=emergency_phone,
        font_preloads=() if fonts_off else fonts.preloads(theme.brand.letters, language),
        fonts_off=fonts_off,
    )
