"""What the administrators of networks find at their host."""

from django.urls import path

from control_plane.console.views import own_network, reading

app_name = "network"

urlpatterns = [
    path("", own_network.home, name="home"),
    path("reading/", reading.reading, name="reading"),
]
