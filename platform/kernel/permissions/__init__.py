"""Who may do what, and how far it reaches. Declared beside each feature, kept as roles that hospitals edit.

Import from here: ``from kernel.permissions import Access, Permission, Role, requires``.
"""

from kernel.permissions.access import (
    SELF,
    Access,
    Actor,
    Channel,
    NotFound,
    NotPermitted,
    anonymous_access,
    system_access,
)
from kernel.permissions.declarations import Permission, Reach, Role, Scope, default_grants, permissions
from kernel.permissions.directory import PatientDirectory, use_patient_directory
from kernel.permissions.routes import Declared, public, requires, signed_in

__all__ = [
    "SELF",
    "Access",
    "Actor",
    "Channel",
    "Declared",
    "NotFound",
    "NotPermitted",
    "PatientDirectory",
    "Permission",
    "Reach",
    "Role",
    "Scope",
    "anonymous_access",
    "default_grants",
    "permissions",
    "public",
    "requires",
    "signed_in",
    "system_access",
    "use_patient_directory",
]
