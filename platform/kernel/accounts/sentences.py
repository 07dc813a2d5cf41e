"""What happens to accounts, in words for those who read the trail. Nothing of it is about a patient's record."""

from collections.abc import Collection

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from kernel.accounts.models import Account
from kernel.audit.browsing import ACCOUNT
from kernel.audit.sentences import Area, areas, declare
from kernel.audit.targets import as_keys, declare_target, uuids

areas.register(Area("accounts", _("Accounts and signing in")))
declare(
    {
        "accounts.created": _("Opened an account"),
        "accounts.invited": _("Invited somebody"),
        "accounts.invited_again": _("Sent an invitation again"),
        "accounts.signed_in": _("Signed in"),
        "accounts.sign_in_refused": _("Failed to sign in"),
        "accounts.signed_out": _("Signed out"),
        "accounts.code_asked": _("Asked for a code by e-mail"),
        "accounts.confirmed": _("Confirmed who they are"),
        "accounts.password_changed": _("Changed a password"),
        "accounts.email_changed": _("Changed an e-mail address"),
        "accounts.factor_added": _("Added a sign-in step"),
        "accounts.factor_renamed": _("Renamed a passkey"),
        "accounts.factor_removed": _("Removed a sign-in step"),
        "accounts.recovery_codes_made": _("Made recovery codes"),
        "accounts.session_ended": _("Signed a device out"),
        "accounts.device_forgotten": _("Asked for the second step on a device again"),
        "accounts.other_sessions_ended": _("Signed all other devices out"),
    },
    side="both",
)


def _staff(keys: Collection[str]) -> dict[str, str]:
    """Names of those who work here or did. Other accounts are patients' or helpers'."""
    found = Account.objects.filter(pk__in=uuids(keys), role_memberships__isnull=False).distinct()
    return {str(account.pk): account.display_name or account.login for account in found}


def _keys_of_staff(words: str) -> QuerySet[Account, str]:
    """Keys of those who work here or did, by the name that ``_staff`` gives them."""
    named = Q(display_name__icontains=words) | Q(display_name="", login__icontains=words)
    return as_keys(Account.objects.filter(named, role_memberships__isnull=False))


declare_target(ACCOUNT, _("An account"), _staff, _keys_of_staff)
declare_target("accounts.Session", _("A device"))
declare_target("accounts.Device", _("A device"))
