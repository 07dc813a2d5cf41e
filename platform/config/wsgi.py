"""The web process."""

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()

# Makes our Celery app the current one: without it, tasks would be sent to a broker that nobody runs.
from config import celery  # noqa: E402, F401
