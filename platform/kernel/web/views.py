"""What every host answers: where browsers report violations, and where people report weaknesses."""

from datetime import timedelta

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from kernel import clock
from kernel.accounts.doors import client_address
from kernel.accounts.throttles import TooManyAttempts, charge, report_buckets
from kernel.permissions import public
from kernel.web.bodies import json_body

logger = structlog.get_logger(__name__)

LARGEST_REPORT = 16 * 1024
SECURITY_TXT_LASTS = timedelta(days=30)
# Only these are logged: a report's addresses can hold what must not be in a log.
_LOGGED = ("effective-directive", "effectiveDirective", "disposition", "status-code", "statusCode", "line-number")


@csrf_exempt
@require_POST
@public("browsers send violation reports without a session")
def csp_report(request: HttpRequest) -> HttpResponse:
    """Note that something was blocked. Anything else than a small JSON report is ignored.

    Anybody can send one, so they are slowed by address and by host: a log that strangers can fill hides what matters.
    """
    try:
        charge(report_buckets(address=client_address(request)))
    except TooManyAttempts as refusal:
        return HttpResponse(status=429, headers={"Retry-After": str(refusal.seconds)})
    # The length is digits: BodyLimitMiddleware has let no other through.
    if int(request.META.get("CONTENT_LENGTH") or 0) <= LARGEST_REPORT:
        try:
            report = json_body(request)
        except ValueError:
            return HttpResponse(status=400)
        bodies = report if isinstance(report, list) else [report]
        for entry in bodies[:5]:
            body = entry.get("csp-report") or entry.get("body") if isinstance(entry, dict) else None
            if isinstance(body, dict):
                logger.warning(
                    "csp_violation", **{k.replace("-", "_"): str(body[k])[:80] for k in _LOGGED if k in body}
                )
    return HttpResponse(status=204)


@require_safe
@public("whoever finds a weakness must learn whom to tell")
def security_txt(request: HttpRequest) -> HttpResponse:
    """Whom to tell about a weakness (RFC 9116)."""
    lines = {
        "Contact": settings.SECURITY_CONTACT,
        "Expires": (clock.now() + SECURITY_TXT_LASTS).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "Preferred-Languages": ", ".join(code for code, _name in settings.LANGUAGES),
    }
    text = "".join(f"{name}: {value}\n" for name, value in lines.items())
    return HttpResponse(text, content_type="text/plain; charset=utf-8")
