"""What operators fill in."""

import hashlib
import re
from functools import lru_cache
from typing import Any, cast
from zoneinfo import available_timezones

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.numbers import get_territory_currencies
from django import forms
from django.conf import settings
from django.http import QueryDict
from django.utils.text import slugify
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from control_plane.hospitals.provisioning import FIRST_ADMINISTRATOR
from control_plane.hospitals.services import LONGEST_REASON
from control_plane.hospitals.telephones import telephone
from kernel.errors import DomainError
from kernel.tenancy.models import slug_is_a_host_label
from kernel.tenancy.provisioning import LONGEST_SLUG, HospitalRequest, SlugUnusable, require_usable_slug
from themes.registry import PROVIDER, THEMES

NEW_NETWORK = "+"
# Codes of the same list that are no country: unions, and "unknown".
_NO_COUNTRIES = ("EU", "EZ", "UN", "ZZ")
Choices = list[tuple[str, Any]]


def _locale() -> Locale:
    try:
        return Locale.parse((get_language() or "en").replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale("en")


@lru_cache(maxsize=8)
def _countries(language: str | None) -> Choices:
    locale = _locale()
    found = [(code, name) for code, name in locale.territories.items() if re.fullmatch("[A-Z]{2}", code)]
    known = get_global("territory_currencies")
    return sorted(
        [pair for pair in found if pair[0] in known and pair[0] not in _NO_COUNTRIES], key=lambda pair: pair[1]
    )


@lru_cache(maxsize=8)
def _currencies(language: str | None) -> Choices:
    locale = _locale()
    codes = {code for country, _name in _countries(language) for code in get_territory_currencies(country)}
    return sorted((code, f"{code} · {locale.currencies.get(code, code)}") for code in codes)


@lru_cache(maxsize=1)
def _zones() -> Choices:
    canonical = set(get_global("zone_territories"))
    return [(zone, zone.replace("_", " ")) for zone in sorted(available_timezones() & canonical)]


def zones_of(country: str) -> list[str]:
    """The time zones of a country (ISO 3166-1 alpha-2), by name."""
    territories = get_global("zone_territories")
    return [zone for zone, _words in _zones() if territories.get(zone) == country]


def country_choices() -> Choices:
    """Countries of ISO 3166-1 by name, in the reader's language."""
    return [("", _("Choose")), *_countries(get_language())]


def currency_choices() -> Choices:
    """Currencies in use today, ISO 4217, with their names in the reader's language."""
    return [("", _("Choose")), *_currencies(get_language())]


def zone_choices() -> Choices:
    """The time zones of the IANA list, without its aliases."""
    return [("", _("Choose")), *_zones()]


def theme_choices() -> Choices:
    """The looks a hospital may start with."""
    language = get_language() or "en"
    return [
        (key, str(theme.names.get(language, theme.names["en"]))) for key, theme in THEMES.items() if theme != PROVIDER
    ]


def first_brand(theme: str, *, name: str, phone: str) -> dict[str, Any]:
    """How a new hospital looks, and the number that its pages tell people to call.

    The marks are drawn for the hospitals they belong to; a new one begins with its letters.
    """
    look = THEMES[theme].brand.as_mapping()
    return {**look, "logo": "monogram", "name": name, "tagline": "", "phone": phone}


def _choice(form: forms.Form, name: str) -> forms.ChoiceField:
    return cast(forms.ChoiceField, form.fields[name])


class TelephoneForm(forms.Form):
    """The number that a hospital's pages tell patients to call."""

    phone = forms.CharField(
        label=_("Telephone"),
        max_length=40,
        help_text=_("The number that patients call. With the country's code, such as +34 900 555 014."),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off", "dir": "ltr"}),
        error_messages={"required": _("Write the number that patients call.")},
    )

    def clean_phone(self) -> str:
        try:
            return telephone(self.cleaned_data["phone"])
        except DomainError as error:
            raise forms.ValidationError(str(error)) from error


class AddHospitalForm(TelephoneForm):
    """All that a hospital needs to begin."""

    # As they stand on the page: the summary of errors follows it.
    field_order = (
        "name", "phone", "slug", "network", "network_name", "country", "time_zone", "currency", "language", "digits",
        "languages", "theme", "admin_name", "admin_email",
    )  # fmt: skip

    name = forms.CharField(
        label=_("Name of the hospital"),
        max_length=120,
        help_text=_("As patients know it."),
        error_messages={"required": _("Write the name of the hospital.")},
    )
    slug = forms.CharField(
        label=_("Address"),
        error_messages={
            "required": _("Write the address that the hospital shall have."),
            "max_length": SlugUnusable.message,
        },
        max_length=LONGEST_SLUG,
        help_text=_(
            "Small letters, digits and hyphens. It becomes the first part of the address and cannot change later."
        ),
        widget=forms.TextInput(
            attrs={"autocapitalize": "none", "spellcheck": "false", "autocomplete": "off", "dir": "ltr"}
        ),
    )
    network = forms.ChoiceField(label=_("Network"))
    network_name = forms.CharField(
        label=_("Name of the new network"),
        max_length=120,
        help_text=_("Only when the network is new."),
        error_messages={"required": _("Write the name of the new network, or choose one of the list.")},
    )
    country = forms.ChoiceField(
        label=_("Country"), choices=country_choices, error_messages={"required": _("Choose a country.")}
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=zone_choices,
        help_text=_("Left empty, that of the country is taken if it has only one."),
        error_messages={"required": _("Choose a time zone.")},
    )
    currency = forms.ChoiceField(
        label=_("Currency"),
        choices=currency_choices,
        help_text=_("Left empty, that of the country is taken if it has only one."),
        error_messages={"required": _("Choose a currency.")},
    )
    language = forms.ChoiceField(label=_("First language"), choices=settings.LANGUAGES)
    languages = forms.MultipleChoiceField(
        label=_("Further languages"),
        required=False,
        choices=settings.LANGUAGES,
        widget=forms.CheckboxSelectMultiple,
    )
    digits = forms.ChoiceField(
        label=_("Digits"), choices=[("latn", "0123456789"), ("arab", "٠١٢٣٤٥٦٧٨٩")], initial="latn"
    )
    theme = forms.ChoiceField(label=_("Look"), choices=theme_choices, widget=forms.RadioSelect)
    admin_name = forms.CharField(
        label=_("Name of the first administrator"),
        max_length=200,
        error_messages={"required": _("Write the person's name.")},
    )
    admin_email = forms.EmailField(
        label=_("E-mail of the first administrator"),
        error_messages={"required": _("Write the person's e-mail address.")},
        max_length=254,
        help_text=_("The invitation goes there."),
        widget=forms.EmailInput(attrs={"autocomplete": "off", "dir": "ltr"}),
    )

    def __init__(self, *args: Any, networks: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choice(self, "network").choices = [(NEW_NETWORK, _("A new network")), *networks]
        # What is needed is not called optional: a new network is what the form begins with.
        is_new = (self["network"].value() or NEW_NETWORK) == NEW_NETWORK
        self.fields["network_name"].required = is_new
        theme = self.fields["theme"]
        theme.initial = theme_choices()[0][0]
        self._follow_country()

    def full_clean(self) -> None:
        """Check the answers; what a change of the network makes needed is not called optional afterwards."""
        super().full_clean()
        self.fields["network_name"].required = True

    def _follow_country(self) -> None:
        """Put the country's own zones and currencies first, and fill in what was left empty where it has only one."""
        country = self["country"].value()
        if not country:
            return
        answers = cast(QueryDict, self.data).copy()
        own = {"time_zone": zones_of(country), "currency": get_territory_currencies(country)}
        for name, codes in own.items():
            field = _choice(self, name)
            words = dict(cast(Choices, field.choices))
            first = [(code, words.pop(code)) for code in codes if code in words]
            field.choices = [("", words.pop("")), *first, *words.items()]
            if len(first) == 1 and not answers.get(name):
                answers[name] = first[0][0]
        self.data = answers

    @property
    def address_example(self) -> str:
        """The first part of the address as far as it is known."""
        typed = str(self["slug"].value() or "").strip().lower()
        return typed if re.fullmatch(slug_is_a_host_label.regex, typed) else "…"

    @property
    def founds_network(self) -> bool:
        """Whether the checked answers ask for a new network."""
        return bool(self.cleaned_data["network"] == NEW_NETWORK)

    def looks(self) -> list[dict[str, Any]]:
        """The themes to choose from, for pictures beside the words."""
        chosen = self["theme"].value()
        return [
            {"key": key, "name": name, "theme": THEMES[key], "is_chosen": key == chosen}
            for key, name in theme_choices()
        ]

    def clean_slug(self) -> str:
        slug: str = self.cleaned_data["slug"].strip().lower()
        try:
            require_usable_slug(slug)
        except DomainError as error:
            raise forms.ValidationError(str(error)) from error
        return slug

    def wanted(self) -> HospitalRequest:
        """The request that the checked answers make."""
        answers = self.cleaned_data
        is_new = self.founds_network
        network_name = answers["network_name"] if is_new else answers["network"]
        return HospitalRequest(
            slug=answers["slug"],
            name=answers["name"],
            network_slug=slug_for_network(network_name) if is_new else answers["network"],
            network_name=network_name,
            country=answers["country"],
            time_zone=answers["time_zone"],
            currency=answers["currency"],
            languages=tuple(dict.fromkeys([answers["language"], *answers["languages"]])),
            digits=answers["digits"],
            brand=first_brand(answers["theme"], name=answers["name"], phone=answers["phone"]),
            extra={FIRST_ADMINISTRATOR: {"name": answers["admin_name"], "email": answers["admin_email"].lower()}},
        )


def slug_for_network(name: str) -> str:
    """A short name made of a network's name, the same each time, also when the name is not in Latin letters."""
    slug = slugify(name)[:40].strip("-")
    if re.fullmatch(slug_is_a_host_label.regex, slug):
        return slug
    return f"network-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


class ReasonForm(forms.Form):
    """A change of state: why, and the hospital's address typed by hand."""

    # As the page asks: what is wrong is listed in the same order.
    field_order = ("reason", "typed")

    typed = forms.CharField(
        max_length=LONGEST_SLUG,
        error_messages={"required": _("Type the hospital's address.")},
        widget=forms.TextInput(
            attrs={"autocapitalize": "none", "spellcheck": "false", "autocomplete": "off", "dir": "ltr"}
        ),
    )
    reason = forms.CharField(
        label=_("Reason"),
        error_messages={"required": _("Write a reason.")},
        max_length=LONGEST_REASON,
        help_text=_("The hospital reads it in its own audit log. Names of patients do not belong here."),
    )

    def __init__(self, *args: Any, slug: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._slug = slug
        self.fields["typed"].label = _("Type %(slug)s to confirm") % {"slug": slug}

    def clean_typed(self) -> str:
        typed: str = self.cleaned_data["typed"].strip()
        if typed != self._slug:
            raise forms.ValidationError(_("Type %(slug)s exactly as it is written here.") % {"slug": self._slug})
        return typed


class RenameForm(forms.Form):
    """A hospital's name."""

    name = forms.CharField(
        label=_("Name of the hospital"),
        max_length=120,
        error_messages={"required": _("Write the name of the hospital.")},
    )


class InviteAdminForm(forms.Form):
    """A new administrator of a network."""

    name = forms.CharField(label=_("Name"), max_length=200, error_messages={"required": _("Write the person's name.")})
    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "dir": "ltr"}),
        error_messages={"required": _("Write the person's e-mail address.")},
    )


class InviteOperatorForm(InviteAdminForm):
    """A new operator."""

    rank = forms.ChoiceField(label=_("What this person may do"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, ranks: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = _choice(self, "rank")
        field.choices = ranks
        field.initial = ranks[-1][0]


class EndOperatorForm(forms.Form):
    """The end of an operator's access."""

    reason = forms.CharField(
        label=_("Reason"), max_length=LONGEST_REASON, error_messages={"required": _("Write a reason.")}
    )
