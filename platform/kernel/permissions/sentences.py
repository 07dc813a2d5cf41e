"""What happens to roles, in words for those who read the trail."""

from django.utils.translation import gettext_lazy as _

from kernel.audit.sentences import ActionSentence, sentences

for _name, _sentence in (
    ("permissions.role_created", _("Made a role")),
    ("permissions.role_edited", _("Changed what a role may do")),
    ("permissions.role_given", _("Gave somebody a role")),
    ("permissions.role_ended", _("Took a role away")),
):
    sentences.register(ActionSentence(_name, _sentence, is_shown=False))
