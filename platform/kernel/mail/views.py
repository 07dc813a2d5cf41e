"""The outbox page. It is routed on machines for development and demonstration only."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kernel.i18n.formats import zone_name
from kernel.mail.selectors import latest_letters
from kernel.permissions import public


@require_safe
@public("letters of a machine that sends none, where demonstrations are allowed")
def outbox(request: HttpRequest) -> HttpResponse:
    """What would have been sent from this host."""
    if not settings.DEMO_ALLOWED:
        raise Http404
    return render(request, "mail/outbox.html", {"letters": latest_letters(), "zone": zone_name()})
