"""What operators do to hospitals, in words for those who read the trail."""

from django.utils.translation import gettext_lazy as _

from kernel.audit.sentences import declare

declare(
    {
        "hospitals.requested": _("Asked for a new hospital"),
        "hospitals.retried": _("Tried again to make a hospital"),
        "hospitals.discarded": _("Discarded an unfinished hospital"),
        "hospitals.suspended": _("Suspended a hospital"),
        "hospitals.resumed": _("Opened a hospital again"),
        "hospitals.renamed": _("Renamed a hospital"),
        "hospitals.invitation_shown": _("Saw the first invitation of a hospital"),
        "hospitals.report_asked": _("Had a hospital count its people"),
        "hospitals.exported": _("Exported the list of hospitals"),
    },
    side="provider",
)
