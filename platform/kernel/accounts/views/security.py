"""A person's own security: password, second steps, recovery codes, devices."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kernel.accounts import codes, passkeys, qr, totp
from kernel.accounts.confirm import recently_confirmed
from kernel.accounts.forms import CodeForm, EmailForm, PasswordForm
from kernel.accounts.models import Account, Factor
from kernel.accounts.selectors import (
    factor_kinds,
    factor_of,
    factors_of,
    needs_second_factor,
    own_session,
    own_sessions,
    roles_of,
)
from kernel.accounts.services import devices, email, factors, register, sign_in
from kernel.accounts.views.progress import Progress, origin_of, safe_next
from kernel.accounts.views.sign_in import enter, missing_of
from kernel.errors import DomainError
from kernel.permissions import public, signed_in
from kernel.web.bodies import json_body

NEW_PASSKEY_STATE = "new_passkey_state"


def _page(request: HttpRequest, template: str, context: dict[str, Any], refused: bool = False) -> HttpResponse:
    return render(request, f"accounts/{template}.html", context, status=422 if refused else 200)


def _app_context(request: Any, account: Account, factor: Factor) -> dict[str, Any]:
    secret = factors.secret_of(factor)
    address = totp.app_address(secret, issuer=request.door.title, login=account.login)
    text = totp.as_text(secret)
    return {
        "qr": qr.svg(address, label=_("QR code for your authenticator app")),
        "app_address": address,
        "secret": " ".join(text[at : at + 4] for at in range(0, len(text), 4)),
    }


# --- Forced enrolment: the first sign-in of staff, before anything else is open ---------------------------------------


def _enrolling(request: Any) -> tuple[Progress, Account | None]:
    """How far the person has come, and the account when it is at the point where it must add a factor."""
    progress = Progress.of(request)
    account = progress.account()
    if account is not None and missing_of(request, account, progress) != "enrolment":
        account = None
    return progress, account


@require_http_methods(["GET", "HEAD", "POST"])
@public("people who must add a second step come here before they are signed in")
def set_up(request: Any) -> HttpResponse:
    """Add the second factor that is missing, then enter."""
    progress, account = _enrolling(request)
    if account is None:
        return redirect("accounts:sign_in")
    if request.door.needs_passkey:
        return _page(request, "set_up", {"needs_passkey": True})
    form = CodeForm(request.POST or None)
    factor = factors.waiting_totp(account) or factors.begin_totp(account=account)
    if form.is_valid():
        try:
            factors.confirm_totp(
                access=sign_in.acting(account, origin_of(request)), account=account, code=form.cleaned_data["code"]
            )
        except DomainError as error:
            form.refuse(error, "code")
        else:
            progress.methods = [*progress.methods, "totp"]
            return enter(request, account, progress, has_enrolled=True)
    context = {"form": form, **_app_context(request, account, factor)}
    return _page(request, "set_up", context, refused=bool(form.errors))


@require_POST
@public("people who must add a second step come here before they are signed in")
def set_up_passkey_options(request: Any) -> HttpResponse:
    """What the browser needs to make a passkey at the first sign-in."""
    _progress, account = _enrolling(request)
    if account is None:
        return JsonResponse({"error": str(sign_in.SignInRefused.message)}, status=422)
    return _registration_options(request, account)


@require_POST
@public("people who must add a second step come here before they are signed in")
def set_up_passkey(request: Any) -> HttpResponse:
    """The passkey made at the first sign-in; then enter."""
    progress, account = _enrolling(request)
    if account is None:
        return JsonResponse({"error": str(sign_in.SignInRefused.message)}, status=422)
    refused = _registered(request, account, sign_in.acting(account, origin_of(request)))
    if refused is not None:
        return refused
    progress.methods = [*progress.methods, "passkey"]
    response = enter(request, account, progress, has_enrolled=True)
    answered = JsonResponse({"next": response["Location"]})
    answered.cookies.update(response.cookies)
    return answered


# --- The security page ------------------------------------------------------------------------------------------------


@require_safe
@signed_in
def security(request: Any) -> HttpResponse:
    """Everything about signing in, in one place."""
    account = request.account
    kinds = factor_kinds(account)
    context = {
        "factors": factors_of(account),
        "has_app": Factor.Kind.TOTP in kinds,
        "has_email_step": Factor.Kind.EMAIL in kinds,
        "may_use_email_step": bool(account.email) and not needs_second_factor(roles_of(account)),
        "codes_left": codes.recovery_codes_left(account),
        "has_factors": bool(kinds),
        "has_password": account.has_usable_password(),
    }
    return _page(request, "security", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@recently_confirmed
def password(request: Any) -> HttpResponse:
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
    return _page(request, "password", context, refused=bool(form.errors))


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@recently_confirmed
def app(request: Any) -> HttpResponse:
    """Add an authenticator app, or replace it."""
    account = request.account
    form = CodeForm(request.POST or None)
    factor = factors.waiting_totp(account) or factors.begin_totp(account=account)
    if form.is_valid():
        try:
            factors.confirm_totp(
                access=request.access,
                account=account,
                code=form.cleaned_data["code"],
                keep_session=request.session.session_key,
            )
        except DomainError as error:
            form.refuse(error, "code")
        else:
            return _factor_added(request, account)
    return _page(request, "app", {"form": form, **_app_context(request, account, factor)}, refused=bool(form.errors))


def _factor_added(request: Any, account: Account) -> HttpResponse:
    request.session.cycle_key()
    messages.success(request, _("Your new sign-in step works."))
    return redirect("accounts:recovery_codes" if factors.needs_recovery_codes(account) else "accounts:security")


@require_safe
@signed_in
@recently_confirmed
def passkey(request: Any) -> HttpResponse:
    """The page on which the browser makes a passkey."""
    return _page(request, "passkey", {})


def _registration_options(request: Any, account: Account) -> HttpResponse:
    options, state = passkeys.begin_registration(request.door, account)
    request.session[NEW_PASSKEY_STATE] = state
    return JsonResponse(options)


def _registered(request: Any, account: Account, access: Any) -> HttpResponse | None:
    """Keep the browser's new passkey; an answer only when that was refused."""
    state = request.session.pop(NEW_PASSKEY_STATE, None)
    try:
        answer = json_body(request)
        if state is None or not isinstance(answer, dict):
            raise passkeys.PasskeyRefused
        factors.add_passkey(
            access=access,
            account=account,
            door=request.door,
            state=state,
            answer=answer,
            name=str(answer.get("name", ""))[:80] or _("Passkey"),
            keep_session=request.session.session_key,
        )
    except (ValueError, DomainError) as error:
        sentence = str(error) if isinstance(error, DomainError) else str(passkeys.PasskeyRefused.message)
        return JsonResponse({"error": sentence}, status=422)
    return None


