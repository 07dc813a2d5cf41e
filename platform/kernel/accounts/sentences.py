"""What happens to accounts, in words for those who read the trail. Nothing of it is about a patient's record."""

from django.utils.translation import gettext_lazy as _

from kernel.audit.sentences import declare

declare(
    {
        "accounts.created": _("Opened an account"),
        "accounts.opened": _("Opened a closed account again"),
        "accounts.invited": _("Invited somebody"),
        "accounts.signed_in": _("Signed in"),
        "accounts.sign_in_refused": _("Failed to sign in"),
        "accounts.signed_out": _("Signed out"),
        "accounts.code_asked": _("Asked for a code by e-mail"),
        "accounts.confirmed": _("Confirmed who they are"),
        "accounts.password_changed": _("Changed a password"),
        "accounts.email_changed": _("Changed an e-mail address"),
        "accounts.factor_added": _("Added a sign-in step"),
        "accounts.factor_removed": _("Removed a sign-in step"),
        "accounts.recovery_codes_made": _("Made recovery codes"),
        "accounts.session_ended": _("Signed a device out"),
        "accounts.other_sessions_ended": _("Signed all other devices out"),
    },
    side="both",
)
