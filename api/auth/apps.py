from django.apps import AppConfig


class ApiAuthConfig(AppConfig):
    """Keys with which people's own programs speak to a hospital."""

    name = "api.auth"
    label = "api_auth"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from api.auth.permissions import MANAGE_KEYS
        from api.auth.services import end_all_keys
        from kernel.accounts.other_access import OtherAccess, other_accesses
        from kernel.registries import NavigationEntry, navigation

        navigation.register(
            NavigationEntry(
                name="api.keys",
                side="account",
                label=_("Keys for programs"),
                url_name="api_auth:keys",
                icon="key-round",
                permission=MANAGE_KEYS,
                order=900,
            )
        )
        other_accesses.register(OtherAccess(name="api.keys", end=end_all_keys))
