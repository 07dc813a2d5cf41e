"""The first page of /manage/."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kernel.i18n.formats import zone_name
from kernel.permissions import requires
from tenants.setup import permissions
from tenants.setup.patients import may_find
from tenants.setup.requests import ManageRequest
from tenants.setup.selectors import overview as overview_of


@require_safe
@requires(permissions.VIEW_OVERVIEW)
def overview(request: ManageRequest) -> HttpResponse:
    """People, recent sign-ins and what needs attention."""
    found, may_manage = overview_of(request.access), request.access.can(permissions.MANAGE_STAFF)
    return render(
        request,
        "setup/overview.html",
        {
            "overview": found,
            "is_beginning": may_manage and (found.lacks_staff or found.lacks_records),
            "zone": zone_name(),
            "may_see_staff": request.access.can(permissions.VIEW_STAFF),
            "may_find": may_find(request.access),
            "may_manage": may_manage,
        },
    )
