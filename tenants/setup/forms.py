"""What administrators fill in."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kernel.permissions.declarations import STAFF_ROLES
from tenants.setup.roles import LABELS, assignable

Choices = list[tuple[str, str]]


def _role_field(choices: Choices) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=_("Roles"),
        choices=choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one role.")},
    )


class InviteStaffForm(forms.Form):
    """A new member of staff."""

    name = forms.CharField(label=_("Name"), max_length=200, error_messages={"required": _("Write the person's name.")})
    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        help_text=_("The person's own address at work. Codes for signing in go there."),
        error_messages={"required": _("Write the person's e-mail address.")},
        widget=forms.EmailInput(attrs={"autocomplete": "off", "dir": "ltr"}),
    )

    def __init__(self, *args: Any, roles: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["roles"] = _role_field(roles)


class StaffRolesForm(forms.Form):
    """The roles of a member of staff."""

    def __init__(self, *args: Any, roles: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["roles"] = _role_field(roles)


class ConnectStaffForm(forms.Form):
    """Who of the records a member of staff is; nobody when empty. ``shown`` is who it was when the page was made."""

    practitioner = forms.CharField(required=False, max_length=64)
    shown = forms.CharField(required=False, max_length=64)


class EndStaffForm(forms.Form):
    """The end of somebody's access."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        help_text=_("For example: left the hospital on Friday."),
        error_messages={"required": _("Write a reason.")},
    )


class AddRoleForm(forms.Form):
    """A role of the hospital's own."""

    label = forms.CharField(
        label=_("Name of the role"), max_length=120, error_messages={"required": _("Write a name for the role.")}
    )
    based_on = forms.ChoiceField(
        label=_("Begins with what this role may do"),
        choices=lambda: [(role.value, LABELS[role.value]) for role in sorted(STAFF_ROLES)],
    )


class RenameRoleForm(forms.Form):
    """Another name for one of the hospital's own roles. ``shown`` is the one it had when the page was made."""

    label = forms.CharField(
        label=_("Name of the role"), max_length=120, error_messages={"required": _("Write a name for the role.")}
    )
    shown = forms.CharField(required=False, widget=forms.HiddenInput)


class RoleForm(forms.Form):
    """What a role may do, one box for each permission. ``shown`` are the names that it had when the page was made."""

    granted = forms.MultipleChoiceField(
        label=_("May"), required=False, widget=forms.CheckboxSelectMultiple, choices=lambda: _permission_choices()
    )
    shown = forms.CharField(required=False, widget=forms.HiddenInput)


def _permission_choices() -> Choices:
    return [(permission.name, str(permission.sentence)) for permission in assignable()]
