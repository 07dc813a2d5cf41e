"""The provider's register: networks, hospitals, where they answer, what state their schemas are in."""

from typing import Any, ClassVar, NoReturn

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_tenants.models import DomainMixin, TenantMixin

from kernel.data_classes import DataClass
from kernel.tenancy.base import SharedModel

PUBLIC, INTERNAL = DataClass.PUBLIC, DataClass.INTERNAL

slug_is_a_host_label = RegexValidator(
    r"\A[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?\Z",
    _("Use 1 to 40 small letters, digits and hyphens. Begin with a letter and do not end with a hyphen."),
)


class Cell(SharedModel):
    """One stack of infrastructure that holds many hospitals."""

    data_classes: ClassVar = {
        "name": INTERNAL,
        "database_alias": INTERNAL,
        "region": INTERNAL,
    }

    name = models.CharField(max_length=60)
    database_alias = models.CharField(max_length=40, default="default")
    region = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name"], name="one_cell_of_a_name")]

    def __str__(self) -> str:
        return self.name


class Network(SharedModel):
    """A hospital group: it holds the contract, and its defaults reach all its hospitals."""

    data_classes: ClassVar = {
        "slug": PUBLIC,
        "name": PUBLIC,
        "settings": INTERNAL,
        "created_at": INTERNAL,
    }

    slug = models.CharField(max_length=40, validators=[slug_is_a_host_label])
    name = models.CharField(max_length=120)
    settings = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["slug"], name="one_network_of_a_slug")]

    def __str__(self) -> str:
        return self.name


class Hospital(TenantMixin, SharedModel):  # type: ignore[misc]
    """One tenant: one schema, one database role, one key, one or more domains.

    Schema and role names are generated and mean nothing, because the catalogue shows them to every role.
    """

    class State(models.TextChoices):
        """A hospital answers only when it is active or read-only."""

        CREATING = "creating", _("Being set up")
        ACTIVE = "active", _("Live")
        READ_ONLY = "read_only", _("Read only")
        SUSPENDED = "suspended", _("Suspended")

    OPEN_STATES: ClassVar = (State.ACTIVE, State.READ_ONLY)

    data_classes: ClassVar = {
        "schema_name": INTERNAL,
        "role_name": INTERNAL,
        "slug": PUBLIC,
        "name": PUBLIC,
        "network": INTERNAL,
        "cell": INTERNAL,
        "state": INTERNAL,
        "state_reason": INTERNAL,
        "country": PUBLIC,
        "time_zone": PUBLIC,
        "currency": PUBLIC,
        "languages": PUBLIC,
        "digits": PUBLIC,
        "brand": PUBLIC,
        "brand_version": PUBLIC,
        "entitlements": INTERNAL,
        "flags": INTERNAL,
        "is_demo": INTERNAL,
        "migration_state": INTERNAL,
        "ring": INTERNAL,
        "created_at": INTERNAL,
        "opened_at": INTERNAL,
        "last_activity_at": INTERNAL,
    }

    auto_create_schema = False
    auto_drop_schema = False

    schema_name = models.CharField(max_length=63)
    role_name = models.CharField(max_length=63)
    slug = models.CharField(max_length=40, validators=[slug_is_a_host_label])
    name = models.CharField(max_length=120)
    network = models.ForeignKey(Network, on_delete=models.PROTECT, related_name="hospitals")
    cell = models.ForeignKey(Cell, on_delete=models.PROTECT, related_name="hospitals")
    state = models.CharField(max_length=12, choices=State.choices, default=State.CREATING)
    state_reason = models.CharField(max_length=200, blank=True)
    country = models.CharField(max_length=2)
    time_zone = models.CharField(max_length=60)
    currency = models.CharField(max_length=3)
    languages = models.JSONField(default=list)
    digits = models.CharField(max_length=4, default="latn")
    brand = models.JSONField(default=dict)
    brand_version = models.PositiveIntegerField(default=1)
    entitlements = models.JSONField(default=list, blank=True)
    flags = models.JSONField(default=list, blank=True)
    is_demo = models.BooleanField(default=False)
    migration_state = models.CharField(max_length=64, blank=True)
    ring = models.PositiveSmallIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    last_activity_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["schema_name"], name="one_hospital_of_a_schema"),
            models.UniqueConstraint(fields=["role_name"], name="one_hospital_of_a_role"),
            models.UniqueConstraint(fields=["slug"], name="one_hospital_of_a_slug"),
            models.CheckConstraint(
                condition=Q(state__in=["creating", "active", "read_only", "suspended"]),
                name="hospital_state_is_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def __enter__(self) -> NoReturn:
        # django-tenants keeps the stack of this in a list shared by all threads.
        raise TypeError("use kernel.tenancy.scope.hospital(context)")

    def activate(self) -> NoReturn:
        raise TypeError("use kernel.tenancy.scope.hospital(context)")


class Domain(DomainMixin, SharedModel):  # type: ignore[misc]
    """A host name at which a hospital answers: lower case, no port, no trailing dot."""

    data_classes: ClassVar = {
        "domain": PUBLIC,
        "tenant": INTERNAL,
        "is_primary": INTERNAL,
    }

    domain = models.CharField(max_length=253)
    tenant = models.ForeignKey(Hospital, on_delete=models.CASCADE, related_name="domains")
    is_primary = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["domain"], name="one_hospital_of_a_domain"),
            models.UniqueConstraint(
                fields=["tenant"],
                condition=Q(is_primary=True),
                name="one_primary_domain",
            ),
            models.CheckConstraint(
                condition=Q(domain=models.functions.Lower("domain")),
                name="domain_is_lower_case",
            ),
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:
        SharedModel.save(self, *args, **kwargs)


