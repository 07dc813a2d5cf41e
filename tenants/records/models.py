"""Clinical facts as FHIR resources: one table for the present, one for the past, one for values that have an order.

The number of tables does not grow with the number of types. What is served is ``content``, byte for byte; every other
column is derived from it by indexing.py and can be rebuilt.
"""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Func, Q

from kernel.data_classes import DataClass
from kernel.tenancy.base import HospitalModel
from tenants.people.models import Patient
from tenants.records.indexing import CRITICAL

_WRITES_ONE = " OR ".join(f"POSITION('\"{code}\"'::bytea IN %(expressions)s) > 0" for code in sorted(CRITICAL))
# Whether the content writes one of the codes, anywhere: what PostgreSQL keeps an index of, whichever version of this
# code stores a row. The codes are no parameters, so that the condition of a query is always seen to be the index's.
WRITES_A_CRITICAL_CODE = Func(F("content"), template=f"({_WRITES_ONE})", output_field=models.BooleanField())


class Resource(HospitalModel):
    """The current version of one FHIR resource.

    ``patient`` is empty only for what belongs to nobody (Practitioner, Organization, Location, Medication); of a merged
    patient it is the one who replaced them. ``code`` is ``system|code`` of the first coding. ``digest`` is of the
    canonical content and decides "unchanged"; ``source_updated_at`` is the source's own time and decides "older".
    """

    data_classes: ClassVar[dict[str, DataClass]] = {
        "type": DataClass.INTERNAL,
        "fhir_id": DataClass.INTERNAL,
        "version": DataClass.INTERNAL,
        "patient": DataClass.INTERNAL,
        "category": DataClass.PHI,
        "code": DataClass.PHI,
        "status": DataClass.PHI,
        "starts": DataClass.PHI,
        "ends": DataClass.PHI,
        "tokens": DataClass.PHI,
        "content": DataClass.PHI,
        "digest": DataClass.INTERNAL,
        "source": DataClass.INTERNAL,
        "received_at": DataClass.INTERNAL,
        "source_updated_at": DataClass.INTERNAL,
    }

    type = models.CharField(max_length=32)
    fhir_id = models.CharField(max_length=64)
    version = models.PositiveIntegerField(default=1)
    patient = models.ForeignKey(
        Patient, null=True, blank=True, on_delete=models.PROTECT, related_name="resources", db_index=False
    )
    category = models.CharField(max_length=64, blank=True)
    code = models.CharField(max_length=200, blank=True)
    status = models.CharField(max_length=32, blank=True)
    starts = models.DateTimeField(null=True, blank=True)
    ends = models.DateTimeField(null=True, blank=True)
    tokens = ArrayField(models.TextField(), default=list)
    content = models.BinaryField()
    digest = models.BinaryField(max_length=16)
    source = models.CharField(max_length=64)
    received_at = models.DateTimeField()
    source_updated_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            # The id first: a bundle is looked up by a list of ids of many types.
            models.UniqueConstraint(fields=["fhir_id", "type"], name="records_resource_identity"),
        ]
        indexes: ClassVar = [
            models.Index("patient", "type", F("starts").desc(nulls_last=True), "id", name="records_chart"),
            models.Index(
                "patient",
                F("starts").desc(nulls_last=True),
                "id",
                condition=Q(type="Observation", category="laboratory"),
                name="records_newest_results",
            ),
            models.Index(
                "patient",
                "code",
                F("starts").desc(nulls_last=True),
                condition=Q(type="Observation"),
                name="records_trend",
            ),
            models.Index(
                "patient",
                F("starts").desc(nulls_last=True),
                condition=Q(WRITES_A_CRITICAL_CODE, type="Observation"),
                name="records_critical",
            ),
            models.Index(
                "starts", "type", condition=Q(type__in=["Appointment", "Encounter"]), name="records_day_sheet"
            ),
            GinIndex(fields=["tokens"], name="records_tokens"),
        ]

    def __str__(self) -> str:
        return f"{self.type}/{self.fhir_id}"


class ResourceHistory(HospitalModel):
    """A version of a resource that has been replaced."""

    data_classes: ClassVar[dict[str, DataClass]] = {
        "resource": DataClass.INTERNAL,
        "version": DataClass.INTERNAL,
        "content": DataClass.PHI,
        "source": DataClass.INTERNAL,
        "received_at": DataClass.INTERNAL,
    }

    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="history", db_index=False)
    version = models.PositiveIntegerField()
    content = models.BinaryField()
    source = models.CharField(max_length=64)
    received_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["resource", "version"], name="records_history_version"),
        ]


