"""What operators do to hospitals, in words for those who read the trail."""

from collections.abc import Collection

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from kernel.audit.sentences import Area, areas, declare
from kernel.audit.targets import as_keys, declare_target, uuids
from kernel.tenancy.models import Hospital
from kernel.tenancy.scope import current_scope

areas.register(Area("hospitals", _("Hospitals")))
declare(
    {
        "hospitals.requested": _("Asked for a new hospital"),
        "hospitals.retried": _("Tried again to make a hospital"),
        "hospitals.discarded": _("Discarded an unfinished hospital"),
        "hospitals.suspended": _("Suspended a hospital"),
        "hospitals.resumed": _("Opened a hospital again"),
        "hospitals.renamed": _("Renamed a hospital"),
        "hospitals.telephone_changed": _("Changed the telephone of a hospital"),
        "hospitals.invitation_shown": _("Saw the first invitation of a hospital"),
        "hospitals.report_asked": _("Had a hospital count its people"),
        "hospitals.anchors_settled": _("Went on from new anchors of an audit log"),
        "hospitals.exported": _("Exported the list of hospitals"),
    },
    side="provider",
)


def _hospitals(keys: Collection[str]) -> dict[str, str]:
    """Names of hospitals, for the provider. A hospital's own trail speaks of no other."""
    if not current_scope().is_shared:
        return {}
    return {str(hospital.pk): hospital.name for hospital in Hospital.objects.filter(pk__in=uuids(keys))}


def _keys_of_hospitals(words: str) -> Collection[str] | QuerySet[Hospital, str]:
    """Keys of hospitals by name or slug, for the provider."""
    if not current_scope().is_shared:
        return []
    return as_keys(Hospital.objects.filter(Q(name__icontains=words) | Q(slug__icontains=words)))


declare_target("tenancy.Hospital", _("The hospital"), _hospitals, _keys_of_hospitals)
declare_target("tenancy.Provisioning", _("A new hospital"))
