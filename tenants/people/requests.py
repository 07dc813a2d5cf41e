"""The request as pages of a hospital see it, and whose record it is about."""

from typing import Any
from uuid import UUID

from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest

from kernel.permissions import SELF, Access, NotFound
from kernel.tenancy.context import HospitalContext

SUBJECT = "subject"


class PageRequest(HttpRequest):
    """What the middleware has put on the request."""

    access: Access
    hospital: HospitalContext
    session: SessionBase
    user: Any


def chosen_subject(request: PageRequest) -> UUID | None:
    """Whose record is open: the person chosen before, else oneself, else the first one helps."""
    linked = request.access.patients
    wanted = request.session.get(SUBJECT) if linked else None
    for patient in linked:
        if str(patient) == wanted:
            return patient
    own = [patient for patient, scopes in linked.items() if SELF in scopes]
    return next(iter(own), None) or min(linked, default=None)


def patient_access(request: PageRequest) -> Access:
    """The access of a patient's page: without staff reach, about the chosen person.

    Raises NotFound for accounts that are nobody's record and help nobody.
    """
    subject = chosen_subject(request)
    if subject is None:
        raise NotFound
    return request.access.on_patient_side().about(subject)


def subject_of(access: Access) -> UUID:
    """The patient of an access made by ``patient_access``."""
    if access.subject is None:
        raise NotFound
    return access.subject
