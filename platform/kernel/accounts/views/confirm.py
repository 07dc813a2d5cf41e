"""Confirm that it is you, before something sensitive."""

from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from kernel.accounts import codes, passkeys
from kernel.accounts.confirm import tell_to_repeat, what_for
from kernel.accounts.forms import ConfirmForm
from kernel.accounts.requests import AccountRequest
from kernel.accounts.selectors import confirm_ways
from kernel.accounts.services import sign_in
from kernel.accounts.services.confirm import confirm_by_code, confirm_by_passkey
from kernel.accounts.views.pages import page, passkey_refused
from kernel.accounts.views.progress import ANOTHER, ANOTHER_SENT, origin_of, safe_next
from kernel.accounts.views.sign_in import PASSKEY_STATE
from kernel.errors import DomainError
from kernel.permissions import signed_in
from kernel.web.bodies import json_body

CODE = "confirm_code"


def _awaited(request: AccountRequest) -> UUID | None:
    """The code that was sent for this page, while it can still be right."""
    kept = request.session.get(CODE)
    return UUID(kept) if kept and codes.is_live(UUID(kept)) else None


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def confirm(request: AccountRequest) -> HttpResponse:
    """Show a factor again before something sensitive."""
    account, origin = request.account, origin_of(request)
    ways = confirm_ways(account, request.door)
    way = next((way for way in ways if way != "passkey"), "")
    after = safe_next(request) or reverse("accounts:security")
    asks_anew = ANOTHER in request.POST
    code_id = _awaited(request)
    refusal: DomainError | None = None
    if way == "email" and (asks_anew or (code_id is None and request.method == "GET")):
        try:
            code_id = sign_in.ask_for_second_code(access=request.access, account=account, origin=origin)
            request.session[CODE] = str(code_id)
        except DomainError as error:
            refusal = error
        else:
            if asks_anew:
                messages.success(request, ANOTHER_SENT)
                return HttpResponseRedirect(f"{reverse('accounts:confirm')}?{urlencode({'next': after})}")
    form = ConfirmForm(None if asks_anew else request.POST or None, method=way)
    if form.is_valid():
        try:
            confirm_by_code(
                access=request.access,
                account=account,
                session=request.session,
                method=way,
                code=form.cleaned_data["code"],
                origin=origin,
                code_id=code_id,
            )
        except DomainError as error:
            form.refuse(error)
        else:
            request.session.pop(CODE, None)
            tell_to_repeat(request, after)
            return HttpResponseRedirect(after)
    context = {
        "form": form,
        "next": after,
        "way": way,
        "has_passkey": "passkey" in ways,
        "refusal": refusal,
        "what_for": what_for(request, after),
    }
    is_refused = bool(form.errors) or (asks_anew and refusal is not None)
    return page(request, "confirm", context, refused=is_refused)


@require_POST
@signed_in
def confirm_passkey(request: AccountRequest) -> HttpResponse:
    """Show the passkey again. The challenge comes from the same address as at sign-in."""
    state = request.session.pop(PASSKEY_STATE, None)
    try:
        answer = json_body(request)
        if state is None or not isinstance(answer, dict):
            raise passkeys.PasskeyRefused
        factor = passkeys.complete_authentication(request.door, state=state, answer=answer)
        confirm_by_passkey(access=request.access, account=request.account, session=request.session, factor=factor)
    except (ValueError, DomainError) as error:
        sign_in.note_refusal(request.account, origin_of(request), "passkey", access=request.access)
        return passkey_refused(error)
    after = safe_next(request) or reverse("accounts:security")
    tell_to_repeat(request, after)
    return JsonResponse({"next": after})
