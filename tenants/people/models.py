"""Who a hospital keeps records of. A patient is a record: it needs no account, no telephone and no second name."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from kernel.data_classes import DataClass
from kernel.tenancy.base import HospitalModel
from tenants.people.names import written


class Patient(HospitalModel):
    """One person's record. Names, preferred name, pronouns, administrative gender and sex are separate facts."""

    class Gender(models.TextChoices):
        """FHIR's administrative genders: what the hospital's administration uses."""

        MALE = "male", _("Male")
        FEMALE = "female", _("Female")
        OTHER = "other", _("Other")
        UNKNOWN = "unknown", _("Not known")

    class Sex(models.TextChoices):
        """Sex for clinical use, as recorded at birth."""

        MALE = "male", _("Male")
        FEMALE = "female", _("Female")
        OTHER = "other", _("Neither or both")
        UNKNOWN = "unknown", _("Not known")

    class BirthPrecision(models.TextChoices):
        """How much of the date of birth is known; the rest of the stored date means nothing."""

        DAY = "day"
        MONTH = "month"
        YEAR = "year"

    data_classes: ClassVar[dict[str, DataClass]] = {
        "fhir_id": DataClass.INTERNAL,
        "given_names": DataClass.PHI,
        "family_names": DataClass.PHI,
        "family_first": DataClass.PHI,
        "preferred_name": DataClass.PHI,
        "pronouns": DataClass.PHI,
        "gender": DataClass.PHI,
        "sex": DataClass.PHI,
        "born_on": DataClass.PHI,
        "birth_precision": DataClass.PHI,
        "is_deceased": DataClass.PHI,
        "deceased_at": DataClass.PHI,
        "language": DataClass.PHI,
        "country": DataClass.PHI,
        "is_active": DataClass.INTERNAL,
        "replaced_by": DataClass.INTERNAL,
        "source": DataClass.INTERNAL,
        "received_at": DataClass.INTERNAL,
    }

    fhir_id = models.CharField(max_length=64)
    given_names = models.CharField(max_length=200, blank=True)
    family_names = models.CharField(max_length=200, blank=True)
    family_first = models.BooleanField(default=False)
    preferred_name = models.CharField(max_length=200, blank=True)
    pronouns = models.CharField(max_length=60, blank=True)
    gender = models.CharField(max_length=8, choices=Gender, default=Gender.UNKNOWN)
    sex = models.CharField(max_length=8, choices=Sex, default=Sex.UNKNOWN)
    born_on = models.DateField(null=True, blank=True)
    birth_precision = models.CharField(max_length=5, choices=BirthPrecision, default=BirthPrecision.DAY)
    is_deceased = models.BooleanField(default=False)
    deceased_at = models.DateTimeField(null=True, blank=True)
    language = models.CharField(max_length=35, blank=True)
    country = models.CharField(max_length=2, blank=True)
    is_active = models.BooleanField(default=True)
    replaced_by = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaces", db_index=False
    )
    source = models.CharField(max_length=64)
    received_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["fhir_id"], name="people_patient_fhir_id"),
            models.CheckConstraint(condition=~Q(given_names="", family_names=""), name="people_patient_has_a_name"),
            models.CheckConstraint(
                condition=Q(is_deceased=True) | Q(deceased_at=None), name="people_patient_living_has_no_death"
            ),
        ]
        # Only merged patients: who stands under somebody is asked wherever the trail of a record is read.
        indexes: ClassVar = [
            models.Index(fields=["replaced_by"], condition=~Q(replaced_by=None), name="people_patient_merged"),
        ]

    def __str__(self) -> str:
        # Never the name: this text reaches logs and error reports.
        return f"Patient {self.pk}"

    @property
    def full_name(self) -> str:
        """The name as the person writes it."""
        return written(self.given_names, self.family_names, family_first=self.family_first)

    @property
    def called(self) -> str:
        """What to call the person: the preferred name, else the given names, else the only name there is."""
        return self.preferred_name or self.given_names or self.family_names


