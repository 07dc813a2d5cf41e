"""The making of a hospital: one transaction for everything the database holds, then registered steps.

Killed at any moment, the next run finishes it: the transaction leaves all or nothing, each later step may run twice,
and a hospital answers on its host only after the last one.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kernel import clock
from kernel.errors import DomainError
from kernel.ids import uuid7
from kernel.registries import Registry
from kernel.tenancy.context import HospitalContext
from kernel.tenancy.models import (
    Cell,
    Domain,
    Hospital,
    Network,
    Provisioning,
    slug_is_a_host_label,
)
from kernel.tenancy.resolution import announce_change, context_for
from kernel.tenancy.schemas import (
    OWNER,
    SomebodyElse,
    drop_schema,
    owner_connection,
    role_for,
    try_lock,
    unlock,
)
from kernel.tenancy.scope import hospital as hospital_scope
from kernel.tenancy.scope import shared
from kernel.tenancy.templates import current_template, replay

# Shown as "somebody works on it"; who may take the work up is decided by a lock that dies with its holder.
LEASE = timedelta(seconds=60)

# fmt: off
RESERVED_SLUGS = frozenset({
    "admin", "api", "app", "assets", "auth", "billing", "cdn", "cell", "console", "dashboard", "docs", "extensions",
    "fhir", "ftp", "health", "help", "imap", "information-schema", "internal", "localhost", "locked", "login", "mail",
    "manage", "mta-sts", "network", "ns1", "ns2", "operator", "platform", "pop", "portico", "postgres", "provider",
    "public", "root", "security", "shared", "smtp", "ssl", "staff", "static", "status", "support", "system",
    "template", "test", "theme", "webmail", "www",
})
# fmt: on
LONGEST_SLUG = 40
_RESERVED_PREFIXES = ("pg-", "template-", "xn--", "h-")


class SlugUnusable(DomainError):
    message = _("Use 1 to 40 small letters, digits and hyphens. Begin with a letter and do not end with a hyphen.")
    code = "slug-unusable"


class SlugReserved(DomainError):
    message = _("This address is reserved. Please choose another.")
    code = "slug-reserved"


class SlugTaken(DomainError):
    message = _("Another hospital already has this address. Please choose another.")
    code = "slug-taken"


@dataclass(frozen=True)
class HospitalRequest:
    """What an operator asks for. ``country`` ISO 3166-1 alpha-2, ``currency`` ISO 4217, ``time_zone`` IANA,
    ``languages`` BCP 47 with the default first, ``digits`` ``latn`` or ``arab``."""

    slug: str
    name: str
    network_slug: str
    network_name: str
    country: str
    time_zone: str
    currency: str
    languages: tuple[str, ...]
    digits: str = "latn"
    brand: Mapping[str, Any] = field(default_factory=dict)
    is_demo: bool = False
    # What the registered steps need, by step name; never a secret, because it is stored.
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ProvisioningStep:
    """One thing to do for a new hospital, run in its scope. It may run twice and must then change nothing."""

    name: str
    sentence: str | Promise
    run: Callable[[HospitalContext, Mapping[str, Any]], None]
    order: int = 100


steps: Registry[ProvisioningStep] = Registry("provisioning steps")

DATABASE_STEP, OPEN_STEP = "database", "open"


def require_usable_slug(slug: str) -> None:
    """Raise SlugUnusable or SlugReserved for what cannot be a hospital's address."""
    if not re.fullmatch(slug_is_a_host_label.regex, slug):
        raise SlugUnusable
    if slug in RESERVED_SLUGS or slug.startswith(_RESERVED_PREFIXES):
        raise SlugReserved


def request_hospital(request: HospitalRequest, *, requested_by: UUID | None = None) -> Provisioning:
    """Write down that a hospital is to be made. The same asked for twice while it is being made is one request.

    Raises SlugUnusable, SlugReserved or SlugTaken. Call it under ``shared()``.
    """
    require_usable_slug(request.slug)
    again = being_made(request)
    if again is not None:
        return again
    if Hospital.objects.filter(slug=request.slug).exclude(state=Hospital.State.CREATING).exists():
        raise SlugTaken
    failed = Provisioning.objects.filter(slug=request.slug, state=Provisioning.State.FAILED).first()
    try:
        with transaction.atomic():
            if failed is not None:
                failed.state, failed.failure = Provisioning.State.WAITING, ""
                if not Hospital.objects.filter(pk=failed.hospital_id).exists():
                    # Nothing was made yet: what is asked for now counts.
                    failed.request = asdict(request)
                elif not asks_for(failed, request):
                    raise SlugTaken
                failed.save(update_fields=["state", "failure", "request"])
                return failed
            return Provisioning.objects.create(
                slug=request.slug,
                request=asdict(request),
                hospital_id=uuid7(),
                requested_by=requested_by,
                steps=[
                    {"name": name, "state": "waiting"}
                    for name in (
                        DATABASE_STEP,
                        *(step.name for step in steps),
                        OPEN_STEP,
                    )
                ],
            )
    except IntegrityError as error:
        again = being_made(request)
        if again is None:
            raise SlugTaken from error
        return again


