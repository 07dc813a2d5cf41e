"""Reading JSON that a browser, or somebody who pretends to be one, has sent."""

from typing import Any

import orjson
from django.http import HttpRequest
from django.http.request import RawPostDataException

from kernel.nesting import depth_exceeds

# The deepest thing a browser sends us is a passkey's answer, with three levels.
DEEPEST = 16


class NotReadable(ValueError):
    """The body is not JSON, or is nested so deeply that reading it would exhaust the stack."""


def json_body(request: HttpRequest) -> Any:
    """The JSON of the request's body. Raises NotReadable; Python's own reader fails on depth with a RecursionError."""
    try:
        document = orjson.loads(request.body)
    except (orjson.JSONDecodeError, RawPostDataException) as error:
        # Django has no body any more once it has read parts of a form from it, and those are no JSON.
        raise NotReadable from error
    if depth_exceeds(document, DEEPEST):
        raise NotReadable
    return document
