"""The life of a hospital as operators lead it. All run under ``shared()``."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from control_plane.hospitals import dispatch, permissions
from control_plane.hospitals.events import (
    HospitalRenamed,
    HospitalResumed,
    HospitalSuspended,
    HospitalTelephoneChanged,
)
from control_plane.hospitals.models import FirstInvitation, HospitalReport, ProviderReport
from control_plane.hospitals.provisioning import FIRST_ADMINISTRATOR
from control_plane.hospitals.reporting import write_provider_report, write_report
from control_plane.hospitals.selectors import (
    HOSPITAL_HEADING,
    address_of,
    hospital_list,
    hospital_row,
)
from control_plane.hospitals.telephones import telephone
from kernel import audit, clock
from kernel.accounts.models import Account
from kernel.accounts.passwords import random_password
from kernel.accounts.selectors import written_login
from kernel.accounts.services.register import change_password
from kernel.audit.verification import verify
from kernel.errors import DomainError, ReasonMissing
from kernel.events import publish
from kernel.exports import MOST_ROWS
from kernel.lists import ListState
from kernel.names import as_heard, readable_name
from kernel.permissions import Access, NotFound
from kernel.tenancy.models import Hospital, Network, Provisioning
from kernel.tenancy.provisioning import (
    HospitalRequest,
    asks_for,
    being_made,
    request_hospital,
    require_usable_slug,
    set_state,
)
from kernel.tenancy.resolution import announce_change, context_for
from kernel.tenancy.scope import hospital as hospital_scope

# A form sent twice this soon after the hospital was made is the same wish, not a second one.
SAME_WISH_FOR = timedelta(minutes=10)
# So long nobody else gets a password for the first administrator: the one that is being shown would open nothing.
SHOWN_WITHIN = timedelta(seconds=30)
LONGEST_REASON = 200
LONGEST_NAME = 120
LONGEST_OF_PERSON = 200


class NotOpenYet(DomainError):
    message = _("This hospital is still being made.")
    code = "not-open-yet"


class NotFailed(DomainError):
    message = _("Only a hospital that could not be made can be tried again or discarded.")
    code = "not-failed"


class AlreadyShown(DomainError):
    message = _(
        "This invitation has been shown or used already. The administrator can ask for a code on the sign-in page."
    )
    code = "already-shown"


class BeingShown(DomainError):
    message = _("This invitation is being shown at this moment. If nobody sees it, try again in a minute.")
    code = "being-shown"


class TrailDamaged(DomainError):
    message = _("The audit log is not as it was written. Run portico audit verify, and keep what it finds.")
    code = "trail-damaged"


class NameMissing(DomainError):
    message = _("Write the name of the hospital.")
    code = "name-missing"


class NameTaken(DomainError):
    message = _("A hospital of this network already has this name. Choose one that tells the two apart.")
    code = "name-taken"


class NetworkTaken(DomainError):
    """Somebody wants to found a network that is there: joining it must be chosen, not happen."""

    code = "network-taken"
    sentence = _("There is already a network called %(name)s. Choose it from the list.")

    def __init__(self, name: str) -> None:
        super().__init__(self.sentence % {"name": name})


class NetworkBeingFounded(NetworkTaken):
    """The network comes with another hospital's making: it is in no list yet."""

    sentence = _(
        "A network called %(name)s is being founded with another hospital. "
        "Try again when that one is made or discarded."
    )


def add_hospital(*, access: Access, wanted: HospitalRequest, founds_network: bool = False) -> Provisioning:
    """Have a hospital made. Returns the making, which a worker carries out; the same wish sent twice is one making.

    ``founds_network`` says that the network is meant to be a new one. Raises SlugUnusable, SlugReserved, SlugTaken,
    NameUnreadable, NameTaken or NetworkTaken.
    """
    access.require(permissions.ADD)
    with transaction.atomic():
        _lock("hospital", wanted.slug)
        _lock("network", wanted.network_slug)
        again = _same_wish(access, wanted)
        if again is not None:
            return again
        row = _requested(access, wanted, founds_network=founds_network)
        dispatch.provision(row.pk)
    return row


def request_making(*, access: Access, wanted: HospitalRequest) -> Provisioning:
    """Write a making down for a caller who carries it out in its own process; no worker is told.

    A network that is not there is founded, by the same rule as with ``add_hospital``. Raises what that raises.
    """
    access.require(permissions.ADD)
    with transaction.atomic():
        _lock("hospital", wanted.slug)
        _lock("network", wanted.network_slug)
        founds_network = not Network.objects.filter(slug=wanted.network_slug).exists()
        return _requested(access, wanted, founds_network=founds_network)


