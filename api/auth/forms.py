"""The form for a new key."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from api.auth.scopes import scopes
from kernel.i18n.formats import in_digits
from kernel.permissions import Access


class KeyForm(forms.Form):
    """A name, what the key may do of what programs can ask for, and how long it lives."""

    name = forms.CharField(
        label=_("Name"),
        max_length=80,
        help_text=_("For you, to tell your keys apart. For example: my diary program"),
        error_messages={"required": _("Write a name for the key.")},
    )
    scopes = forms.MultipleChoiceField(
        label=_("The key may"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one thing that the key may do.")},
    )
    days = forms.TypedChoiceField(
        label=_("It ends after"),
        coerce=int,
        initial=90,
        choices=lambda: [(30, in_digits(_("30 days"))), (90, in_digits(_("90 days"))), (365, _("One year"))],
    )

    def __init__(self, *args: Any, access: Access, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scopes"].choices = [  # type: ignore[attr-defined]
            (permission.name, permission.sentence) for permission in scopes if access.can(permission)
        ]
