from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """The people who sign in, on either side, never looked up across."""

    name = "kernel.accounts"
    label = "accounts"
