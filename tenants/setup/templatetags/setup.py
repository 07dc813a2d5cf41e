"""How the managers' templates write roles."""

from django import template

from kernel.permissions.models import RoleDefinition
from tenants.setup.roles import label_of

register = template.Library()


@register.filter
def role_label(role: RoleDefinition) -> str:
    """What a role is called."""
    return label_of(role)
