"""An access for tests that need only somebody who acts."""

from collections.abc import Mapping
from uuid import UUID

from kernel.ids import uuid7
from kernel.permissions import Access, Actor, Channel, Role


def acting(
    *roles: Role,
    name: str = "Ana Ruiz",
    reason: str = "",
    subject: UUID | None = None,
    patients: Mapping[UUID, frozenset[str]] | None = None,
) -> Access:
    """Somebody of ``roles``, without grants, at the address 192.0.2.7."""
    return Access(
        actor=Actor(account_id=uuid7(), display_name=name, roles=frozenset(roles)),
        subject=subject,
        patients=patients or {},
        reason=reason,
        channel=Channel("web", "192.0.2.7", "r-1"),
    )
