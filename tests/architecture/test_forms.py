"""What a form says of a field that was left empty tells what to do, and not that a field is required."""

import pytest
from django import forms

from api.auth.forms import KeyForm
from control_plane.console import forms as console
from kernel.accounts import forms as accounts
from tenants.portal import forms as portal
from tenants.setup import forms as setup

WRITTEN = (forms.CharField, forms.MultipleChoiceField)
FORMS: list[type[forms.Form]] = [KeyForm]
for module in (console, accounts, portal, setup):
    FORMS += [one for one in vars(module).values() if isinstance(one, type) and issubclass(one, forms.Form)]


@pytest.mark.parametrize("form", FORMS)
def test_each_field_that_can_be_left_empty_says_what_to_do(form: type[forms.Form]) -> None:
    general = str(forms.Field.default_error_messages["required"])
    silent = [
        name for name, field in form.base_fields.items()
        if field.required and isinstance(field, WRITTEN) and str(field.error_messages["required"]) == general
    ]  # fmt: skip
    assert silent == []
