"""The portal's own lines of the menus."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kernel.registries import NavigationEntry, navigation
from tenants.people import permissions as people
from tenants.portal import permissions

navigation.register(NavigationEntry("home", "patient", pgettext_lazy("menu", "Home"), "portal:home", "house", order=10))
navigation.register(
    NavigationEntry("settings", "patient", pgettext_lazy("menu", "Settings"), "portal:settings", "settings", order=90)
)
navigation.register(
    NavigationEntry("my-day", "staff", _("My day"), "portal:my_day", "calendar-days", permissions.VIEW_DAY, order=10)
)
navigation.register(
    NavigationEntry("patients", "staff", _("Patients"), "portal:find_patients", "users", people.SEARCH, order=20)
)
