"""Answers to machines that ask whether this process lives and can serve, before any host is looked at (S59)."""

from collections.abc import Callable

import redis
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, JsonResponse

from kernel.redis_client import redis_client
from kernel.tenancy.scope import shared


class HealthMiddleware:
    """``/healthz``: the process is alive. ``/readyz``: it can serve; a failing part is named without secrets."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/healthz":
            return JsonResponse({"status": "alive"})
        if request.path == "/readyz":
            return ready()
        return self.get_response(request)


def ready() -> HttpResponse:
    """200 when pages can be served. Redis may be down: sign-in and reading work without it, so it only degrades."""
    parts = {"database": _database_answers(), "redis": _redis_answers()}
    status = 200 if parts["database"] else 503
    words = {name: "ok" if works else "failing" for name, works in parts.items()}
    return JsonResponse({"status": "ready" if all(parts.values()) else "degraded", **words}, status=status)


def _database_answers() -> bool:
    try:
        with shared(), connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM tenancy_cell LIMIT 1")
    except Error:
        return False
    return True


def _redis_answers() -> bool:
    try:
        return bool(redis_client().ping())
    except redis.RedisError:
        return False
