"""A person's own security: what there is, password and e-mail address."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from kernel.accounts import codes
from kernel.accounts.confirm import recently_confirmed, typed
from kernel.accounts.forms import CodeForm, EmailForm, PasswordForm
from kernel.accounts.models import Factor
from kernel.accounts.requests import AccountRequest
from kernel.accounts.selectors import factor_kinds, factors_of, needs_second_factor, roles_of
from kernel.accounts.services import email, register
from kernel.accounts.views.pages import page
from kernel.accounts.views.progress import origin_of
from kernel.errors import DomainError
from kernel.i18n.formats import zone_name
from kernel.permissions import signed_in


@require_safe
@signed_in
def security(request: AccountRequest) -> HttpResponse:
    """Everything about signing in, in one place."""
    account = request.account
    kinds = factor_kinds(account)
    context = {
        "factors": factors_of(account),
        "zone": zone_name(),
        "has_app": Factor.Kind.TOTP in kinds,
        "has_email_step": Factor.Kind.EMAIL in kinds,
        "may_use_email_step": bool(account.email) and not needs_second_factor(roles_of(account)),
        "codes_left": codes.recovery_codes_left(account),
        "has_factors": bool(kinds),
        "has_password": account.has_usable_password(),
    }
    return page(request, "security", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@recently_confirmed
def password(request: AccountRequest) -> HttpResponse:
    """Change the password; every other device is signed out."""
    account = request.account
    form = PasswordForm(request.POST or None, has_password=account.has_usable_password())
    if form.is_valid():
        try:
            register.change_password(
                access=request.access,
                account=account,
                new=form.cleaned_data["new"],
                present=form.cleaned_data.get("present", ""),
                keep_session=request.session.session_key,
            )
        except register.PasswordWrong as error:
            form.refuse(error, "present")
        except DomainError as error:
            form.refuse(error, "new")
        else:
            request.session.cycle_key()
            messages.success(request, _("Your password is changed. Other devices were signed out."))
            return redirect("accounts:security")
    context = {"form": form, "length": register.shortest_password(account)}
    return page(request, "password", context, refused=bool(form.errors))


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@recently_confirmed(keeping=("email",))
def change_email(request: AccountRequest) -> HttpResponse:
    """Ask for another e-mail address; it counts after the code that is sent there."""
    form = EmailForm(request.POST or None, initial=typed(request))
    if form.is_valid():
        try:
            code_id = email.ask_for_new_email(
                access=request.access,
                account=request.account,
                address=form.cleaned_data["email"],
                origin=origin_of(request),
            )
        except DomainError as error:
            form.refuse(error)
        else:
            request.session["email_code"] = str(code_id)
            return redirect("accounts:confirm_email")
    return page(request, "change_email", {"form": form}, refused=bool(form.errors))


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@recently_confirmed
def confirm_email(request: AccountRequest) -> HttpResponse:
    """Type the code that was sent to the new address."""
    kept = request.session.get("email_code")
    if not kept:
        return redirect("accounts:change_email")
    form = CodeForm(request.POST or None)
    if form.is_valid():
        try:
            email.confirm_new_email(
                access=request.access,
                account=request.account,
                code_id=UUID(kept),
                code=form.cleaned_data["code"],
                origin=origin_of(request),
            )
        except DomainError as error:
            form.refuse(error, "code")
        else:
            del request.session["email_code"]
            messages.success(request, _("Your e-mail address is changed."))
            return redirect("accounts:security")
    return page(request, "code_enter", {"form": form, "is_new_address": True}, refused=bool(form.errors))
