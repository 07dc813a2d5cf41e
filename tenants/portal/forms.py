"""What people answer on the portal's own pages."""

from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from tenants.portal.models import ReadingChoice
from tenants.portal.reading import as_values, reading_from
from themes.shell import Reading


class SettingsForm(forms.Form):
    """Language and reading, the same before and after sign-in."""

    language = forms.ChoiceField(label=_("Language"), widget=forms.RadioSelect)
    size = forms.ChoiceField(label=_("Size of text"), choices=ReadingChoice.Size.choices, widget=forms.RadioSelect)
    contrast = forms.ChoiceField(label=_("Contrast"), choices=ReadingChoice.Contrast.choices, widget=forms.RadioSelect)
    mode = forms.ChoiceField(label=_("Colors"), choices=ReadingChoice.Mode.choices, widget=forms.RadioSelect)
    motion = forms.ChoiceField(label=_("Motion"), choices=ReadingChoice.Motion.choices, widget=forms.RadioSelect)
    view = forms.ChoiceField(label=_("How much to show"), choices=ReadingChoice.View.choices, widget=forms.RadioSelect)
    keys = forms.BooleanField(
        label=_("Use keyboard shortcuts"),
        required=False,
        help_text=_("Single letters then move through lists. Turn this off if you speak to your device."),
    )

    def __init__(self, *args: Any, languages: tuple[str, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = dict(settings.LANGUAGES)
        # Each language in its own words, so that it can be found by those who need it.
        self.fields["language"].choices = [(code, names[code]) for code in languages]  # type: ignore[attr-defined]

    @classmethod
    def first_values(cls, reading: Reading, language: str) -> dict[str, Any]:
        """What the form shows at first."""
        return {**as_values(reading), "language": language}

    @property
    def reading(self) -> Reading:
        """The answers."""
        return reading_from(self.cleaned_data)


class DayForm(forms.Form):
    """A day of the calendar."""

    # The days around the first and the last that Python knows have no neighbours to go to.
    day = forms.DateField(
        label=_("Day"), required=False, widget=forms.DateInput(attrs={"type": "date"}),
        validators=[MinValueValidator(date(1900, 1, 1)), MaxValueValidator(date(2199, 12, 31))],
    )  # fmt: skip
