"""How logs are written: one JSON object a line in production, plain lines on a terminal."""

import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from kernel.logs.scrubbing import described_trace, scrub
from kernel.tenancy.scope import peek_scope


def add_scope(logger: object, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Whose data was in context: the hospital's id, or ``shared``."""
    scope = peek_scope()
    if scope is not None:
        event["hospital"] = str(scope.hospital.id) if scope.hospital is not None else scope.schema_name
    return event


def describe_exception(logger: object, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Put an exception's kind and places into the line; structlog's own form would show the values of variables."""
    given = event.pop("exc_info", None)
    if given is True:
        given = sys.exc_info()
    error = given if isinstance(given, BaseException) else given[1] if isinstance(given, tuple) else None
    if error is not None:
        event["error"] = described_trace(error, error.__traceback__)
    return event


def _put_error_below(logger: object, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """On a terminal the places stand under the line."""
    error = event.pop("error", None)
    if error is not None:
        event["exception"] = error
    return event


SHARED_STEPS: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.stdlib.ExtraAdder(allow=[]),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    add_scope,
    describe_exception,
    scrub,
]


def configuration(*, as_json: bool) -> dict[str, Any]:
    """Configure structlog, and return Django's ``LOGGING`` that leads everybody else's lines through the same steps."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *(step for step in SHARED_STEPS if not isinstance(step, structlog.stdlib.ExtraAdder)),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    ending: list[Any] = (
        [structlog.processors.JSONRenderer()]
        if as_json
        else [_put_error_below, structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "lines": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": SHARED_STEPS,
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *ending],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"handlers": ["stderr"], "level": "INFO"},
        "loggers": {
            # Django writes a line for each 404; the request's own line says it already, without the address.
            "django.request": {"level": "ERROR"},
            "django.security.DisallowedHost": {"level": "CRITICAL"},
            "django.server": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
            "httpx": {"level": "WARNING"},
            "botocore": {"level": "WARNING"},
            "celery": {"level": "WARNING"},
            "fontTools": {"level": "ERROR"},
        },
    }
