"""Opening a patient's record to an account, and closing it again; which practitioner an account is."""

from collections.abc import Iterable
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kernel import audit, clock
from kernel.accounts.models import Account
from kernel.accounts.permissions import MANAGE_STAFF
from kernel.errors import DomainError
from kernel.permissions import Access, Scope
from tenants.people import permissions
from tenants.people.models import Patient, PatientLink, StaffProfile
from tenants.people.selectors import replaced


class AlreadyLinked(DomainError):
    """The account can open this record already."""

    message = _("This account can already open this record.")
    code = "already-linked"


class OwnPractitioner(DomainError):
    message = _("You cannot connect your own account with the records. Ask somebody else who manages staff.")
    code = "own-practitioner"


class PractitionerTaken(DomainError):
    message = _("Somebody else's account is connected with this practitioner.")
    code = "practitioner-taken"


class PractitionerChanged(DomainError):
    message = _("Somebody else changed this meanwhile. Look at who it is now, and choose again.")
    code = "practitioner-changed"


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


def name_practitioner(
    *, access: Access, account_id: UUID, practitioner: str, shown: str | None = None, called: str = ""
) -> None:
    """Say which Practitioner of the records (its FHIR id) an account is: its visits are then that account's day, and
    its patients those in the account's care. An empty one says that the account is none of them.

    ``shown`` is who it was when somebody began to change it, ``called`` what the records call the one who is named or
    taken away, for the trail. The same twice changes nothing. Raises OwnPractitioner, PractitionerChanged,
    PractitionerTaken.
    """
    access.require(MANAGE_STAFF)
    if access.actor.account_id == account_id:
        raise OwnPractitioner
    with transaction.atomic():
        # Two who name the same account wait for each other; two accounts of one practitioner, the database refuses.
        Account.objects.select_for_update(no_key=True).get(pk=account_id)
        profile = StaffProfile.objects.filter(account=account_id).first()
        before = profile.practitioner if profile else ""
        if before == practitioner:
            return
        if shown is not None and shown != before:
            raise PractitionerChanged
        if not practitioner:
            StaffProfile.objects.filter(account=account_id).delete()
        else:
            try:
                with transaction.atomic():
                    StaffProfile.objects.update_or_create(
                        account_id=account_id, defaults={"practitioner": practitioner}
                    )
            except IntegrityError as error:
                raise PractitionerTaken from error
        audit.record(
            access,
            action="people.practitioner_named" if practitioner else "people.practitioner_unnamed",
            target=("accounts.Account", account_id),
            detail={"practitioner": practitioner or before, "former": before, "name": called},
        )
