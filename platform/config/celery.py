"""The worker process and the scheduler."""

import os
from contextlib import suppress

from celery import Celery, signals
from django.conf import settings
from kombu.exceptions import OperationalError

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")

app = Celery("portico")
app.conf.update(
    broker_url=settings.CACHES["default"]["LOCATION"],
    broker_connection_retry_on_startup=True,
    broker_transport_options={"visibility_timeout": 3600, "socket_connect_timeout": 2},
    accept_content=["json"],
    task_serializer="json",
    task_ignore_result=True,
    task_default_queue="default",
    task_routes={"tenancy.*": {"queue": "provisioning"}},
    task_always_eager=False,
    task_time_limit=600,
    worker_max_tasks_per_child=500,
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    worker_redirect_stdouts=False,
    timezone="UTC",
)
app.autodiscover_tasks()


@signals.beat_init.connect
@app.on_after_finalize.connect
def _fill_schedule(sender: object = None, **kwargs: object) -> None:
    from kernel.tasks import beat_schedule

    app.conf.beat_schedule = beat_schedule()


@signals.worker_ready.connect
def _take_up_what_was_left(sender: object = None, **kwargs: object) -> None:
    """A worker of hospitals that was killed left one half made: its successor goes on at once, before the sweep."""
    from kernel.tasks import HOSPITAL_HEADER, SHARED

    if "provisioning" in app.amqp.queues.consume_from:
        with suppress(OperationalError):
            app.send_task("tenancy.resume_provisioning", headers={HOSPITAL_HEADER: SHARED}, queue="provisioning")
