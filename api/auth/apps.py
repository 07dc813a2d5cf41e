from django.apps import AppConfig


class ApiAuthConfig(AppConfig):
    """Keys with which people's own programs speak to a hospital."""

    name = "api.auth"
    label = "api_auth"
