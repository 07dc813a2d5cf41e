"""What people type on the pages of sign-in and security. The fields tell password managers what they are."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kernel.accounts.passwords import either_length
from kernel.i18n.formats import in_digits


class _LtrInput(forms.TextInput):
    """Logins and codes are written from left to right in every language."""

    def __init__(self, **attrs: Any) -> None:
        super().__init__({"dir": "ltr", "autocapitalize": "none", "spellcheck": "false", **attrs})


def _code_field(length: int = 40, **attrs: Any) -> forms.CharField:
    return forms.CharField(
        label=_("Code"),
        max_length=length,
        error_messages={"required": _("Write the code.")},
        widget=_LtrInput(autocomplete="one-time-code", inputmode="numeric", **attrs),
    )


def _new_password() -> forms.CharField:
    return forms.CharField(
        label=_("New password"),
        error_messages={"required": _("Write a new password.")},
        strip=False,
        max_length=1024,
        help_text=_("A few words that only you would put together. Spaces and all letters are welcome."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "dir": "auto"}),
    )


class _Form(forms.Form):
    """Refusals of services are shown above the form; required fields are said in words by the field template."""

    use_required_attribute = False

    def refuse(self, error: Exception, field: str | None = None) -> None:
        """Show a service's refusal."""
        self.add_error(field, str(error))


class SignInForm(_Form):
    login = forms.CharField(
        label=_("E-mail address or login"),
        error_messages={"required": _("Write your e-mail address or login.")},
        max_length=254,
        widget=_LtrInput(autocomplete="username webauthn", autofocus=True),
    )
    password = forms.CharField(
        label=_("Password"),
        error_messages={"required": _("Write your password.")},
        strip=False,
        max_length=1024,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "dir": "auto"}),
    )


class LoginForm(_Form):
    """Only who: for codes by e-mail and forgotten passwords."""

    login = forms.CharField(
        label=_("E-mail address or login"),
        max_length=254,
        widget=_LtrInput(autocomplete="username", autofocus=True),
        error_messages={"required": _("Write your e-mail address or login.")},
    )


class CodeForm(_Form):
    code = _code_field(autofocus=True)


class AppCodeForm(_Form):
    """The first code of a new app. Its page begins with the picture to scan: the focus would scroll past it."""

    code = _code_field()


class SecondStepForm(_Form):
    """The second step: the code of the chosen way, and whether to ask here again."""

    code = _code_field(autofocus=True)
    trust = forms.BooleanField(label=_("Do not ask for this step on this device for 30 days"), required=False)

    def __init__(self, *args: Any, method: str, may_trust: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        code = self.fields["code"]
        if method == "password":
            self.fields["code"] = forms.CharField(
                label=_("Password"),
                error_messages={"required": _("Write your password.")},
                strip=False,
                max_length=1024,
                widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
            )
        elif method == "recovery":
            code.label = _("Recovery code")
            code.help_text = _("One of the ten codes you printed. Each works once.")
            code.widget = _LtrInput(autocomplete="off", autofocus=True)
        elif method == "email":
            code.help_text = _("We sent six digits to your e-mail address.")
        else:
            code.help_text = _("The six digits that your authenticator app shows now.")
        if may_trust:
            self.fields["trust"].label = in_digits(self.fields["trust"].label)
        else:
            del self.fields["trust"]


class PasskeyNameForm(_Form):
    """How a person calls one of several passkeys."""

    name = forms.CharField(
        label=_("Name of the passkey"),
        max_length=80,
        help_text=_("For you, to tell your passkeys apart. For example: the key on my key ring."),
        error_messages={"required": _("Write a name for the passkey.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class ResetForm(_Form):
    code = _code_field(autofocus=True)
    new = _new_password()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["new"].help_text = f"{either_length()} {self.fields['new'].help_text}"


class PasswordForm(_Form):
    present = forms.CharField(
        label=_("Present password"),
        error_messages={"required": _("Write your present password.")},
        strip=False,
        max_length=1024,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "dir": "auto"}),
    )
    new = _new_password()

    def __init__(self, *args: Any, has_password: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not has_password:
            del self.fields["present"]


class EmailForm(_Form):
    email = forms.EmailField(
        label=_("New e-mail address"),
        max_length=254,
        widget=forms.EmailInput({"autocomplete": "email", "dir": "ltr"}),
        error_messages={"required": _("Write the new e-mail address.")},
    )


class ConfirmForm(_Form):
    """One thing that shows it is still you: a code, or the password."""

    code = _code_field(autofocus=True)

    def __init__(self, *args: Any, method: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if method == "password":
            self.fields["code"] = forms.CharField(
                label=_("Password"),
                error_messages={"required": _("Write your password.")},
                strip=False,
                max_length=1024,
                widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
            )
        elif method == "email":
            self.fields["code"].help_text = _("We sent six digits to your e-mail address.")
        else:
            self.fields["code"].help_text = _("The six digits that your authenticator app shows now.")
