"""What operators may do with networks."""

from django.utils.translation import gettext_lazy as _

from kernel.permissions import Permission, Role

VIEW = Permission("networks.view", _("See all networks and their hospitals"), {Role.OPERATOR})
