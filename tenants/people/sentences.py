"""What acts on people's records are called in the trail."""

from collections.abc import Collection

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from kernel.audit.sentences import ActionSentence, Area, areas, declare, sentences
from kernel.audit.targets import as_keys, declare_target, uuids
from kernel.tenancy.scope import current_scope
from tenants.people.models import StaffProfile

areas.register(Area("people", _("Patients")))
sentences.register(ActionSentence("people.linked", _("Opened the record to an account")))
sentences.register(ActionSentence("people.unlinked", _("Closed the record to an account")))
sentences.register(
    ActionSentence(
        "people.practitioner_named", _("Connected an account with a practitioner of the records"), is_shown=False
    )
)
sentences.register(
    ActionSentence(
        "people.practitioner_unnamed", _("Took away the connection of an account with the records"), is_shown=False
    )
)
sentences.register(
    ActionSentence("people.searched", _("Found you in a search"), in_trail=_("Found a patient in a search"))
)
sentences.register(
    ActionSentence("people.listed", _("Saw your name in a list"), in_trail=_("Saw a patient's name in a list"))
)
sentences.register(ActionSentence("people.merged", _("Put two records of the same person together")))
sentences.register(ActionSentence("people.unmerged", _("Took two records apart that had been put together")))
sentences.register(
    ActionSentence(
        "people.merge_held", _("Did not put two records together: they may be of two people"), is_shown=False
    )
)
sentences.register(ActionSentence("people.opened", _("Opened the record to look at it")))
sentences.register(ActionSentence("people.trail_viewed", _("Saw who looked at the record")))

declare({"people.nobody_found": _("Searched for a patient and found nobody")}, side="hospital")


def _practitioners(keys: Collection[str]) -> dict[str, str]:
    """Names of the members of staff whom profiles are of."""
    found = StaffProfile.objects.filter(pk__in=uuids(keys)).select_related("account")
    return {str(profile.pk): profile.account.display_name for profile in found}


def _keys_of_practitioners(words: str) -> Collection[str] | QuerySet[StaffProfile, str]:
    if current_scope().is_shared:
        return []
    return as_keys(StaffProfile.objects.filter(account__display_name__icontains=words))


declare_target("people.StaffProfile", _("A member of staff"), _practitioners, _keys_of_practitioners)
