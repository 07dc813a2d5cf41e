"""The worker process and the scheduler."""

import os

from celery import Celery, signals
from django.conf import settings

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
