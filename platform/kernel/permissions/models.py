"""Roles as data: each hospital edits its own, and the provider those of its operators."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from kernel.data_classes import DataClass
from kernel.permissions.declarations import Reach, Role, default_grants
from kernel.tenancy.base import EverywhereModel

INTERNAL = DataClass.INTERNAL


class RoleDefinition(EverywhereModel):
    """A role: one of the ten kinds of people, with what this hospital added and took away.

    Only the differences are stored, so that a permission that comes with a new feature reaches the roles it is meant
    for. ``changes``: permission name → reach, or null when the role lost it. A removed role (``removed_at``) stays for
    the trail: who had it worked here, and its name is never another role's.
    """

    data_classes: ClassVar = {
        "name": INTERNAL,
        "label": INTERNAL,
        "based_on": INTERNAL,
        "changes": INTERNAL,
        "is_builtin": INTERNAL,
        "removed_at": INTERNAL,
    }

    name = models.CharField(max_length=60)
    # Empty for the built-in roles, whose labels are translated.
    label = models.CharField(max_length=120, blank=True)
    based_on = models.CharField(max_length=20)
    changes = models.JSONField(default=dict, blank=True)
    is_builtin = models.BooleanField(default=False)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name"], name="one_role_of_a_name"),
            models.CheckConstraint(
                condition=Q(based_on__in=[role.value for role in Role]), name="role_is_based_on_a_known_one"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def grants(self) -> dict[str, Reach]:
        """What the role gives now: permission name → reach."""
        grants = default_grants(Role(self.based_on))
        for name, reach in self.changes.items():
            if reach is None:
                grants.pop(name, None)
            else:
                grants[name] = Reach(reach)
        return grants


class RoleMembership(EverywhereModel):
    """An account has a role for a time. Patients and helpers have theirs through links to patients, not here."""

    data_classes: ClassVar = {"account": INTERNAL, "role": INTERNAL, "starts": INTERNAL, "ends": INTERNAL}

    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="role_memberships")
    role = models.ForeignKey(RoleDefinition, on_delete=models.PROTECT, related_name="memberships")
    starts = models.DateTimeField()
    ends = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends__isnull=True) | Q(ends__gte=F("starts")), name="role_ends_late"),
            models.UniqueConstraint(
                fields=["account", "role"], condition=Q(ends__isnull=True), name="one_open_membership_of_a_role"
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)
