"""How an operator reads: language, light or dark, size, contrast, motion. Kept in cookies of this device."""

from dataclasses import asdict
from typing import Any, cast

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from kernel.web.cookies import LANGUAGE, READING, give_cookie
from themes.shell import Reading

YEAR = 365 * 24 * 3600

MODES = [("auto", _("As the device")), ("light", _("Light")), ("dark", _("Dark"))]
SIZES = [("normal", _("Usual")), ("large", _("Large")), ("larger", _("Larger")), ("largest", _("Largest"))]
CONTRASTS = [("auto", _("As the device")), ("normal", _("Usual")), ("more", _("More"))]
MOTIONS = [("auto", _("As the device")), ("less", _("Less"))]


class ReadingForm(forms.Form):
    """The choices, each from a short list."""

    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    mode = forms.ChoiceField(label=_("Light or dark"), choices=MODES)
    size = forms.ChoiceField(label=_("Size of the letters"), choices=SIZES)
    contrast = forms.ChoiceField(label=_("Contrast"), choices=CONTRASTS)
    motion = forms.ChoiceField(label=_("Motion"), choices=MOTIONS)
    keys = forms.BooleanField(label=_("Use the keys / j k ? on lists"), required=False)


_ORDER = ("size", "contrast", "motion", "mode", "view")


def reading_of(request: HttpRequest) -> Reading:
    """The reading of this device's cookie; whatever somebody wrote into it that is no choice counts as the usual."""
    usual = asdict(Reading())
    found = dict(zip((*_ORDER, "keys"), request.COOKIES.get(READING, "").split("."), strict=False))
    allowed = {"size": SIZES, "contrast": CONTRASTS, "motion": MOTIONS, "mode": MODES}
    known: dict[str, Any] = {
        name: found[name] if found.get(name) in dict(choices) else usual[name] for name, choices in allowed.items()
    }
    return Reading(**known, keys=found.get("keys") != "off")


def remember(response: HttpResponse, answers: dict[str, Any]) -> None:
    """Keep the choices for a year, in the form that all sides of Portico use."""
    parts = [cast(str, answers.get(name, "full")) for name in _ORDER]
    value = ".".join([*parts, "on" if answers["keys"] else "off"])
    for name, kept in ((READING, value), (LANGUAGE, answers["language"])):
        give_cookie(response, name, kept, seconds=YEAR)
