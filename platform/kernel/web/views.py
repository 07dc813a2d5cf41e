"""Where browsers report what the content security policy stopped."""

import structlog
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from kernel.permissions import public
from kernel.web.bodies import json_body

logger = structlog.get_logger(__name__)

LARGEST_REPORT = 16 * 1024
# Only these are logged: a report's addresses can hold what must not be in a log.
_LOGGED = ("effective-directive", "effectiveDirective", "disposition", "status-code", "statusCode", "line-number")


@csrf_exempt
@require_POST
@public("browsers send violation reports without a session")
def csp_report(request: HttpRequest) -> HttpResponse:
    """Note that something was blocked. Anything else than a small JSON report is ignored."""
    if len(request.body) <= LARGEST_REPORT:
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