class PatientIdentifier(HospitalModel):
    """A number somebody gave a patient. A number of one system belongs to one patient only."""

    data_classes: ClassVar[dict[str, DataClass]] = {
        "patient": DataClass.INTERNAL,
        "system": DataClass.INTERNAL,
        "value": DataClass.SENSITIVE,
        "kind": DataClass.INTERNAL,
    }

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="identifiers")
    system = models.CharField(max_length=255, blank=True)
    value = models.CharField(max_length=255)
    kind = models.CharField(max_length=32, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["system", "value"], name="people_identifier_of_one_patient"),
        ]
        indexes: ClassVar = [models.Index(Upper("value"), name="people_identifier_any_case")]


class PatientName(HospitalModel):
    """A name under which a patient can be found: today's, an old one, the preferred one, another script's."""

    class Use(models.TextChoices):
        """FHIR's uses of a name, and the transliteration into another script."""

        OFFICIAL = "official"
        USUAL = "usual"
        PREFERRED = "preferred"
        OLD = "old"
        MAIDEN = "maiden"
        NICKNAME = "nickname"
        TRANSLITERATED = "transliterated"

    data_classes: ClassVar[dict[str, DataClass]] = {
        "patient": DataClass.INTERNAL,
        "use": DataClass.INTERNAL,
        "text": DataClass.PHI,
        "search_key": DataClass.PHI,
    }

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="names")
    use = models.CharField(max_length=16, choices=Use, default=Use.OFFICIAL)
    text = models.CharField(max_length=400)
    search_key = models.CharField(max_length=200)

    class Meta:
        indexes: ClassVar = [
            GinIndex(fields=["search_key"], opclasses=["gin_trgm_ops"], name="people_name_search_key"),
        ]


class ContactPoint(HospitalModel):
    """A way to reach a patient. Two patients may share one: it proves nothing about who answers."""

    class System(models.TextChoices):
        """FHIR's systems of contact."""

        PHONE = "phone"
        EMAIL = "email"
        SMS = "sms"
        FAX = "fax"
        PAGER = "pager"
        URL = "url"
        OTHER = "other"

    data_classes: ClassVar[dict[str, DataClass]] = {
        "patient": DataClass.INTERNAL,
        "system": DataClass.INTERNAL,
        "use": DataClass.INTERNAL,
        "value": DataClass.PHI,
        "search_key": DataClass.PHI,
        "rank": DataClass.INTERNAL,
    }

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="contact_points")
    system = models.CharField(max_length=8, choices=System)
    use = models.CharField(max_length=8, blank=True)
    value = models.CharField(max_length=255)
    search_key = models.CharField(max_length=255)
    rank = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["search_key"], name="people_contact_search_key")]


class PatientLink(HospitalModel):
    """An account may open a patient's record: its own, or that of somebody it helps, from a moment to a moment.

    ``scopes`` are the slices that were opened to a helper (kernel.permissions.Scope); one's own link has none, because
    it opens everything.
    """

    class Kind(models.TextChoices):
        """Oneself, or somebody who helps."""

        SELF = "self", _("Own record")
        HELPER = "helper", _("Somebody who helps")

    data_classes: ClassVar[dict[str, DataClass]] = {
        "account": DataClass.INTERNAL,
        "patient": DataClass.INTERNAL,
        "kind": DataClass.PHI,
        "scopes": DataClass.PHI,
        "relationship": DataClass.PHI,
        "starts": DataClass.INTERNAL,
        "ends": DataClass.INTERNAL,
    }

    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="patient_links")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="account_links")
    kind = models.CharField(max_length=8, choices=Kind)
    scopes = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    relationship = models.CharField(max_length=60, blank=True)
    starts = models.DateTimeField()
    ends = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "patient"], condition=Q(ends=None), name="people_one_open_link"),
            models.CheckConstraint(
                condition=Q(ends=None) | Q(ends__gt=models.F("starts")), name="people_link_runs_forward"
            ),
            models.CheckConstraint(condition=~Q(kind="self") | Q(scopes=[]), name="people_own_link_has_no_scopes"),
        ]


class StaffProfile(HospitalModel):
    """Who an account is among the people who treat patients: the Practitioner of the hospital's records."""

    data_classes: ClassVar[dict[str, DataClass]] = {
        "account": DataClass.INTERNAL,
        "practitioner": DataClass.INTERNAL,
    }

    account = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="staff_profile")
    practitioner = models.CharField(max_length=64)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["practitioner"], name="people_one_account_of_a_practitioner"),
        ]
