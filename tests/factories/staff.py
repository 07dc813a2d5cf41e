"""People who work: accounts with roles in the scope in context, and browsers in which they are signed in."""

from collections.abc import Sequence

from kernel import clock
from kernel.accounts.doors import Door
from kernel.accounts.models import Account, Factor
from kernel.accounts.services.sign_in import Origin, complete_sign_in
from kernel.accounts.sessions import SessionStore
from kernel.ids import uuid7
from kernel.permissions import Channel, Role
from kernel.permissions.models import RoleDefinition, RoleMembership
from tests.clients import HostClient


def staff_account(*roles: str, name: str = "Rita Kaur", with_factor: bool = True) -> Account:
    """An account with the built-in or own ``roles``, made if they are missing."""
    key = uuid7()
    login = f"p{key.hex[-10:]}@example.org"
    account = Account.objects.create(id=key, login=login, email=login, display_name=name, password="!")
    give(account, roles)
    if with_factor:
        Factor.objects.create(account=account, kind=Factor.Kind.TOTP, confirmed_at=clock.now())
    return account


def give(account: Account, roles: Sequence[str]) -> None:
    """Open memberships of ``roles``."""
    for name in roles:
        role = RoleDefinition.objects.filter(name=name).first()
        role = role or RoleDefinition.objects.create(name=name, based_on=Role(name).value, is_builtin=True)
        RoleMembership.objects.create(account=account, role=role, starts=clock.now())


def sign_in(client: HostClient, account: Account, door: Door) -> HostClient:
    """Sign ``account`` in at ``client``'s host as the sign-in pages do, with password and app shown just now."""

    def work() -> str:
        session = SessionStore(door=door.kind, address="192.0.2.7")
        origin = Origin(door=door, channel=Channel("web", "192.0.2.7", "r-1"))
        complete_sign_in(session=session, account=account, methods=["password", "totp"], origin=origin)
        return str(session.session_key)

    client.cookies[door.cookie] = client.inside(work)
    return client
