"""The people whose records an account may open on the patient's pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from kernel.permissions import SELF, Access
from tenants.people.models import Patient


@dataclass(frozen=True, slots=True)
class Viewable:
    """One person to choose from. ``called`` is what they like to be called."""

    id: UUID
    called: str
    full_name: str
    is_self: bool


def viewable_people(access: Access) -> Sequence[Viewable]:
    """Oneself first, then those one helps, by name. One query; none for accounts that are linked to nobody."""
    if not access.patients:
        return ()
    # The links themselves are the right: each of these people opened the record to this account, or is its owner.
    found = Patient.objects.filter(pk__in=list(access.patients))
    people = [
        Viewable(patient.pk, patient.called, patient.full_name, SELF in access.patients[patient.pk])
        for patient in found
    ]
    return sorted(people, key=lambda person: (not person.is_self, person.full_name))
