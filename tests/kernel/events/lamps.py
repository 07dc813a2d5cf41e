"""A subscriber that can be held in the middle of its work, for tests that kill the process around it.

Run as a program it relays the hospital named by its first argument.
"""

import sys
from dataclasses import dataclass
from uuid import UUID

import django

django.setup()

from kernel.accounts.models import Account  # noqa: E402
from kernel.events import Event, current_delivery, on  # noqa: E402
from kernel.events.relay import relay_waiting  # noqa: E402
from kernel.tenancy.resolution import context_for  # noqa: E402
from kernel.tenancy.scope import hospital  # noqa: E402


@dataclass(frozen=True)
class SwitchPressed(Event):
    """Something to relay."""

    type_name = "lamps.SwitchPressed"
    switch_id: UUID


def light_lamp(event: SwitchPressed) -> None:
    """Write a row that must exist exactly once, and wait when this is the process that will be killed."""
    Account.objects.create(login=f"{event.switch_id}-{current_delivery().attempt}")
    if __name__ == "__main__":
        print("written", flush=True)  # noqa: T201 (the parent reads it)
        sys.stdin.read()


light_lamp.__module__ = "tests.kernel.events.lamps"
on(SwitchPressed)(light_lamp)


if __name__ == "__main__":
    context = context_for(UUID(sys.argv[1]))
    assert context is not None
    with hospital(context):
        relay_waiting()
