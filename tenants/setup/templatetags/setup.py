"""How the managers' templates write roles and entries of the trail."""

from django import template

from kernel.audit.models import AuditEntry
from kernel.permissions.models import RoleDefinition
from tenants.setup.roles import KINDS, label_of
from tenants.setup.selectors import words_of

register = template.Library()


@register.filter
def role_label(role: RoleDefinition) -> str:
    """What a role is called."""
    return label_of(role)


@register.filter
def plain_words(entry: AuditEntry) -> str:
    """What was done, in words; the recorded name where there are none."""
    return words_of(entry.action)


@register.filter
def kind_words(entry: AuditEntry) -> str:
    """What kind of actor it was."""
    return str(KINDS.get(entry.actor_kind, entry.actor_kind))
