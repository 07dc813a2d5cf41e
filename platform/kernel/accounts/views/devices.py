"""Where an account is signed in."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kernel import clock
from kernel.accounts.requests import AccountRequest
from kernel.accounts.selectors import own_device, own_session, own_sessions, remembered_devices
from kernel.accounts.services import devices
from kernel.accounts.views.pages import page
from kernel.i18n.formats import zone_name
from kernel.permissions import signed_in


@require_safe
@signed_in
def device_list(request: AccountRequest) -> HttpResponse:
    """Where this account is signed in."""
    remembered = remembered_devices(request.account)
    current = request.session.row.pk if request.session.row is not None else None
    rows = sorted(own_sessions(request.account), key=lambda row: row.pk != current)
    context = {
        "sessions": rows,
        "remembered": remembered,
        "current_id": current,
        "has_others": bool(remembered) or any(row.pk != current for row in rows),
        "now": clock.now(),
        "zone": zone_name(),
    }
    return page(request, "devices", context)


@require_POST
@signed_in
def device_end(request: AccountRequest, session_id: UUID) -> HttpResponse:
    """Sign one device out."""
    devices.end_session(access=request.access, session=own_session(request.account, session_id))
    messages.success(request, _("That device was signed out."))
    return redirect("accounts:devices")


@require_POST
@signed_in
def device_forget(request: AccountRequest, device_id: UUID) -> HttpResponse:
    """Ask for the second step on a device again."""
    devices.forget_device(access=request.access, device=own_device(request.account, device_id))
    messages.success(request, _("The second step is asked on that device again."))
    return redirect("accounts:devices")


@require_POST
@signed_in
def devices_end_others(request: AccountRequest) -> HttpResponse:
    """Sign all other devices out."""
    devices.end_other_sessions(access=request.access, account=request.account, keep_session=request.session.session_key)
    messages.success(request, _("All other devices were signed out."))
    return redirect("accounts:devices")