def being_made(request: HospitalRequest) -> Provisioning | None:
    """The making at this address that is not done, if it is of this very hospital. Raises SlugTaken for another's."""
    unfinished = Provisioning.objects.filter(
        slug=request.slug,
        state__in=[Provisioning.State.WAITING, Provisioning.State.RUNNING],
    ).first()
    if unfinished is not None and not asks_for(unfinished, request):
        raise SlugTaken
    return unfinished


def asks_for(row: Provisioning, request: HospitalRequest) -> bool:
    """Whether ``row`` is the making of exactly what ``request`` asks for."""
    return bool(row.request == json.loads(json.dumps(asdict(request))))


def unfinished() -> list[UUID]:
    """Ids of the provisionings that are not done, oldest first: asked for, or left by a killed worker."""
    with shared():
        rows = Provisioning.objects.using(OWNER).filter(
            state__in=[Provisioning.State.WAITING, Provisioning.State.RUNNING]
        )
        return list(rows.order_by("created_at").values_list("pk", flat=True))


def _claim(provisioning_id: UUID) -> Provisioning | None:
    """Take the work, unless it is done or somebody else is at it. The lock of that name is held afterwards.

    The lock and not the lease decides: it is free the moment its holder dies, and however long a step takes nobody
    else begins it.
    """
    with shared():
        if not try_lock(_lock_name(provisioning_id)):
            return None
        claimed = None
        try:
            with transaction.atomic(using=OWNER):
                row = Provisioning.objects.using(OWNER).select_for_update().filter(pk=provisioning_id).first()
                if row is not None and row.state in (
                    Provisioning.State.WAITING,
                    Provisioning.State.RUNNING,
                ):
                    row.state = Provisioning.State.RUNNING
                    row.worked_on_until = clock.now() + LEASE
                    row.save(using=OWNER)
                    claimed = row
        finally:
            # Also when the row could not be had: this process lives on, and the lock would be held as long as it does.
            if claimed is None:
                unlock(_lock_name(provisioning_id))
        return claimed


def _lock_name(provisioning_id: UUID) -> str:
    return f"provisioning.{provisioning_id}"


def _mark(row: Provisioning, step: str, state: str, held_by: object) -> None:
    """Record how far the work is, visible to whoever watches. Raises SomebodyElse when the lock may be lost."""
    if owner_connection().connection is not held_by:
        raise SomebodyElse("the connection that held this work was lost; the next run continues")
    entry = next(entry for entry in row.steps if entry["name"] == step)
    entry["state"] = state
    entry["at"] = clock.now().isoformat()
    row.worked_on_until = clock.now() + LEASE
    with shared():
        row.save(using=OWNER, update_fields=["steps", "worked_on_until"])


def run_provisioning(provisioning_id: UUID, report: Callable[[str], None] = lambda line: None) -> Provisioning | None:
    """Do all steps that are not done. Returns the finished row, or None when there was nothing to do.

    A failing step leaves the row failed, with the step named, and the hospital unseen; asking again continues there.
    A process that is stopped or loses its database in between leaves the row as it is, and the next run continues.
    """
    row = _claim(provisioning_id)
    if row is None:
        return None
    held_by = owner_connection().connection
    try:
        _run_steps(row, report, held_by)
    finally:
        if owner_connection().connection is held_by and not held_by.closed:
            with shared():
                unlock(_lock_name(provisioning_id))
    return row


