"""Addresses of the pages about people."""

from django.urls import path

from tenants.people import views

app_name = "people"
urlpatterns = [
    path("viewing/", views.viewing, name="viewing"),
    path("health/who-looked/", views.looks, name="looks"),
]
