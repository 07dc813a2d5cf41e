"""What the making of a hospital includes on the provider's side: its first administrator and its first report."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from control_plane.hospitals.reporting import write_report
from kernel.accounts.invitations import invite
from kernel.permissions import Role, system_access
from kernel.tenancy.context import HospitalContext
from kernel.tenancy.provisioning import ProvisioningStep, steps

FIRST_ADMINISTRATOR = "first_administrator"


def invite_first_administrator(context: HospitalContext, given: Mapping[str, Any]) -> None:
    """Make the account of the first administrator and invite by mail, which leaves when the hospital answers.

    Twice changes nothing.
    """
    if not given:
        return
    invite(
        access=system_access("The hospital was added", app="console"),
        email=given["email"],
        display_name=given["name"],
        roles=[Role.HOSPITAL_ADMIN.value],
    )


def first_report(context: HospitalContext, given: Mapping[str, Any]) -> None:
    """Count the people once, so that the console does not show an empty line for an hour."""
    write_report()


steps.register(
    ProvisioningStep(FIRST_ADMINISTRATOR, _("Inviting the first administrator"), invite_first_administrator, order=800)
)
steps.register(ProvisioningStep("first_report", _("Counting the people"), first_report, order=900))
