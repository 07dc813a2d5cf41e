"""Accounts for tests, in the scope in context."""

from kernel.accounts.models import Account
from kernel.accounts.services.factors import enrol_totp
from kernel.accounts.services.register import create_account
from kernel.permissions import Role, system_access
from kernel.permissions.services import assign_role

# Long and unlikely enough for every rule.
PASSWORD = "heron umbrella quartz 7"
SYSTEM = system_access("arranging a test", app="command")


def make_account(
    login: str = "ana@example.org", *roles: Role, password: str | None = PASSWORD, **facts: str
) -> Account:
    """An account with roles, which can be signed in to with ``PASSWORD``."""
    account = create_account(
        access=SYSTEM, login=login, email=facts.pop("email", login), display_name="Ana Ruiz", password=password, **facts
    )
    for role in roles:
        assign_role(access=SYSTEM, account=account, role=role)
    return account


def make_account_with_app(login: str, *roles: Role) -> tuple[Account, str]:
    """An account with an authenticator app, and the app's secret in base32."""
    account = make_account(login, *roles)
    return account, enrol_totp(access=SYSTEM, account=account)
