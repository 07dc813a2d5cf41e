"""The application, and one address more at which an answer waits until somebody opens the pipe in ``WAIT_FOR``."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from config.wsgi import application as portico


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    if environ["PATH_INFO"] != "/waiting":
        return portico(environ, start_response)
    pipe = Path(os.environ["WAIT_FOR"])
    pipe.with_suffix(".reached").touch()
    words = pipe.read_bytes()  # until the other side has written and closed
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(words)))])
    return [words]
