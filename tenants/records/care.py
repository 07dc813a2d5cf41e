"""Who is in whose care: the answer of the records to the kernel's question (DESIGN section 4).

A care relationship is membership in the care team, or an encounter or appointment within 24 months.
"""

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from kernel import clock
from kernel.permissions import SELF, Access, Permission, Reach, use_patient_directory
from tenants.people.models import Patient, PatientLink, StaffProfile
from tenants.people.selectors import replaced, survivors
from tenants.records.indexing import DECLINED, FOR_A_TIME, TIME_IN_TEAM, token
from tenants.records.models import Resource, SearchValue

WITHIN = timedelta(days=730)
NOT_CARE = ("entered-in-error", "cancelled", "noshow", "inactive")


def practitioner_of(account_id: UUID) -> str:
    """The FHIR id of the Practitioner that the account is; empty for everybody else."""
    return StaffProfile.objects.filter(account=account_id).values_list("practitioner", flat=True).first() or ""


def reaches_care_only(access: Access, permission: Permission) -> bool:
    """Whether ``permission`` reaches no patients of the hospital but those in the actor's care."""
    reaches = access.reaches(permission)
    return Reach.CARE in reaches and Reach.HOSPITAL not in reaches


def is_unconnected(access: Access, permission: Permission) -> bool:
    """Whether ``permission`` reaches only patients in care, and nothing says who of the records the actor is."""
    account_id = access.actor.account_id
    return account_id is not None and reaches_care_only(access, permission) and not practitioner_of(account_id)


def meeting(practitioner: str) -> Q:
    """Resources in which the practitioner takes part, and has not declined to."""
    reference = f"Practitioner/{practitioner}"
    named = Q(tokens__overlap=[token("participant", reference), token("practitioner", reference)])
    return named & ~Q(tokens__contains=[token(DECLINED, reference)])


class Directory:
    """Links of accounts and care relationships of this hospital."""

    def linked_patients(self, account_id: UUID) -> Mapping[UUID, frozenset[str]]:
        """The patients of the account's live links; instead of one's own merged record, the one that replaced it.

        What somebody opened of a merged record to a helper opens nothing of the other record, which holds more and may
        be somebody else's by mistake: until a person opens that one too, or the source takes the merge back.
        """
        now = clock.now()
        links = (
            PatientLink.objects.filter(Q(ends=None) | Q(ends__gt=now), account=account_id, starts__lte=now)
            .exclude(kind=PatientLink.Kind.HELPER, patient__replaced_by__isnull=False)
            .values_list("patient_id", "patient__replaced_by", "kind", "scopes")
        )
        merged = {patient for patient, replaced_by, _kind, _scopes in links if replaced_by}
        today = survivors(merged) if merged else {}
        found: dict[UUID, frozenset[str]] = {}
        for linked, _replaced_by, kind, scopes in links:
            patient = today.get(linked, linked)
            opened = {SELF} if kind == PatientLink.Kind.SELF else set(scopes)
            together = found.get(patient, frozenset()) | opened
            found[patient] = frozenset({SELF}) if SELF in together else together
        return found

    def patients_in_care_of(self, account_id: UUID) -> "QuerySet[Any, Any]":
        """Patients whom the account's practitioner has seen, will see or looks after in a care team."""
        practitioner = practitioner_of(account_id)
        if not practitioner:
            return Resource.objects.none().values("patient")
        now = clock.now()
        met = Q(type__in=["Encounter", "Appointment"], starts__gte=now - WITHIN)
        # A team that was only proposed does not look after anybody yet, and one whose time is over does no more.
        looked_after = Q(Q(ends=None) | Q(ends__gt=now), type="CareTeam") & ~Q(status="proposed")
        # A member may leave a team that goes on.
        times = SearchValue.objects.filter(
            resource=OuterRef("pk"), parameter=TIME_IN_TEAM, unit=practitioner, starts__lte=now, ends__gt=now
        )
        looked_after &= ~Q(tokens__contains=[token(FOR_A_TIME, f"Practitioner/{practitioner}")]) | Q(Exists(times))
        return (
            Resource.objects.filter(meeting(practitioner), met | looked_after, patient__isnull=False)
            .exclude(status__in=NOT_CARE)
            .order_by()
            .values("patient")
        )

    def merged_into(self, patients: Collection[UUID]) -> Collection[UUID]:
        """Everybody merged into ``patients``, directly or through others."""
        return replaced(patients)

    def is_patient(self, key: UUID) -> bool:
        """Whether the hospital keeps a record of this patient: for the trail, which says whose record was refused."""
        return Patient.objects.filter(pk=key).exists()


use_patient_directory(Directory())
