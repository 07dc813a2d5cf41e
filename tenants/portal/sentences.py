"""What the portal's own acts are called in the trail."""

from django.utils.translation import gettext_lazy as _

from kernel.audit.sentences import ActionSentence, sentences

sentences.register(
    # On the console and the networks' host it is the language alone (kernel.accounts).
    ActionSentence("accounts.reading_changed", _("Changed language or reading settings"), is_shown=False, side="both")
)
