"""What a key is good for: the permissions that some call of the interface asks for.

Each endpoint registers what it declares (``api.rest.views``), so that a call that is added is offered here at once and
nothing is offered that no call asks for.
"""

from kernel.permissions import Permission
from kernel.registries import Registry

scopes: Registry[Permission] = Registry("permissions of programs")
