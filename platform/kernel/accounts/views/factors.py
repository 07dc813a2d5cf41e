"""A person's own second steps: authenticator app, passkeys, codes by e-mail, recovery codes."""

from itertools import count
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kernel import clock
from kernel.accounts import codes, passkeys, qr, totp
from kernel.accounts.confirm import recently_confirmed, typed
from kernel.accounts.forms import AppCodeForm, PasskeyNameForm
from kernel.accounts.models import Account, Factor
from kernel.accounts.requests import AccountRequest, DoorRequest
from kernel.accounts.selectors import factor_of
from kernel.accounts.services import factors
from kernel.accounts.services.sign_in import device_label
from kernel.accounts.views.pages import page, passkey_refused
from kernel.accounts.views.progress import safe_next
from kernel.errors import DomainError
from kernel.names import NameUnreadable, readable_name
from kernel.permissions import Access, signed_in
from kernel.web.bodies import json_body

NEW_PASSKEY_STATE = "new_passkey_state"


def app_context(request: DoorRequest, account: Account, factor: Factor) -> dict[str, Any]:
    """What the page needs to show the secret of ``factor``: as a picture, as a link and to type."""
    secret = factors.secret_of(factor)
    address = totp.app_address(secret, issuer=request.door.title, login=account.login)
    text = totp.as_text(secret)
    return {
        "qr": qr.svg(address, label=_("QR code for your authenticator app")),
        "app_address": address,
        "secret": " ".join(text[at : at + 4] for at in range(0, len(text), 4)),
    }


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@recently_confirmed
def app(request: AccountRequest) -> HttpResponse:
    """Add an authenticator app, or replace it."""
    account = request.account
    form = AppCodeForm(request.POST or None)
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
    return page(request, "app", {"form": form, **app_context(request, account, factor)}, refused=bool(form.errors))


def _factor_added(request: AccountRequest, account: Account, sentence: str = "") -> HttpResponse:
    request.session.cycle_key()
    messages.success(request, sentence or _("Your new sign-in step works."))
    return redirect("accounts:recovery_codes" if factors.needs_recovery_codes(account) else "accounts:security")


@require_safe
@signed_in
@recently_confirmed
def passkey(request: AccountRequest) -> HttpResponse:
    """The page on which the browser makes a passkey."""
    return page(
        request, "passkey", {"form": PasskeyNameForm(initial={"name": _proposed_name(request, request.account)})}
    )


def _proposed_name(request: DoorRequest, account: Account) -> str:
    """The browser and the system; with a number when a passkey of the account is called so already."""
    label = device_label(request.headers.get("User-Agent", ""))
    taken = {factor.name for factor in passkeys.passkeys_of(account)}
    names = (f"{label} {number}".strip() for number in count(2))
    return label if label not in taken else next(name for name in names if name not in taken)


def _name_of(request: DoorRequest, account: Account, answer: dict[str, Any]) -> str:
    """What the person wrote. The passkey is made already: what nobody could read is no reason to refuse it."""
    try:
        return readable_name(str(answer.get("name", "")), factors.LONGEST_NAME)
    except NameUnreadable:
        return _proposed_name(request, account)


def registration_options(request: DoorRequest, account: Account) -> HttpResponse:
    """What the browser needs to make a passkey; the challenge is kept in the session."""
    options, state = passkeys.begin_registration(request.door, account)
    request.session[NEW_PASSKEY_STATE] = state
    return JsonResponse(options)


def registered(request: DoorRequest, account: Account, access: Access) -> HttpResponse | None:
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
            name=_name_of(request, account, answer),
            keep_session=request.session.session_key,
        )
    except (ValueError, DomainError) as error:
        return passkey_refused(error)
    return None


@require_POST
@signed_in
@recently_confirmed(back="accounts:passkey")
def new_passkey_options(request: AccountRequest) -> HttpResponse:
    """What the browser needs to make a passkey."""
    return registration_options(request, request.account)


@require_POST
@signed_in
@recently_confirmed(back="accounts:passkey")
def new_passkey(request: AccountRequest) -> HttpResponse:
    """The passkey that the browser made. Answers ``{"next": path}``, or 422 with a sentence."""
    refused = registered(request, request.account, request.access)
    if refused is not None:
        return refused
    return JsonResponse({"next": _factor_added(request, request.account)["Location"]})


@require_POST
@signed_in
@recently_confirmed(back="accounts:security")
def email_step(request: AccountRequest) -> HttpResponse:
    """Turn the code by e-mail on as the second step."""
    try:
        factors.add_email_factor(
            access=request.access, account=request.account, keep_session=request.session.session_key
        )
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("accounts:security")
    # Nothing was tried: whether messages arrive there, only the person can see.
    sentence = _("From now on we ask for a code too, and send it to %(email)s.") % {"email": request.account.email}
    return _factor_added(request, request.account, sentence)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@recently_confirmed(keeping=("name",))
def step(request: AccountRequest, factor_id: UUID) -> HttpResponse:
    """One of the own second steps: another name for a passkey, and what taking the step away means."""
    factor = factor_of(request.account, factor_id)
    form = PasskeyNameForm(request.POST or None, initial={"name": factor.name, **typed(request)})
    if form.is_valid():
        try:
            factors.rename_passkey(access=request.access, factor=factor, name=form.cleaned_data["name"])
        except NameUnreadable as error:
            form.refuse(error, "name")
        else:
            messages.success(request, _("The passkey has its new name."))
            return redirect("accounts:security")
    context = {"form": form, "factor": factor, "is_passkey": factor.kind == Factor.Kind.PASSKEY}
    return page(request, "step", context, refused=bool(form.errors))


@require_POST
@signed_in
@recently_confirmed(back="accounts:step")
def remove_factor(request: AccountRequest, factor_id: UUID) -> HttpResponse:
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
def recovery_codes(request: AccountRequest) -> HttpResponse:
    """Ten codes to print. They are shown in the answer to the button, once, and never again."""
    made: list[str] = []
    after = reverse("accounts:security")
    if request.method == "POST":
        made = factors.renew_recovery_codes(access=request.access, account=request.account)
        # Whoever has just set up the first step goes on to where they wanted to go, once.
        if (wanted := request.session.pop("next", None)) is not None:
            after = safe_next(request, wanted) or "/"
    context = {
        "made": made,
        "codes_left": codes.recovery_codes_left(request.account),
        "next": after,
        "now": clock.now(),
    }
    return page(request, "recovery_codes", context)
