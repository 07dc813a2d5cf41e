"""The console's menu."""

from django.utils.translation import gettext_lazy as _

from control_plane.hospitals import permissions as hospitals
from control_plane.networks import permissions as networks
from control_plane.operators import permissions as operators
from kernel.registries import NavigationEntry, navigation

TRUST = _("Trust")

for entry in (
    NavigationEntry(
        "console.overview", "console", _("Overview"), "console:overview", "activity", hospitals.VIEW, order=10
    ),
    NavigationEntry(
        "console.hospitals", "console", _("Hospitals"), "console:hospitals", "hospital", hospitals.VIEW, order=20
    ),
    NavigationEntry(
        "console.networks", "console", _("Networks"), "console:networks", "network", networks.VIEW, order=30
    ),
    NavigationEntry(
        "console.health",
        "console",
        _("Platform health"),
        "console:health",
        "heart-pulse",
        hospitals.VIEW_HEALTH,
        order=40,
    ),
    NavigationEntry(
        "console.operators",
        "console",
        _("Operators"),
        "console:operators",
        "key-round",
        operators.VIEW,
        section=TRUST,
        order=50,
    ),
    NavigationEntry(
        "console.audit",
        "console",
        _("Audit log"),
        "console:audit",
        "scroll-text",
        operators.VIEW_AUDIT,
        section=TRUST,
        order=60,
    ),
):
    navigation.register(entry)
