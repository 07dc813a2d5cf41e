"""``path("_styleguide/", include("themes.styleguide.urls"))``, on a developer's machine only."""

from django.urls import path

from kernel.permissions import public
from themes.styleguide import views

SAMPLES = public("invented samples, and only where demonstration data is allowed")

app_name = "styleguide"
urlpatterns = [
    path("", SAMPLES(views.index), name="index"),
    path("theme/<slug:key>.css", SAMPLES(views.theme), name="theme"),
    path("<slug:screen>/", SAMPLES(views.screen), name="screen"),
]
