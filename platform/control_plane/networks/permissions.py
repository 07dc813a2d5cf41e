"""What operators may do with networks, and what a network's administrators may see."""

from django.utils.translation import gettext_lazy as _

from kernel.permissions import Permission, Role

VIEW = Permission("networks.view", _("See all networks and their hospitals"), {Role.OPERATOR})
MANAGE_ADMINS = Permission("networks.manage_admins", _("Invite and end administrators of networks"), {Role.OPERATOR})
VIEW_OWN = Permission("networks.view_own", _("See one's own network and its hospitals"), {Role.NETWORK_ADMIN})
