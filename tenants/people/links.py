"""Opening a patient's record to an account, and closing it again."""

from collections.abc import Iterable
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kernel import audit, clock
from kernel.errors import DomainError
from kernel.permissions import Access, Scope
from tenants.people import permissions
from tenants.people.models import Patient, PatientLink, StaffProfile
from tenants.people.selectors import replaced


class AlreadyLinked(DomainError):
    """The account can open this record already."""

    message = _("This account can already open this record.")
    code = "already-linked"


def link_account(
    *,
    access: Access,
    account_id: UUID,
    patient: Patient,
    scopes: Iterable[Scope] = (),
    relationship: str = "",
    is_self: bool = False,
) -> PatientLink:
    """Open ``patient`` to an account: as the account's own record, or ``scopes`` of it to somebody who helps.

    Raises AlreadyLinked, also where the record was merged into another, or is another account's own since it was merged
    with that account's. ``relationship`` is in words ("mother").
    """
    access.require(permissions.KEEP)
    link = PatientLink(
        account_id=account_id,
        patient=patient,
        kind=PatientLink.Kind.SELF if is_self else PatientLink.Kind.HELPER,
        scopes=[] if is_self else sorted(scope.value for scope in scopes),
        relationship=relationship,
        starts=clock.now(),
    )
    try:
        with transaction.atomic():
            # Whether a merge opens this record to another account is being judged, or will see this link (merges.py).
            stored = Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
            if stored.replaced_by_id is not None or (is_self and _is_anothers(patient.pk, account_id)):
                raise AlreadyLinked
            link.save(force_insert=True)
            audit.record(
                access,
                action="people.linked",
                target=link,
                subject=patient.pk,
                detail={"account": str(account_id), "kind": link.kind, "scopes": link.scopes},
            )
    except IntegrityError as error:
        raise AlreadyLinked from error
    return link


def _is_anothers(patient: UUID, account_id: UUID) -> bool:
    """Whether somebody else owns a record that was merged into this one, and so reads this one as their own."""
    own = PatientLink.objects.filter(kind=PatientLink.Kind.SELF, patient__in=replaced([patient]) - {patient})
    return own.filter(Q(ends=None) | Q(ends__gt=clock.now())).exclude(account_id=account_id).exists()


def end_link(*, access: Access, link: PatientLink) -> None:
    """Close a record to an account from now on. Twice changes nothing."""
    access.require(permissions.KEEP, patient=link.patient_id)
    with transaction.atomic():
        if PatientLink.objects.filter(pk=link.pk, ends=None).update(ends=clock.now()):
            audit.record(access, action="people.unlinked", target=link, subject=link.patient_id)


def name_practitioner(*, access: Access, account_id: UUID, practitioner: str) -> StaffProfile:
    """Say which Practitioner of the records (its FHIR id) an account is: its visits are then that account's day."""
    access.require(permissions.KEEP)
    with transaction.atomic():
        profile, _created = StaffProfile.objects.update_or_create(
            account_id=account_id, defaults={"practitioner": practitioner}
        )
        audit.record(access, action="people.practitioner_named", target=profile, detail={"account": str(account_id)})
    return profile
