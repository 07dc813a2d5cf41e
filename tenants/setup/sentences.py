"""What administrators do, and what the provider does to the hospital, in words for those who read the trail."""

from django.utils.translation import gettext_lazy as _

from kernel.audit.sentences import ActionSentence, Area, areas, declare, sentences

areas.register(Area("setup", _("Staff and audit log")))
areas.register(Area("hospital", _("The provider")))
declare(
    {
        "setup.staff_ended": _("Ended somebody's access"),
        "setup.staff_exported": _("Exported the list of staff"),
        "setup.audit_viewed": _("Read the audit log"),
        "setup.audit_exported": _("Exported the audit log"),
        "hospital.suspended": _("The provider suspended the hospital"),
        "hospital.resumed": _("The provider opened the hospital again"),
        "hospital.renamed": _("The provider renamed the hospital"),
        "hospital.telephone_changed": _("The provider changed the hospital's telephone"),
    },
    side="hospital",
)
sentences.register(
    ActionSentence(
        "setup.audit_searched", _("Looked up who used your record"), in_trail=_("Looked up who used a patient's record")
    )
)
