"""Background work that always knows its hospital.

A task sent inside a hospital carries the hospital's id in a header and runs in that hospital's scope; a task of the
provider's own says so. A message without either is refused by the sender and by the worker (S08).
"""

import random
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from celery import Task, shared_task
from django.db import close_old_connections, transaction

from kernel.registries import Registry
from kernel.tenancy.errors import NoHospital, ScopeRefused
from kernel.tenancy.models import Hospital
from kernel.tenancy.resolution import remembered_context
from kernel.tenancy.scope import Scope, current_hospital, hospital, peek_scope, shared

HOSPITAL_HEADER = "portico_hospital"
SHARED = "shared"


class _ScopedTask(Task[..., Any], ABC):
    """What hospital tasks and provider tasks have in common: the header on the way out, the scope on the way in."""

    abstract = True
    ignore_result = True
    acks_late = True
    reject_on_worker_lost = True
    max_retries = 5

    @abstractmethod
    def header(self) -> str:
        """What the message must carry: a hospital's id, or the word for the shared schema."""

    def apply_async(  # type: ignore[override]  # the stubs name each option
        self, args: tuple[Any, ...] | None = None, kwargs: dict[str, Any] | None = None, **options: Any
    ) -> Any:
        headers = {**(options.pop("headers", None) or {}), HOSPITAL_HEADER: self.header()}
        return super().apply_async(args, kwargs, headers=headers, **options)

    def delay(self, *args: Any, **kwargs: Any) -> None:  # type: ignore[override]
        """Send after the running transaction has committed: a task never sees rows that may still vanish."""
        header = self.header()
        transaction.on_commit(
            lambda: super(_ScopedTask, self).apply_async(args, kwargs, headers={HOSPITAL_HEADER: header}),
            # What is committed has happened: without Redis it must not look as if it had not.
            robust=True,
        )

    def _header_received(self) -> str:
        received = (self.request.headers or {}).get(HOSPITAL_HEADER) or self.request.get(HOSPITAL_HEADER)
        if not received:
            raise NoHospital(f"{self.name} arrived without a hospital and is not run")
        return str(received)

    def _require_own_scope(self, scope: Scope) -> None:
        """A message meets no scope, or somebody left one behind in the worker: it must not be run for that hospital."""
        present = str(scope.hospital.id) if scope.hospital is not None else scope.schema_name
        if self._header_received() != present:
            raise ScopeRefused(f"{self.name} arrived inside another scope, which somebody left behind")

    @abstractmethod
    def scoped_run(self, received: str, *args: Any, **kwargs: Any) -> Any:
        """Run the body in the scope that ``received`` names."""

    @abstractmethod
    def require_fitting(self, scope: Scope) -> None:
        """Raise NoHospital when the body must not run in ``scope``."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        scope = peek_scope()
        if scope is not None:
            if self.request.called_directly is False:
                self._require_own_scope(scope)
            # Called like a function inside somebody's scope: it is simply part of that unit of work.
            self.require_fitting(scope)
            return self.run(*args, **kwargs)
        received = self._header_received()
        close_old_connections()
        try:
            with structlog.contextvars.bound_contextvars(task=self.name, scope=received):
                return self.scoped_run(received, *args, **kwargs)
        finally:
            close_old_connections()


class HospitalTask(_ScopedTask):
    """A task of one hospital."""

    abstract = True

    def header(self) -> str:
        return str(current_hospital().id)

    def require_fitting(self, scope: Scope) -> None:
        if scope.hospital is None:
            raise NoHospital(f"{self.name} is a hospital's and was called without one")

    def scoped_run(self, received: str, *args: Any, **kwargs: Any) -> Any:
        try:
            context = remembered_context(UUID(received))
        except ValueError:
            context = None
        if context is None:
            raise NoHospital(f"{self.name} was sent for a hospital that does not exist")
        with hospital(context):
            return self.run(*args, **kwargs)


class ProviderTask(_ScopedTask):
    """A task of the provider, under ``shared()``."""

    abstract = True

    def header(self) -> str:
        return SHARED

    def require_fitting(self, scope: Scope) -> None:
        if not scope.is_shared:
            raise NoHospital(f"{self.name} belongs to the provider and was called inside a hospital")

    def scoped_run(self, received: str, *args: Any, **kwargs: Any) -> Any:
        if received != SHARED:
            raise NoHospital(f"{self.name} belongs to the provider and was sent for a hospital")
        with shared():
            return self.run(*args, **kwargs)


def hospital_task(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Declare a task that runs in the hospital in which it was sent. Arguments are ids and plain values."""
    return shared_task(base=HospitalTask, **options)


def provider_task(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Declare a task of the provider's side, which runs under ``shared()``."""
    return shared_task(base=ProviderTask, **options)


@dataclass(frozen=True)
class Schedule:
    """A task to send every so often: once for the provider, or once for each open hospital with a random delay.

    ``also_suspended``: for suspended ones as well. Their people are shut out, and the provider still acts in them.
    """

    name: str
    task: Any
    every: timedelta
    also_suspended: bool = False
    order: int = 100

    @property
    def is_for_hospitals(self) -> bool:
        """Whether the task is a hospital's."""
        return isinstance(self.task, HospitalTask)


schedules: Registry[Schedule] = Registry("schedules")

# Well below the hour after which Redis hands a message that waits for its time to a second worker.
LONGEST_SPREAD = timedelta(minutes=30)


@provider_task(name="kernel.send_scheduled")
def send_scheduled(name: str) -> None:
    """Send the scheduled task ``name`` to each hospital that is to have it, spread over a tenth of its interval.

    A message that nobody takes before the next one is sent is worth nothing: a worker that comes back after an hour
    must not find sixty of each.
    """
    schedule = schedules.get(name)
    spread = min(schedule.every / 10, LONGEST_SPREAD).total_seconds()
    states = [*Hospital.OPEN_STATES, *([Hospital.State.SUSPENDED] if schedule.also_suspended else [])]
    with shared():
        keys = list(Hospital.objects.filter(state__in=states).values_list("pk", flat=True))
    for key in keys:
        Task.apply_async(
            schedule.task,
            headers={HOSPITAL_HEADER: str(key)},
            countdown=random.uniform(0, spread),  # noqa: S311
            expires=schedule.every.total_seconds() + spread,
        )


def beat_schedule() -> dict[str, dict[str, Any]]:
    """All schedules in Celery's own form."""
    return {
        schedule.name: {
            "task": send_scheduled.name if schedule.is_for_hospitals else schedule.task.name,
            "args": (schedule.name,) if schedule.is_for_hospitals else (),
            "schedule": schedule.every,
            "options": {"headers": {HOSPITAL_HEADER: SHARED}, "expires": schedule.every.total_seconds()},
        }
        for schedule in schedules
    }
