"""Pages about personal keys."""

from django.urls import path

from api.auth import views

app_name = "api_auth"
urlpatterns = [
    path("account/keys/", views.keys, name="keys"),
    path("account/keys/<uuid:key_id>/end/", views.end, name="end"),
]
