"""The rows a new hospital needs before anybody can have a role."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from kernel.permissions.declarations import PROVIDER_ROLES, Role
from kernel.permissions.models import RoleDefinition
from kernel.tenancy.context import HospitalContext
from kernel.tenancy.provisioning import ProvisioningStep, steps

_HOSPITAL_ROLES = [role for role in Role if role not in PROVIDER_ROLES]
_SHARED_ROLES = [role for role in Role if role in PROVIDER_ROLES]


def _ensure(roles: list[Role]) -> None:
    RoleDefinition.objects.bulk_create(
        [RoleDefinition(name=role.value, based_on=role.value, is_builtin=True) for role in roles],
        ignore_conflicts=True,
    )


def ensure_roles(context: HospitalContext, given: Mapping[str, Any]) -> None:
    """Write the built-in roles of the hospital in context. Twice changes nothing."""
    _ensure(_HOSPITAL_ROLES)


def ensure_shared_roles() -> None:
    """Write the provider's built-in roles. Call it under ``shared()``, after its migrations; twice changes nothing."""
    _ensure(_SHARED_ROLES)


steps.register(ProvisioningStep("roles", _("Writing the roles"), ensure_roles, order=20))
