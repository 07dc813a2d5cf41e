from django.apps import AppConfig


class StyleguideConfig(AppConfig):
    """Templates of the styleguide; no models."""

    name = "themes.styleguide"
    label = "styleguide"
