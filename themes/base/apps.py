from django.apps import AppConfig


class ThemesBaseConfig(AppConfig):
    """Templates, components and static files; no models."""

    name = "themes.base"
    label = "themes_base"
