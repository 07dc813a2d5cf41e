"""The pages of signing in. What they answer does not depend on whether an account exists."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from kernel.accounts import codes, passkeys
from kernel.accounts.forms import CodeForm, LoginForm, ResetForm, SecondStepForm, SignInForm
from kernel.accounts.models import Account
from kernel.accounts.requests import DoorRequest
from kernel.accounts.selectors import Missing, needs_second_factor, roles_of, second_steps, what_is_missing
from kernel.accounts.services import recovery, sign_in
from kernel.accounts.services.factors import needs_recovery_codes
from kernel.accounts.views.pages import page, passkey_refused
from kernel.accounts.views.progress import (
    ANOTHER,
    ANOTHER_SENT,
    DEVICE_COOKIE,
    DEVICE_COOKIE_AGE,
    KEY,
    Progress,
    origin_of,
    safe_next,
)
from kernel.errors import DomainError
from kernel.permissions import public
from kernel.web.bodies import json_body
from kernel.web.cookies import give_cookie

PASSKEY_STATE = "passkey_state"
_OPEN = "this is where people sign in"


def missing_of(request: DoorRequest, account: Account, progress: Progress) -> Missing:
    """What must still happen before this request's person is in."""
    origin = origin_of(request)
    device = sign_in.known_device(origin, account)
    return what_is_missing(account=account, methods=progress.methods, device=device, door=origin.door)


def _go_on(request: DoorRequest, account: Account, progress: Progress, *, trust: bool = False) -> HttpResponse:
    """To the next step, or in."""
    missing = missing_of(request, account, progress)
    if missing == "role":
        raise sign_in.SignInRefused
    progress.account_id, progress.code_id = account.pk, None
    if missing in ("second_factor", "enrolment"):
        progress.keep(request)
        request.session.cycle_key()
        return redirect("accounts:second_step" if missing == "second_factor" else "accounts:set_up")
    return enter(request, account, progress, trust=trust)


def enter(
    request: DoorRequest, account: Account, progress: Progress, *, trust: bool = False, has_enrolled: bool = False
) -> HttpResponse:
    """Complete the sign-in and go where the person wanted to go; after a first factor, by way of the recovery codes."""
    token = sign_in.complete_sign_in(
        session=request.session,
        account=account,
        methods=progress.methods,
        origin=origin_of(request),
        trust_device=trust,
    )
    response: HttpResponse = HttpResponseRedirect(progress.next or "/")
    if has_enrolled and needs_recovery_codes(account):
        response = redirect("accounts:recovery_codes")
        request.session["next"] = progress.next
    give_cookie(response, DEVICE_COOKIE, token, seconds=DEVICE_COOKIE_AGE)
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@public(_OPEN)
def sign_in_page(request: DoorRequest) -> HttpResponse:
    """Login and password, or the way to a passkey or a code."""
    if request.account is not None:
        return HttpResponseRedirect(safe_next(request) or "/")
    form = SignInForm(request.POST or None)
    if form.is_valid():
        try:
            account = sign_in.check_password(
                login=form.cleaned_data["login"], password=form.cleaned_data["password"], origin=origin_of(request)
            )
            return _go_on(request, account, Progress(methods=["password"], next=safe_next(request)))
        except DomainError as error:
            form.refuse(error)
    context = {"form": form, "next": safe_next(request), "ended_by": _ended_by(request)}
    return page(request, "sign_in", context, refused=bool(form.errors))


def _ended_by(request: DoorRequest) -> str:
    """Why somebody who comes to sign in was signed out, told by the address that led here or by the session itself.

    A key without a row may be that of a visitor who never was: only a page that wanted somebody says so.
    """
    if request.method == "POST":
        return ""
    own = request.session.ended_by
    return request.GET.get("ended", "") or (own if own != "elsewhere" else "")


@require_http_methods(["GET", "HEAD", "POST"])
@public(_OPEN)
def code_ask(request: DoorRequest) -> HttpResponse:
    """Ask for a code by e-mail."""
    form = LoginForm(request.POST or None)
    if form.is_valid():
        try:
            code_id = sign_in.ask_for_sign_in_code(login=form.cleaned_data["login"], origin=origin_of(request))
        except DomainError as error:
            form.refuse(error)
        else:
            Progress(code_id=code_id, next=safe_next(request)).keep(request)
            return redirect("accounts:code")
    return page(request, "code_ask", {"form": form, "next": safe_next(request)}, refused=bool(form.errors))


@require_http_methods(["GET", "HEAD", "POST"])
@public(_OPEN)
def code_enter(request: DoorRequest) -> HttpResponse:
    """Type the code that came by e-mail."""
    progress = Progress.of(request)
    if progress.code_id is None:
        return redirect("accounts:code_ask")
    form = CodeForm(request.POST or None)
    if form.is_valid():
        try:
            account = sign_in.check_sign_in_code(
                code_id=progress.code_id, code=form.cleaned_data["code"], origin=origin_of(request)
            )
            progress.methods = ["code"]
            return _go_on(request, account, progress)
        except DomainError as error:
            form.refuse(error)
    return page(request, "code_enter", {"form": form}, refused=bool(form.errors))


@require_POST
@public(_OPEN)
def passkey_options(request: DoorRequest) -> HttpResponse:
    """A new challenge for the browser."""
    options, state = passkeys.begin_authentication(request.door)
    request.session[PASSKEY_STATE] = state
    return JsonResponse(options)


