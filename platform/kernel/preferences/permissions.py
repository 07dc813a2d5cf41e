"""Who may decide."""

from django.utils.translation import gettext_lazy as _

from kernel.permissions import Permission, Role

VIEW = Permission(
    "preferences.view",
    _("See the hospital's settings and why they are so"),
    {Role.HOSPITAL_ADMIN, Role.PRIVACY_OFFICER},
    about_patients=False,
    is_offered=False,
)
CHANGE = Permission(
    "preferences.change",
    _("Change the hospital's settings"),
    {Role.HOSPITAL_ADMIN},
    about_patients=False,
    is_offered=False,
)
RULE = Permission(
    "preferences.rule_network",
    _("Decide settings for a network's hospitals"),
    {Role.NETWORK_ADMIN, Role.OPERATOR},
    about_patients=False,
)