@require_POST
@signed_in
@recently_confirmed
def new_passkey_options(request: Any) -> HttpResponse:
    """What the browser needs to make a passkey."""
    return _registration_options(request, request.account)


@require_POST
@signed_in
@recently_confirmed
def new_passkey(request: Any) -> HttpResponse:
    """The passkey that the browser made. Answers ``{"next": path}``, or 422 with a sentence."""
    refused = _registered(request, request.account, request.access)
    if refused is not None:
        return refused
    return JsonResponse({"next": _factor_added(request, request.account)["Location"]})


@require_POST
@signed_in
@recently_confirmed
def email_step(request: Any) -> HttpResponse:
    """Turn the code by e-mail on as the second step."""
    try:
        factors.add_email_factor(
            access=request.access, account=request.account, keep_session=request.session.session_key
        )
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("accounts:security")
    return _factor_added(request, request.account)


@require_POST
@signed_in
@recently_confirmed
def remove_factor(request: Any, factor_id: UUID) -> HttpResponse:
    """Take one of the own second steps away."""
    factor = factor_of(request.account, factor_id)
    try:
        factors.remove_factor(
            access=request.access,
            account=request.account,
            factor=factor,
            keep_session=request.session.session_key,
        )
    except DomainError as error:
        messages.error(request, str(error))
    else:
        request.session.cycle_key()
        messages.success(request, _("The step was removed. Other devices were signed out."))
    return redirect("accounts:security")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@recently_confirmed
def recovery_codes(request: Any) -> HttpResponse:
    """Ten codes to print. They are shown in the answer to the button, once, and never again."""
    made: list[str] = []
    if request.method == "POST":
        made = factors.renew_recovery_codes(access=request.access, account=request.account)
    context = {
        "made": made,
        "codes_left": codes.recovery_codes_left(request.account),
        "next": safe_next(request, request.session.get("next", "")),
    }
    return _page(request, "recovery_codes", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@recently_confirmed
def change_email(request: Any) -> HttpResponse:
    """Ask for another e-mail address; it counts after the code that is sent there."""
    form = EmailForm(request.POST or None)
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
    return _page(request, "change_email", {"form": form}, refused=bool(form.errors))


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@recently_confirmed
def confirm_email(request: Any) -> HttpResponse:
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
    return _page(request, "code_enter", {"form": form}, refused=bool(form.errors))


# --- Devices ----------------------------------------------------------------------------------------------------------


@require_safe
@signed_in
def device_list(request: Any) -> HttpResponse:
    """Where this account is signed in."""
    rows = own_sessions(request.account)
    current = request.session.row.pk if request.session.row is not None else None
    return _page(request, "devices", {"sessions": rows, "current_id": current})


@require_POST
@signed_in
def device_end(request: Any, session_id: UUID) -> HttpResponse:
    """Sign one device out."""
    devices.end_session(access=request.access, session=own_session(request.account, session_id))
    messages.success(request, _("That device was signed out."))
    return redirect("accounts:devices")


@require_POST
@signed_in
def devices_end_others(request: Any) -> HttpResponse:
    """Sign all other devices out."""
    devices.end_other_sessions(access=request.access, account=request.account, keep_session=request.session.session_key)
    messages.success(request, _("All other devices were signed out."))
    return redirect("accounts:devices")
