"""Serves the styleguide on a free port and says on which; a process of its own, as its settings are its own."""

import os
import sys
from wsgiref.simple_server import WSGIRequestHandler, make_server


class Quiet(WSGIRequestHandler):
    """Writes no line per request."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name is wsgiref's
        return


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.themes.styleguide_settings"
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.core.wsgi import get_wsgi_application

    from tests.themes.styleguide_settings import THEMES_STATIC_DIR
    from themes import fonts

    fonts.build(THEMES_STATIC_DIR)
    server = make_server("127.0.0.1", 0, StaticFilesHandler(get_wsgi_application()), handler_class=Quiet)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
