"""What a hospital reports of itself to the provider."""

from django.utils.translation import gettext_lazy as _

from kernel.registries import Meter, meters
from tenants.people.models import Patient


def count_patients() -> int:
    """Records of patients, merged ones counted once."""
    return Patient.objects.filter(replaced_by=None).count()


meters.register(Meter("patients", _("Patients"), count_patients))
