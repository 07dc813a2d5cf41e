from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """The people who sign in, on either side, never looked up across."""

    name = "kernel.accounts"
    label = "accounts"

    def ready(self) -> None:
        from kernel.accounts import sentences  # noqa: F401  (registers what the trail calls our actions)
        from kernel.keys.sealed import sealed_column

        sealed_column("accounts.Factor", "material", kind="totp")
