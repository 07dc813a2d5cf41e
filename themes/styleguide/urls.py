"""``path("_styleguide/", include("themes.styleguide.urls"))``, under DEBUG only."""

from django.urls import path

from themes.styleguide import views

app_name = "styleguide"
urlpatterns = [
    path("", views.index, name="index"),
    path("theme/<slug:key>.css", views.theme, name="theme"),
    path("<slug:screen>/", views.screen, name="screen"),
]
