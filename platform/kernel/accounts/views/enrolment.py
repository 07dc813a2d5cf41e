"""The first sign-in of staff: a second factor is added before anything else is open."""

from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from kernel.accounts.forms import AppCodeForm
from kernel.accounts.models import Account
from kernel.accounts.requests import DoorRequest
from kernel.accounts.services import factors, sign_in
from kernel.accounts.views.factors import app_context, registered, registration_options
from kernel.accounts.views.pages import page, passkey_refused
from kernel.accounts.views.progress import Progress, origin_of
from kernel.accounts.views.sign_in import enter, missing_of
from kernel.errors import DomainError
from kernel.permissions import public


def _enrolling(request: DoorRequest) -> tuple[Progress, Account | None]:
    """How far the person has come, and the account when it is at the point where it must add a factor."""
    progress = Progress.of(request)
    account = progress.account()
    if account is not None and missing_of(request, account, progress) != "enrolment":
        account = None
    return progress, account


@require_http_methods(["GET", "HEAD", "POST"])
@public("people who must add a second step come here before they are signed in")
def set_up(request: DoorRequest) -> HttpResponse:
    """Add the second factor that is missing, then enter."""
    progress, account = _enrolling(request)
    if account is None:
        return redirect("accounts:sign_in")
    if request.door.needs_passkey:
        return page(request, "set_up", {"needs_passkey": True})
    form = AppCodeForm(request.POST or None)
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
    context = {"form": form, **app_context(request, account, factor)}
    return page(request, "set_up", context, refused=bool(form.errors))


@require_POST
@public("people who must add a second step come here before they are signed in")
def set_up_passkey_options(request: DoorRequest) -> HttpResponse:
    """What the browser needs to make a passkey at the first sign-in."""
    _progress, account = _enrolling(request)
    if account is None:
        return passkey_refused(sign_in.SignInRefused())
    return registration_options(request, account)


@require_POST
@public("people who must add a second step come here before they are signed in")
def set_up_passkey(request: DoorRequest) -> HttpResponse:
    """The passkey made at the first sign-in; then enter."""
    progress, account = _enrolling(request)
    if account is None:
        return passkey_refused(sign_in.SignInRefused())
    refused = registered(request, account, sign_in.acting(account, origin_of(request)))
    if refused is not None:
        return refused
    progress.methods = [*progress.methods, "passkey"]
    response = enter(request, account, progress, has_enrolled=True)
    answered = JsonResponse({"next": response["Location"]})
    answered.cookies.update(response.cookies)
    return answered
