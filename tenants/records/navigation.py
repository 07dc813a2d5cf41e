"""The record's lines of the patient's menu."""

from django.utils.translation import pgettext_lazy

from kernel.registries import NavigationEntry, navigation
from tenants.records import permissions

navigation.register(
    NavigationEntry(
        "visits", "patient", pgettext_lazy("menu", "Visits"), "records:visits", "calendar", permissions.VIEW_VISITS,
        order=20,
    )
)  # fmt: skip
navigation.register(
    NavigationEntry(
        "results", "patient", pgettext_lazy("menu", "Results"), "records:results", "flask-conical",
        permissions.VIEW_RESULTS, order=40,
    )
)  # fmt: skip
navigation.register(
    NavigationEntry(
        "health", "patient", pgettext_lazy("menu", "Health"), "records:overview", "heart-pulse", permissions.VIEW,
        order=50,
    )
)  # fmt: skip
