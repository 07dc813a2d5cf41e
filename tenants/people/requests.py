"""The request as pages of a hospital see it, and whose record it is about."""

from typing import Any
from uuid import UUID

from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest

from kernel.permissions import SELF, Access, NotFound
from kernel.tenancy.context import HospitalContext

# The name under which the session keeps whose record is open; the accounts' middleware reads it.
SUBJECT = "subject"


class PageRequest(HttpRequest):
    """What the middleware has put on the request."""

    access: Access
    hospital: HospitalContext
    session: SessionBase
    account: Any


def patient_access(request: PageRequest) -> Access:
    """The access of a patient's page: without staff reach, about the person chosen last, else oneself.

    Raises NotFound for accounts that are nobody's record and help nobody.
    """
    access = request.access
    if access.subject not in access.patients:
        raise NotFound
    return access.on_patient_side()


def subject_of(access: Access) -> UUID:
    """The patient of an access made by ``patient_access``."""
    if access.subject is None:
        raise NotFound
    return access.subject


def is_own(access: Access) -> bool:
    """Whether the open record is the reader's own."""
    return access.subject is not None and SELF in access.patients.get(access.subject, ())
