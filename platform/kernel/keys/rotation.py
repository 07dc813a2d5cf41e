"""Replacing keys while people work, as an operator does it: with a line in the trail of whoever's keys they are."""

from django.db import transaction

from kernel import audit
from kernel.keys.services import reencrypt, rewrap_keys, rotate_data_key
from kernel.permissions import Access


def rotate(*, access: Access) -> tuple[int, int]:
    """Make a new data key in the scope in context and move everything to it; returns its number and how many values
    were moved.

    Stopped in between, nothing is lost: the former keys go on reading what they wrote, and ``move_values`` continues.
    """
    with transaction.atomic():
        number = rotate_data_key()
        audit.record(access, action="keys.rotated", detail={"number": number})
    return number, move_values(access=access)


def move_values(*, access: Access) -> int:
    """Encrypt with the newest data key what a former one encrypted; returns how many values that were.

    Processes that run keep the former key for five minutes, and what they wrote with it is moved by the next call.
    """
    moved = reencrypt()
    if moved:
        audit.record(access, action="keys.values_moved", detail={"values": moved})
    return moved


def rewrap(*, access: Access) -> int:
    """Wrap the keys of the scope in context by the current master key; returns how many another one had wrapped."""
    with transaction.atomic():
        count = rewrap_keys()
        if count:
            audit.record(access, action="keys.rewrapped", detail={"keys": count})
    return count