def _run_steps(row: Provisioning, report: Callable[[str], None], held_by: object) -> None:
    current = DATABASE_STEP
    try:
        for entry in row.steps:
            current = entry["name"]
            if entry["state"] == "done":
                continue
            report(current)
            _mark(row, current, "running", held_by)
            _run_step(row, current)
            _mark(row, current, "done", held_by)
    except SomebodyElse:
        raise
    except Exception as error:
        # Whatever it was, the operator sees the step and the kind of fault; the details are in the log.
        with shared():
            row.state = Provisioning.State.FAILED
            row.failure = f"{current}: {type(error).__name__}"
            row.worked_on_until = None
            row.save(using=OWNER, update_fields=["state", "failure", "worked_on_until"])
        raise
    with shared():
        row.state, row.finished_at, row.worked_on_until = (
            Provisioning.State.DONE,
            clock.now(),
            None,
        )
        row.save(using=OWNER, update_fields=["state", "finished_at", "worked_on_until"])


def _run_step(row: Provisioning, name: str) -> None:
    if name == DATABASE_STEP:
        _make_in_database(row)
        return
    context = context_for(row.hospital_id)
    if context is None:
        raise LookupError("the hospital's row is gone")
    if name == OPEN_STEP:
        _open(row)
        return
    step = steps.get(name)
    with hospital_scope(context):
        step.run(context, row.request["extra"].get(name, {}))


def _make_in_database(row: Provisioning) -> None:
    """Role, schema, tables, rows and domain, all or nothing."""
    template = current_template()
    asked = row.request
    schema_name = f"h_{row.hospital_id.hex[-12:]}"
    with shared(), transaction.atomic(using=OWNER):
        if Hospital.objects.using(OWNER).filter(pk=row.hospital_id).exists():
            return
        network, _created = Network.objects.using(OWNER).get_or_create(
            slug=asked["network_slug"], defaults={"name": asked["network_name"]}
        )
        cell, _created = Cell.objects.using(OWNER).get_or_create(name="main")
        role_name = role_for(schema_name)
        replay(template, schema_name, role_name)
        made = Hospital(
            id=row.hospital_id,
            schema_name=schema_name,
            role_name=role_name,
            network=network,
            cell=cell,
            languages=list(asked["languages"]),
            migration_state=template.migration_state,
            **{
                key: asked[key]
                for key in (
                    "slug",
                    "name",
                    "country",
                    "time_zone",
                    "currency",
                    "digits",
                    "brand",
                    "is_demo",
                )
            },
        )
        made.save_base(using=OWNER, force_insert=True)
        Domain(domain=f"{made.slug}.{settings.BASE_DOMAIN}", tenant=made).save(using=OWNER)


def _open(row: Provisioning) -> None:
    with shared(), transaction.atomic():
        Hospital.objects.filter(pk=row.hospital_id, state=Hospital.State.CREATING).update(
            state=Hospital.State.ACTIVE, opened_at=clock.now()
        )
        announce_change()
    _let_letters_leave(row)


def _let_letters_leave(row: Provisioning) -> None:
    """What was written while the hospital was made has waited for its address, and need not wait for the sweep too."""
    from kernel.events.relay import ring

    context = context_for(row.hospital_id)
    if context is not None:
        with hospital_scope(context):
            # "Later" is sent although a bell hangs: whoever answers that one may have seen the hospital still closed.
            ring(later=0.1)


def set_state(hospital_id: UUID, state: Hospital.State, reason: str = "") -> None:
    """Move an existing hospital to another state and tell all processes. Call it under ``shared()``."""
    with transaction.atomic():
        Hospital.objects.filter(pk=hospital_id).update(state=state, state_reason=reason)
        announce_change()


def discard(provisioning_id: UUID) -> None:
    """Remove what a failed provisioning left, so that its address is free again.

    One that somebody has asked for again meanwhile stays. Raises DomainError for an open hospital and SomebodyElse
    while a worker is at it.
    """
    with shared():
        if not try_lock(_lock_name(provisioning_id)):
            raise SomebodyElse("this hospital is being made at this moment")
        try:
            with transaction.atomic(using=OWNER):
                row = Provisioning.objects.using(OWNER).select_for_update().get(pk=provisioning_id)
                made = Hospital.objects.using(OWNER).filter(pk=row.hospital_id).first()
                if made is not None and made.state != Hospital.State.CREATING:
                    raise DomainError(_("This hospital is open and cannot be discarded."))
                if row.state != Provisioning.State.FAILED:
                    return
                if made is not None:
                    drop_schema(made.schema_name, made.role_name)
                    Domain.objects.using(OWNER).filter(tenant_id=made.pk).delete()
                    Hospital.objects.using(OWNER).filter(pk=made.pk).delete()
                row.delete(using=OWNER)
        finally:
            unlock(_lock_name(provisioning_id))