def _requested(access: Access, wanted: HospitalRequest, *, founds_network: bool = False) -> Provisioning:
    require_usable_slug(wanted.slug)
    again = being_made(wanted)
    if again is not None:
        return again
    if founds_network:
        _require_new_network(wanted)
    require_good_names(wanted)
    row = request_hospital(wanted, requested_by=access.actor.account_id)
    audit.record(
        access,
        action="hospitals.requested",
        target=row,
        detail={
            "slug": wanted.slug,
            "name": wanted.name,
            "network": wanted.network_slug,
            "country": wanted.country,
        },
    )
    return row


def require_good_names(wanted: HospitalRequest) -> None:
    """Raise NameUnreadable or NameTaken for a hospital, a network or a first administrator that cannot be so called."""
    readable_name(wanted.name, LONGEST_NAME)
    if not Network.objects.filter(slug=wanted.network_slug).exists():
        readable_name(wanted.network_name, LONGEST_NAME)
    if FIRST_ADMINISTRATOR in wanted.extra:
        readable_name(wanted.extra[FIRST_ADMINISTRATOR]["name"], LONGEST_OF_PERSON)
    _require_free_name(wanted.name, slug=wanted.slug, network_slug=wanted.network_slug)


def _require_free_name(name: str, *, slug: str, network_slug: str) -> None:
    """Raise NameTaken when another hospital of the network has the name, or one that is being made will have it."""
    hospitals = Hospital.objects.filter(network__slug=network_slug).exclude(slug=slug)
    being = Provisioning.objects.filter(request__network_slug=network_slug).exclude(slug=slug)
    taken = [
        *hospitals.values_list("name", flat=True),
        *being.exclude(state=Provisioning.State.DONE).values_list("request__name", flat=True),
    ]
    if as_heard(name) in {as_heard(other) for other in taken}:
        raise NameTaken


def _require_new_network(wanted: HospitalRequest) -> None:
    """Raise NetworkTaken when there is such a network or will be, by its short name or as it is heard."""
    # One at a time: names are compared across all networks, and a worker makes the network's row much later.
    _lock("networks", "new")
    failed = Provisioning.objects.filter(slug=wanted.slug, state=Provisioning.State.FAILED).first()
    if failed is not None and asks_for(failed, wanted):
        # Its first try has founded the network.
        return
    heard = as_heard(wanted.network_name)
    made = dict(Network.objects.values_list("slug", "name"))
    for slug, name in made.items():
        if slug == wanted.network_slug or as_heard(name) == heard:
            raise NetworkTaken(name)
    being = Provisioning.objects.exclude(state=Provisioning.State.DONE).exclude(slug=wanted.slug)
    for slug, name in being.values_list("request__network_slug", "request__network_name"):
        # What joins a network gives its short name for its name.
        if slug not in made and (slug == wanted.network_slug or as_heard(name) == heard):
            raise NetworkBeingFounded(name)


def _lock(kind: str, slug: str) -> None:
    """Wait until nobody else decides about this hospital, or about the names of this network's hospitals."""
    # The ORM has no advisory locks; this one ends with the transaction.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{kind}:{slug}"])


def _same_wish(access: Access, wanted: HospitalRequest) -> Provisioning | None:
    """The making that an equal request of the same person began a moment ago, if it has not failed."""
    recent = Provisioning.objects.filter(
        slug=wanted.slug,
        requested_by=access.actor.account_id,
        created_at__gte=clock.now() - SAME_WISH_FOR,
    ).exclude(state=Provisioning.State.FAILED)
    return next((row for row in recent if asks_for(row, wanted)), None)


def retry_provisioning(*, access: Access, provisioning_id: UUID) -> Provisioning:
    """Continue a failed making at the step that failed. Trying again what runs already changes nothing."""
    access.require(permissions.ADD)
    with transaction.atomic():
        row = _locked_provisioning(provisioning_id)
        if row.state in (Provisioning.State.WAITING, Provisioning.State.RUNNING):
            return row
        if row.state != Provisioning.State.FAILED:
            raise NotFailed
        row.state, row.failure = Provisioning.State.WAITING, ""
        row.save(update_fields=["state", "failure"])
        audit.record(access, action="hospitals.retried", target=row, detail={"slug": row.slug})
        dispatch.provision(row.pk)
    return row


def discard_provisioning(*, access: Access, provisioning_id: UUID) -> None:
    """Have a failed making removed, so that its address is free again. Raises NotFailed for any other."""
    access.require(permissions.ADD)
    with transaction.atomic():
        row = _locked_provisioning(provisioning_id)
        if row.state != Provisioning.State.FAILED:
            raise NotFailed
        audit.record(access, action="hospitals.discarded", target=row, detail={"slug": row.slug})
        dispatch.discard(row.pk)


