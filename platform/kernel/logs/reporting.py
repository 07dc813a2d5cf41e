"""Error reports to Sentry, without people in them. No address configured: nothing is sent."""

from typing import Any

import sentry_sdk
from django.conf import settings
from sentry_sdk.integrations.celery import CeleryIntegration
from sentry_sdk.integrations.django import DjangoIntegration

from kernel.logs.scrubbing import HIDDEN, described_error, scrubbed
from kernel.tenancy.scope import peek_scope


def without_people(event: dict[str, Any], hint: dict[str, Any]) -> dict[str, Any]:
    """What may leave: kinds of errors, places, ids. No request, user, variables, breadcrumbs or messages."""
    for part in ("request", "user", "breadcrumbs", "extra", "server_name", "modules"):
        event.pop(part, None)
    error = hint["exc_info"][1] if hint.get("exc_info") else None
    for value in event.get("exception", {}).get("values", []):
        value["value"] = HIDDEN
        for frame in value.get("stacktrace", {}).get("frames", []):
            for name in ("vars", "pre_context", "context_line", "post_context"):
                frame.pop(name, None)
    if error is not None and event.get("exception", {}).get("values"):
        event["exception"]["values"][-1]["value"] = described_error(error)
    if "logentry" in event:
        event["logentry"] = {"message": scrubbed(str(event["logentry"].get("message", "")))}
    if "message" in event:
        event["message"] = scrubbed(event["message"])
    scope = peek_scope()
    if scope is not None:
        owner = str(scope.hospital.id) if scope.hospital is not None else scope.schema_name
        event.setdefault("tags", {})["hospital"] = owner
    return event


def start_reporting() -> bool:
    """Begin to report when ``SENTRY_DSN`` is set; returns whether it is."""
    if not settings.SENTRY_DSN:
        return False
    sentry_sdk.init(
        dsn=settings.SENTRY_DSN,
        send_default_pii=False,
        include_local_variables=False,
        include_source_context=False,
        max_breadcrumbs=0,
        max_request_body_size="never",
        traces_sample_rate=0.0,
        before_send=without_people,  # type: ignore[arg-type]
        integrations=[DjangoIntegration(), CeleryIntegration()],
    )
    return True
