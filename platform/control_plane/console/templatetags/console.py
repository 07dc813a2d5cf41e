"""How the console's templates write what they are given."""

from django import template
from django.conf import settings
from django.utils.translation import get_language

from control_plane.console.forms import country_choices
from control_plane.operators.selectors import words_of
from kernel.audit.models import AuditEntry
from kernel.i18n.formats import number
from kernel.tenancy.models import Hospital

register = template.Library()

_TONES = {
    Hospital.State.ACTIVE.value: "ok",
    Hospital.State.READ_ONLY.value: "warn",
    Hospital.State.SUSPENDED.value: "crit",
    Hospital.State.CREATING.value: "info",
}
# What an entry's details may show in a line; keys and not values are chosen, and none of them names a patient.
_TOLD = ("slug", "name", "before", "after", "rank", "network", "rows", "operator")


@register.filter
def state_tone(state: str) -> str:
    """The tone of a hospital's state."""
    return _TONES.get(state, "")


@register.filter
def grouped(value: int) -> str:
    """A count with the separators of the reader's language."""
    return number(value)


@register.filter
def plain(value: object) -> str:
    """A value as text, for attributes of components."""
    return str(value)


@register.filter
def action_sentence(entry: AuditEntry) -> str:
    """What was done, in words; the recorded name where there are none."""
    return words_of(entry.action)


@register.filter
def facts(entry: AuditEntry) -> list[str]:
    """The details of an entry that help to understand it."""
    written = entry.details
    return [str(written[key]) for key in _TOLD if written.get(key) not in (None, "")]


@register.filter
def country_name(code: str) -> str:
    """A country's name in the reader's language."""
    return dict(country_choices()).get(code, code)


@register.filter
def language_names(codes: list[str]) -> str:
    """Languages by their own names."""
    known = dict(settings.LANGUAGES)
    separator = "، " if (get_language() or "").startswith("ar") else ", "
    return separator.join(str(known.get(code, code)) for code in codes)
