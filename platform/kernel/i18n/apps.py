"""Installed for its template tags."""

from django.apps import AppConfig


class LanguageConfig(AppConfig):
    name = "kernel.i18n"
    label = "kernel_i18n"
