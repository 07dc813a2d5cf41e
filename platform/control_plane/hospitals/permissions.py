"""What operators may do with hospitals."""

from django.utils.translation import gettext_lazy as _

from kernel.permissions import Permission, Role

VIEW = Permission("hospitals.view", _("See all hospitals, their state and how many people they have"), {Role.OPERATOR})
ADD = Permission("hospitals.add", _("Add hospitals and follow how they are made"), {Role.OPERATOR})
CHANGE = Permission("hospitals.change", _("Rename hospitals and change their telephone"), {Role.OPERATOR})
SUSPEND = Permission("hospitals.suspend", _("Suspend hospitals and open them again"), {Role.OPERATOR})
VIEW_HEALTH = Permission("hospitals.view_health", _("See the health of the platform"), {Role.OPERATOR})