def _locked_provisioning(provisioning_id: UUID) -> Provisioning:
    row = Provisioning.objects.select_for_update().filter(pk=provisioning_id).first()
    if row is None:
        raise NotFound
    return row


def _locked(slug: str) -> Hospital:
    row = Hospital.objects.select_for_update().filter(slug=slug).first()
    if row is None:
        raise NotFound
    if row.state == Hospital.State.CREATING:
        raise NotOpenYet
    return row


def _reason(text: str) -> str:
    reason = " ".join(text.split())[:LONGEST_REASON]
    if not reason:
        raise ReasonMissing(_("Write a reason. The hospital will read it."))
    return reason


def suspend_hospital(*, access: Access, slug: str, reason: str) -> Hospital:
    """Close a hospital to everybody; its data stays. A hospital that is closed already stays as it is.

    ``reason`` is kept in both trails, the provider's and the hospital's. Raises ReasonMissing, NotOpenYet, NotFound.
    """
    access.require(permissions.SUSPEND)
    why = _reason(reason)
    with transaction.atomic():
        row = _locked(slug)
        if row.state == Hospital.State.SUSPENDED:
            return row
        before = row.state
        set_state(row.pk, Hospital.State.SUSPENDED, why)
        audit.record(
            access, action="hospitals.suspended", target=row, reason=why, detail={"slug": slug, "state_before": before}
        )
        publish(HospitalSuspended(row.pk, access.actor.display_name, why))
    row.state, row.state_reason = Hospital.State.SUSPENDED, why
    return row


def resume_hospital(*, access: Access, slug: str, reason: str) -> Hospital:
    """Open a suspended or read-only hospital. One that is open already stays as it is.

    Raises as ``suspend_hospital``.
    """
    access.require(permissions.SUSPEND)
    why = _reason(reason)
    with transaction.atomic():
        row = _locked(slug)
        if row.state == Hospital.State.ACTIVE:
            return row
        before = row.state
        set_state(row.pk, Hospital.State.ACTIVE)
        audit.record(
            access, action="hospitals.resumed", target=row, reason=why, detail={"slug": slug, "state_before": before}
        )
        publish(HospitalResumed(row.pk, access.actor.display_name, why))
    row.state, row.state_reason = Hospital.State.ACTIVE, ""
    return row


def rename_hospital(*, access: Access, slug: str, name: str) -> Hospital:
    """Give a hospital another name; its address stays. Raises NameMissing, NameUnreadable, NameTaken, NotOpenYet,
    NotFound."""
    access.require(permissions.CHANGE)
    if not name.strip():
        raise NameMissing
    wanted = readable_name(name, LONGEST_NAME)
    with transaction.atomic():
        row = _locked(slug)
        before = row.name
        if before == wanted:
            return row
        _lock("network", row.network.slug)
        _require_free_name(wanted, slug=slug, network_slug=row.network.slug)
        row.name = wanted
        # Pages show the brand's name; it follows as long as it was the hospital's.
        if row.brand.get("name") == before:
            row.brand = {**row.brand, "name": wanted}
        row.save(update_fields=["name", "brand"])
        announce_change()
        audit.record(
            access, action="hospitals.renamed", target=row, fields=("name",), detail={"before": before, "after": wanted}
        )
        publish(HospitalRenamed(row.pk, access.actor.display_name, before, wanted))
    return row


def change_telephone(*, access: Access, slug: str, phone: str) -> Hospital:
    """Give a hospital the number that its pages tell patients to call; the same number again changes nothing.

    Raises TelephoneUnusable, NotOpenYet, NotFound.
    """
    access.require(permissions.CHANGE)
    wanted = telephone(phone)
    with transaction.atomic():
        row = _locked(slug)
        before = str(row.brand.get("phone") or "")
        if before == wanted:
            return row
        row.brand = {**row.brand, "phone": wanted}
        row.save(update_fields=["brand"])
        announce_change()
        audit.record(
            access,
            action="hospitals.telephone_changed",
            target=row,
            fields=("phone",),
            detail={"before": before, "after": wanted},
        )
        publish(HospitalTelephoneChanged(row.pk, access.actor.display_name, before, wanted))
    return row


def export_hospitals(*, access: Access, state: ListState) -> list[tuple[object, ...]]:
    """The hospitals that ``state`` asks for as rows with a heading, at most 10,000; the export is recorded."""
    access.require(permissions.VIEW)
    with transaction.atomic():
        rows = [hospital_row(row) for row in hospital_list(access, state)[:MOST_ROWS]]
        audit.record(access, action="hospitals.exported", detail={"rows": len(rows), "query": state.query(page=1)})
    return [HOSPITAL_HEADING, *rows]


