"""The managers' menu."""

from django.utils.translation import gettext_lazy as _

from kernel.registries import NavigationEntry, navigation
from tenants.setup import permissions

PEOPLE = _("People")

for entry in (
    NavigationEntry(
        "setup.overview",
        "manage",
        _("Overview"),
        "setup:overview",
        "layout-dashboard",
        permissions.VIEW_OVERVIEW,
        order=10,
    ),
    NavigationEntry(
        "setup.staff", "manage", _("Staff"), "setup:staff", "users", permissions.VIEW_STAFF, section=PEOPLE, order=20
    ),
    NavigationEntry(
        "setup.roles", "manage", _("Roles"), "setup:roles", "shield", permissions.VIEW_STAFF, section=PEOPLE, order=30
    ),
    NavigationEntry(
        "setup.audit",
        "manage",
        _("Audit log"),
        "setup:audit",
        "scroll-text",
        permissions.SEARCH_AUDIT,
        section=PEOPLE,
        order=40,
    ),
):
    navigation.register(entry)
