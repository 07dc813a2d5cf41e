"""What people's own programs read, in words for the patient and for those who read the trail."""

from django.utils.translation import gettext_lazy as _

from kernel.audit.sentences import ActionSentence, sentences

for _name, _sentence in (
    ("api.patients_listed", _("Found the record with a program")),
    ("api.patients_read", _("Read who the patient is with a program")),
    ("api.observations_listed", _("Read the list of results with a program")),
    ("api.observations_read", _("Read a result with a program")),
    ("api.conditions_listed", _("Read the health problems with a program")),
    ("api.conditions_read", _("Read a health problem with a program")),
):
    sentences.register(ActionSentence(_name, _sentence))
