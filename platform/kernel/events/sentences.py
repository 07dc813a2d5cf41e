"""What is done to the outbox by hand, in words for those who read the trail."""

from django.utils.translation import gettext_lazy as _

from kernel.audit.sentences import declare
from kernel.audit.targets import declare_target

declare({"events.replayed": _("Had a failed message sent again")}, side="both")
declare_target("events.OutboxEvent", _("A message between parts of Portico"))
