"""Operators, and consoles in which they are signed in."""

from collections.abc import Callable

import pytest
from django.conf import settings

from control_plane.operators.ranks import FULL, READER, ensure_ranks
from kernel import clock
from kernel.accounts.doors import Door
from kernel.accounts.models import Account
from kernel.audit.models import AuditEntry
from kernel.permissions import Access, Role
from kernel.permissions.selectors import access_for
from tests.clients import HostClient, console_client
from tests.factories.staff import give, sign_in, staff_account

CONSOLE_DOOR = Door("console", settings.CONSOLE_HOST, "Portico", "__Host-portico-console", frozenset({Role.OPERATOR}))


@pytest.fixture
def operator(in_shared: None) -> Account:
    """An operator who may do everything."""
    ensure_ranks()
    return staff_account(FULL)


@pytest.fixture
def reader(in_shared: None) -> Account:
    """An operator who may only look."""
    ensure_ranks()
    account = staff_account(name="Otto Reader")
    give(account, [READER])
    return account


@pytest.fixture
def access(operator: Account) -> Access:
    """The operator's access."""
    return access_for(operator)


@pytest.fixture
def reading(reader: Account) -> Access:
    """The access of an operator who may only look."""
    return access_for(reader)


@pytest.fixture
def console(operator: Account) -> HostClient:
    """A browser in which the operator is signed in at the console."""
    return sign_in(console_client(), operator, CONSOLE_DOOR)


@pytest.fixture
def reading_console(reader: Account) -> HostClient:
    """A browser in which the operator who may only look is signed in."""
    return sign_in(console_client(), reader, CONSOLE_DOOR)


@pytest.fixture
def audited(in_shared: None) -> Callable[..., list[tuple[str, str]]]:
    """Action and reason of the entries of the scope in context whose action begins with ``prefix``, oldest first."""

    # The trail cannot be emptied: what a test with real commits wrote before stays, and does not count.
    since = clock.now()

    def entries(prefix: str = "") -> list[tuple[str, str]]:
        rows = AuditEntry.objects.filter(action__startswith=prefix, at__gte=since).order_by("at", "pk")
        return list(rows.values_list("action", "reason"))

    return entries
