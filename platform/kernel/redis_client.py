"""The one way to Redis, which may be gone at any moment."""

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry


def redis_client(*, seconds: float | None = 1.0, **options: object) -> redis.Redis:
    """A client that answers or raises redis.RedisError within ``seconds``; None waits for ever, for subscriptions.

    The library's own habit is ten retries, which hold a request for five seconds when Redis is gone (measured).
    """
    return redis.Redis.from_url(
        str(settings.CACHES["default"]["LOCATION"]),
        socket_connect_timeout=min(seconds or 1.0, 1.0),
        socket_timeout=seconds,
        retry=Retry(NoBackoff(), retries=0),
        **options,
    )