def ask_for_report(*, access: Access, slug: str) -> None:
    """Have the hospital count its people now instead of within the hour."""
    access.require(permissions.VIEW)
    with transaction.atomic():
        row = Hospital.objects.filter(slug=slug).first()
        if row is None:
            raise NotFound
        audit.record(access, action="hospitals.report_asked", target=row, detail={"slug": slug})
        dispatch.ask_for_report(row.pk)


def settle_anchors(*, access: Access, slug: str, reason: str) -> str:
    """Go on from the anchors that are there now, after somebody found out where the lost or forged ones went.

    Returns what the hospital reports then. ``reason`` is kept in the provider's trail. The whole trail is read first,
    outside of any transaction. Raises TrailDamaged, ReasonMissing, NotFound.
    """
    access.require(permissions.CHANGE)
    why = _explained(reason)
    row = Hospital.objects.filter(slug=slug).first()
    context = context_for(row.pk) if row is not None else None
    if row is None or context is None:
        raise NotFound
    with hospital_scope(context):
        if not verify().is_intact:
            raise TrailDamaged
    with transaction.atomic():
        report = HospitalReport.objects.select_for_update().filter(hospital=row)
        before = report.values_list("anchor_state", flat=True).first()
        report.update(anchor_state=HospitalReport.Anchors.NONE, last_anchor_at=None)
        audit.record(
            access, action="hospitals.anchors_settled", target=row, reason=why, detail={"slug": slug, "before": before}
        )
    with hospital_scope(context):
        write_report()
    return HospitalReport.objects.get(hospital=row).anchor_state


def settle_provider_anchors(*, access: Access, reason: str) -> str:
    """The same for the provider's own trail. Raises TrailDamaged, ReasonMissing."""
    access.require(permissions.CHANGE)
    why = _explained(reason)
    if not verify().is_intact:
        raise TrailDamaged
    with transaction.atomic():
        report = ProviderReport.objects.select_for_update()
        before = report.values_list("anchor_state", flat=True).first()
        report.update(anchor_state=ProviderReport.Anchors.NONE, last_anchor_at=None)
        audit.record(access, action="hospitals.anchors_settled", reason=why, detail={"before": before})
    write_provider_report()
    return ProviderReport.objects.get().anchor_state


def _explained(reason: str) -> str:
    why = " ".join(reason.split())[:LONGEST_REASON]
    if not why:
        raise ReasonMissing
    return why


@dataclass(frozen=True)
class Invitation:
    """What the first administrator needs to begin. ``password`` is not kept anywhere: it can be shown this once."""

    name: str
    login: str
    password: str
    address: str


def show_first_invitation(*, access: Access, slug: str) -> Invitation:
    """The first administrator's way in, with a password made now, once. For when the letter did not arrive.

    The password alone opens nothing: the first sign-in asks to add a second step. Raises AlreadyShown (also when the
    administrator has signed in), BeingShown, NotOpenYet, NotFound.

    That it was shown is written down last: a process that is killed before leaves a password that nobody knows, and the
    invitation can be shown again.
    """
    access.require(permissions.ADD)
    with transaction.atomic():
        row = _locked(slug)
    made = Provisioning.objects.filter(hospital_id=row.pk, state=Provisioning.State.DONE).first()
    given = made.request["extra"].get(FIRST_ADMINISTRATOR) if made is not None else None
    if given is None:
        raise NotFound
    context = context_for(row.pk)
    if context is None:
        raise NotFound
    if FirstInvitation.objects.filter(hospital=row).exists():
        raise AlreadyShown
    password = random_password()
    # The provider's transaction cannot change what is in the hospital.
    with hospital_scope(context), transaction.atomic():
        waiting = Account.objects.select_for_update().filter(last_login=None, is_active=True)
        account = waiting.filter(login=written_login(given["email"])).first()
        if account is None:
            raise AlreadyShown
        if account.password_changed_at is not None and clock.now() - account.password_changed_at < SHOWN_WITHIN:
            raise BeingShown
        change_password(access=access, account=account, new=password, present=None)
    with transaction.atomic():
        _shown, is_first = FirstInvitation.objects.get_or_create(
            hospital=row, defaults={"shown_by": access.actor.account_id, "shown_at": clock.now()}
        )
        if not is_first:
            raise AlreadyShown
        audit.record(access, action="hospitals.invitation_shown", target=row, detail={"slug": slug})
    return Invitation(given["name"], given["email"], password, address_of(context.host))
