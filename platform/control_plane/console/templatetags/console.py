"""How the console's templates write what they are given."""

from django import template
from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from control_plane.console.forms import country_choices
from control_plane.hospitals.selectors import is_current as has_newest_tables
from kernel.i18n.formats import number
from kernel.tenancy.models import Hospital
from themes.services import own_mark
from themes.theme import Theme

register = template.Library()

_TONES = {
    Hospital.State.ACTIVE.value: "ok",
    Hospital.State.READ_ONLY.value: "warn",
    Hospital.State.SUSPENDED.value: "crit",
    Hospital.State.CREATING.value: "info",
}


@register.filter
def state_tone(state: str) -> str:
    """The tone of a hospital's state."""
    return _TONES.get(state, "")


@register.filter
def is_counted(hospital: Hospital) -> bool:
    """Whether its report has come; it is read with the hospital, so nothing is asked here."""
    return hasattr(hospital, "report")


@register.filter
def grouped(value: int) -> str:
    """A count with the separators of the reader's language."""
    return number(value)


@register.filter
def plain(value: object) -> str:
    """A value as text, for attributes of components."""
    return str(value)


@register.filter
def is_current(hospital: Hospital) -> bool:
    """Whether the hospital's tables are those of the running code."""
    return has_newest_tables(hospital)


@register.simple_tag
def hospital_mark(hospital: Hospital) -> SafeString:
    """The hospital's own mark in its own colors, beside its name in lists."""
    return own_mark(hospital.brand, name=hospital.name)


@register.filter
def country_name(code: str) -> str:
    """A country's name in the reader's language."""
    return str(dict(country_choices()).get(code, code))


@register.filter
def language_names(codes: list[str]) -> str:
    """Languages by their own names."""
    known = dict(settings.LANGUAGES)
    separator = "، " if (get_language() or "").startswith("ar") else ", "
    return separator.join(str(known.get(code, code)) for code in codes)


@register.simple_tag
def swatch(theme: Theme) -> SafeString:
    """The two colors of a look. Attributes, because the policy allows no style of a page's own."""
    brand = theme.brand
    return format_html(
        '<svg class="swatch" viewBox="0 0 64 36" aria-hidden="true" focusable="false">'
        '<rect width="64" height="36" fill="{}"/><rect x="44" width="20" height="36" fill="{}"/></svg>',
        brand.main,
        brand.accent,
    )
