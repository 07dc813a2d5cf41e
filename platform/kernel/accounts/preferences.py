"""What hospitals decide about signing in: shorter times than ours, never longer ones (S21)."""

from datetime import timedelta
from typing import Annotated

from django.utils.translation import gettext_lazy as _
from pydantic import Field

from kernel.accounts.sessions import PATIENT_IDLE, STAFF_IDLE
from kernel.preferences import Level, Preference, value_of
from kernel.tenancy.scope import current_scope

# The warning comes two minutes before the end; somebody must be able to read a page between two of them.
_SHORTEST = 5
_IMPACT = _("A shorter time protects screens that are left open. It counts from the next sign-in on.")


def _minutes(longest: timedelta) -> int:
    return int(longest.total_seconds() // 60)


PATIENT_IDLE_MINUTES: Preference[int] = Preference(
    "accounts.patient_idle_minutes",
    Annotated[int, Field(ge=_SHORTEST, le=_minutes(PATIENT_IDLE))],
    _minutes(PATIENT_IDLE),
    Level.HOSPITAL,
    _("Minutes without a sign of life after which patients are signed out"),
    impact=_IMPACT,
)
STAFF_IDLE_MINUTES: Preference[int] = Preference(
    "accounts.staff_idle_minutes",
    Annotated[int, Field(ge=_SHORTEST, le=_minutes(STAFF_IDLE))],
    _minutes(STAFF_IDLE),
    Level.HOSPITAL,
    _("Minutes without a sign of life after which staff are signed out"),
    impact=_IMPACT,
)


def idle_time(*, staff: bool) -> timedelta:
    """How long a session lasts without a sign of life, in the scope in context; the provider's hosts have no choice."""
    if current_scope().hospital is None:
        return STAFF_IDLE if staff else PATIENT_IDLE
    return timedelta(minutes=value_of(STAFF_IDLE_MINUTES if staff else PATIENT_IDLE_MINUTES))
