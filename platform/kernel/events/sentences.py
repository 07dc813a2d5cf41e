"""What is done to the outbox by hand, in words for those who read the trail."""

from django.utils.translation import gettext_lazy as _

from kernel.audit.sentences import declare

declare({"events.replayed": _("Had a failed message sent again")}, side="both")
