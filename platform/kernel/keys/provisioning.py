"""A new hospital gets its keys before anything writes into it."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from kernel.keys.envelope import Purpose
from kernel.keys.services import ensure_key
from kernel.tenancy.context import HospitalContext
from kernel.tenancy.provisioning import ProvisioningStep, steps


def make_keys(context: HospitalContext, given: Mapping[str, Any]) -> None:
    """One key a purpose; those that exist stay."""
    for purpose in Purpose:
        ensure_key(purpose)


steps.register(ProvisioningStep(name="keys", sentence=_("Make the encryption keys"), run=make_keys, order=0))