class SearchValue(HospitalModel):
    """One string, date or quantity of a declared search parameter: what has an order and cannot be a token.

    One table of three kinds and partial indexes, because tables and not rows are scarce in a schema per hospital.
    ``parameter`` is ``Type.name``; under indexing.TIME_IN_TEAM stand the times of a member, whose id is the ``unit``.
    """

    data_classes: ClassVar[dict[str, DataClass]] = {
        "resource": DataClass.INTERNAL,
        "parameter": DataClass.INTERNAL,
        "text": DataClass.PHI,
        "starts": DataClass.PHI,
        "ends": DataClass.PHI,
        "number": DataClass.PHI,
        "unit": DataClass.PHI,
    }

    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="search_values")
    parameter = models.CharField(max_length=64)
    text = models.CharField(max_length=120, null=True, blank=True)  # noqa: DJ001 -- null: another kind of value
    starts = models.DateTimeField(null=True, blank=True)
    ends = models.DateTimeField(null=True, blank=True)
    number = models.DecimalField(max_digits=62, decimal_places=31, null=True, blank=True)
    unit = models.CharField(max_length=64, null=True, blank=True)  # noqa: DJ001 -- null: another kind of value

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(text__isnull=False, starts__isnull=True, number__isnull=True)
                | Q(text__isnull=True, starts__isnull=False, ends__isnull=False, number__isnull=True)
                | Q(text__isnull=True, starts__isnull=True, number__isnull=False, unit__isnull=False),
                name="records_search_value_is_of_one_kind",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["parameter", "text"],
                opclasses=["text_pattern_ops", "text_pattern_ops"],
                condition=Q(text__isnull=False),
                name="records_search_text",
            ),
            models.Index(fields=["parameter", "starts"], condition=Q(starts__isnull=False), name="records_search_date"),
            models.Index(
                fields=["parameter", "number"], condition=Q(number__isnull=False), name="records_search_number"
            ),
        ]


class UnresolvedReference(HospitalModel):
    """A reference to something that has not arrived, or was refused. It goes away when the target arrives.

    ``target`` is ``Type/id``, ``urn:uuid:...`` or a search (``Practitioner?identifier=system|value``).
    """

    data_classes: ClassVar[dict[str, DataClass]] = {
        "resource": DataClass.INTERNAL,
        "path": DataClass.INTERNAL,
        "target": DataClass.PHI,
    }

    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="unresolved_references")
    path = models.CharField(max_length=200)
    target = models.CharField(max_length=400)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["target"], name="records_unresolved_target")]


class ImportRun(HospitalModel):
    """One import of files. An unfinished run is continued by the next import of the same files from the same source."""

    class State(models.TextChoices):
        """Where the run stands."""

        RUNNING = "running"
        FINISHED = "finished"

    data_classes: ClassVar[dict[str, DataClass]] = {
        "source": DataClass.INTERNAL,
        "key": DataClass.INTERNAL,
        "state": DataClass.INTERNAL,
        "total": DataClass.INTERNAL,
        "started_at": DataClass.INTERNAL,
        "finished_at": DataClass.INTERNAL,
    }

    source = models.CharField(max_length=64)
    key = models.CharField(max_length=64)
    state = models.CharField(max_length=8, choices=State, default=State.RUNNING)
    total = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["key", "started_at"], name="records_import_run_key")]


class ImportEntry(HospitalModel):
    """What became of one file: counts, and each refused entry with its place, path and fault."""

    class State(models.TextChoices):
        """Imported, or refused as a whole."""

        IMPORTED = "imported"
        REFUSED = "refused"

    data_classes: ClassVar[dict[str, DataClass]] = {
        "run": DataClass.INTERNAL,
        "position": DataClass.INTERNAL,
        "name": DataClass.PHI,
        "digest": DataClass.INTERNAL,
        "state": DataClass.INTERNAL,
        "reason": DataClass.INTERNAL,
        "created": DataClass.INTERNAL,
        "updated": DataClass.INTERNAL,
        "unchanged": DataClass.INTERNAL,
        "refused": DataClass.INTERNAL,
        "refusals": DataClass.PHI,
        "finished_at": DataClass.INTERNAL,
    }

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="entries", db_index=False)
    position = models.PositiveIntegerField()
    name = models.CharField(max_length=255)
    digest = models.CharField(max_length=32)
    state = models.CharField(max_length=8, choices=State)
    reason = models.CharField(max_length=32, blank=True)
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    refusals = models.JSONField(default=list)
    finished_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "position"], name="records_import_entry_position"),
        ]


class SeenResult(HospitalModel):
    """An account has opened a result: for that account it is no longer new."""

    data_classes: ClassVar[dict[str, DataClass]] = {"account": DataClass.INTERNAL, "resource": DataClass.PHI}

    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="seen_results", db_index=False
    )
    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="seen_by")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "resource"], name="records_seen_once"),
        ]
