"""What was imported, and what was refused."""

from uuid import UUID

from django.db.models import QuerySet

from kernel.permissions import Access
from tenants.records import permissions
from tenants.records.models import ImportEntry, ImportRun, UnresolvedReference


def import_runs(access: Access) -> QuerySet[ImportRun]:
    """All imports, newest first."""
    access.require(permissions.IMPORT)
    return ImportRun.objects.order_by("-started_at", "-id")


def refused_entries(access: Access, run: UUID) -> QuerySet[ImportEntry]:
    """The files of a run with something refused, in the order of the files."""
    access.require(permissions.IMPORT)
    return ImportEntry.objects.filter(run=run, refused__gt=0).order_by("position") | ImportEntry.objects.filter(
        run=run, state=ImportEntry.State.REFUSED
    ).order_by("position")


def unresolved_references(access: Access) -> QuerySet[UnresolvedReference]:
    """References whose target has not arrived, oldest first."""
    access.require(permissions.IMPORT)
    return UnresolvedReference.objects.select_related("resource").order_by("id")