class SchemaTemplate(SharedModel):
    """The SQL that makes a hospital's schema, for one state of all migrations. A new hospital is its replay."""

    data_classes: ClassVar = {
        "migration_state": INTERNAL,
        "schema_name": INTERNAL,
        "script": INTERNAL,
        "tables": INTERNAL,
        "created_at": INTERNAL,
    }

    migration_state = models.CharField(max_length=64)
    schema_name = models.CharField(max_length=63)
    script = models.TextField()
    tables = models.PositiveIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["migration_state"], name="one_template_of_a_migration_state")]

    def __str__(self) -> str:
        return self.migration_state


class Provisioning(SharedModel):
    """The making of one hospital: what was asked for, which steps are done, and who works on it now.

    A row that is not finished and whose ``worked_on_until`` has passed belongs to nobody: the next run takes it up.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    data_classes: ClassVar = {
        "request": INTERNAL,
        "slug": INTERNAL,
        "hospital_id": INTERNAL,
        "state": INTERNAL,
        "steps": INTERNAL,
        "failure": INTERNAL,
        "worked_on_until": INTERNAL,
        "requested_by": INTERNAL,
        "created_at": INTERNAL,
        "finished_at": INTERNAL,
    }

    slug = models.CharField(max_length=40)
    request = models.JSONField()
    hospital_id = models.UUIDField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    steps = models.JSONField(default=list)
    failure = models.TextField(blank=True)
    worked_on_until = models.DateTimeField(null=True, blank=True)
    requested_by = models.UUIDField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            # One slug is being made once at a time; the second click finds the first one's run.
            models.UniqueConstraint(
                fields=["slug"],
                condition=Q(state__in=["waiting", "running"]),
                name="one_provisioning_of_a_slug",
            )
        ]

    def __str__(self) -> str:
        return f"{self.slug}: {self.state}"


class FleetRun(SharedModel):
    """One bringing up to date of all hospitals' schemas: who started it, how it went, where it stopped."""

    class State(models.TextChoices):
        """A run whose process was killed is found by the next one, which marks it and goes on."""

        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        STOPPED = "stopped", _("Stopped at a hospital")
        INTERRUPTED = "interrupted", _("Interrupted")

    data_classes: ClassVar = {
        "migration_state": INTERNAL,
        "state": INTERNAL,
        "started_by": INTERNAL,
        "plan": INTERNAL,
        "failure": INTERNAL,
        "started_at": INTERNAL,
        "finished_at": INTERNAL,
    }

    migration_state = models.CharField(max_length=64)
    state = models.CharField(max_length=11, choices=State.choices, default=State.RUNNING)
    started_by = models.CharField(max_length=120)
    plan = models.JSONField(default=list)
    failure = models.TextField(blank=True)
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-started_at"]

    def __str__(self) -> str:
        return f"{self.migration_state}: {self.state}"


class FleetRunHospital(SharedModel):
    """What one run did to one hospital; written in the transaction that did it."""

    class State(models.TextChoices):
        """A hospital without a row in its run was not reached."""

        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    data_classes: ClassVar = {
        "run": INTERNAL,
        "hospital": INTERNAL,
        "ring": INTERNAL,
        "state": INTERNAL,
        "failure": INTERNAL,
        "milliseconds": INTERNAL,
        "finished_at": INTERNAL,
    }

    run = models.ForeignKey(FleetRun, on_delete=models.CASCADE, related_name="hospitals")
    hospital = models.ForeignKey(Hospital, on_delete=models.CASCADE, related_name="fleet_runs")
    ring = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=6, choices=State.choices)
    failure = models.TextField(blank=True)
    milliseconds = models.PositiveIntegerField()
    finished_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "hospital"], name="one_row_of_a_hospital_in_a_run")]

    def __str__(self) -> str:
        return f"{self.hospital_id}: {self.state}"


class SchemaFingerprint(SharedModel):
    """The last look at one hospital's catalogue: is it what its migrations make?"""

    data_classes: ClassVar = {
        "hospital": INTERNAL,
        "fingerprint": INTERNAL,
        "expected": INTERNAL,
        "taken_at": INTERNAL,
    }

    hospital = models.OneToOneField(Hospital, on_delete=models.CASCADE, related_name="fingerprint")
    fingerprint = models.CharField(max_length=32)
    expected = models.CharField(max_length=32, blank=True)
    taken_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.fingerprint

    @property
    def has_drifted(self) -> bool:
        """Whether the schema differs from its template; unknown (False) while there is no template of its state."""
        return bool(self.expected) and self.fingerprint != self.expected