@require_POST
@public(_OPEN)
def passkey_answer(request: DoorRequest) -> HttpResponse:
    """The browser's signature. Answers ``{"next": path}``, or 422 with a sentence."""
    state = request.session.pop(PASSKEY_STATE, None)
    try:
        answer = json_body(request)
        if state is None or not isinstance(answer, dict):
            raise passkeys.PasskeyRefused
        factor = passkeys.complete_authentication(request.door, state=state, answer=answer)
        earlier = Progress.of(request)
        progress = Progress(methods=["passkey"], next=earlier.next or safe_next(request))
        response = _go_on(request, factor.account, progress)
    except (ValueError, DomainError) as error:
        if state is not None:
            # Only an answer to a challenge of ours is an attempt; anything else costs its sender nothing.
            sign_in.note_refusal(None, origin_of(request), "passkey")
        return passkey_refused(error)
    answered = JsonResponse({"next": response["Location"]})
    answered.cookies.update(response.cookies)
    return answered


@require_http_methods(["GET", "HEAD", "POST"])
@public(_OPEN)
def second_step(request: DoorRequest) -> HttpResponse:
    """The second factor. ``?way=`` chooses another one of those that the account has."""
    progress = Progress.of(request)
    account = progress.account()
    if account is None:
        return redirect("accounts:sign_in")
    ways = second_steps(account, progress.methods, request.door)
    typed_ways = [way for way in ways if way != "passkey"]
    way = request.GET.get("way", "")
    if way not in typed_ways:
        way = typed_ways[0] if typed_ways else ""
    origin = origin_of(request)
    may_trust = not needs_second_factor(roles_of(account))
    asks_anew = ANOTHER in request.POST
    awaits = progress.code_id is not None and codes.is_live(progress.code_id)
    refusal: DomainError | None = None
    if way == "email" and (asks_anew or (not awaits and request.method == "GET")):
        try:
            progress.code_id = sign_in.ask_for_second_code(account=account, origin=origin)
            progress.keep(request)
        except DomainError as error:
            refusal = error
        else:
            if asks_anew:
                messages.success(request, ANOTHER_SENT)
                return HttpResponseRedirect(f"{reverse('accounts:second_step')}?way=email")
    form = SecondStepForm(None if asks_anew else request.POST or None, method=way, may_trust=may_trust)
    if form.is_valid():
        try:
            method = sign_in.check_second_factor(
                account=account, method=way, code=form.cleaned_data["code"], origin=origin, code_id=progress.code_id
            )
            progress.methods = [*progress.methods, method]
            return _go_on(request, account, progress, trust=form.cleaned_data.get("trust", False))
        except DomainError as error:
            form.refuse(error)
    context = {
        "form": form,
        "way": way,
        "other_ways": [other for other in typed_ways if other != way],
        "has_passkey": "passkey" in ways,
        "refusal": refusal,
    }
    is_refused = bool(form.errors) or (asks_anew and refusal is not None)
    return page(request, "second_step", context, refused=is_refused)


@require_http_methods(["GET", "HEAD", "POST"])
@public(_OPEN)
def forgot(request: DoorRequest) -> HttpResponse:
    """Ask for a code with which a new password can be chosen."""
    form = LoginForm(request.POST or None)
    if form.is_valid():
        try:
            code_id = recovery.ask_for_reset(login=form.cleaned_data["login"], origin=origin_of(request))
        except DomainError as error:
            form.refuse(error)
        else:
            Progress(code_id=code_id).keep(request)
            return redirect("accounts:reset")
    return page(request, "forgot", {"form": form}, refused=bool(form.errors))


@require_http_methods(["GET", "HEAD", "POST"])
@public(_OPEN)
def reset(request: DoorRequest) -> HttpResponse:
    """The code and the new password. Afterwards one signs in as usual, second factor included."""
    progress = Progress.of(request)
    if progress.code_id is None:
        return redirect("accounts:forgot")
    form = ResetForm(request.POST or None)
    if form.is_valid():
        try:
            recovery.reset_password(
                code_id=progress.code_id,
                code=form.cleaned_data["code"],
                new=form.cleaned_data["new"],
                origin=origin_of(request),
            )
        except DomainError as error:
            form.refuse(error)
        else:
            request.session.pop(KEY, None)
            return redirect(f"{reverse('accounts:sign_in')}?reset=done")
    return page(request, "reset", {"form": form}, refused=bool(form.errors))


@require_POST
@public("signing out must work for whoever is half-way in, too")
def sign_out(request: DoorRequest) -> HttpResponse:
    """End this session."""
    sign_in.sign_out(access=request.access, session=request.session)
    return redirect(f"{reverse('accounts:sign_in')}?ended=self")


@require_http_methods(["GET", "HEAD", "POST"])
@public("a page asks whether its person is still signed in; who is not learns just that")
def keep_alive(request: DoorRequest) -> HttpResponse:
    """How many seconds are left, and of whose session: a page that waited may be looked at by somebody else.

    To be asked is a sign of life, unless the page asked by itself and said so.
    """
    account = request.account
    seconds = request.session.seconds_left() if account is not None else 0
    return JsonResponse({"seconds": seconds, "account": str(account.pk) if account is not None else ""})
