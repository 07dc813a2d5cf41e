"""Administrators of Northfield, and browsers in which they are signed in."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kernel.accounts.doors import Door
from kernel.accounts.models import Account
from kernel.audit.models import AuditEntry
from kernel.permissions import Access
from kernel.permissions.selectors import access_for
from kernel.tenancy import resolution
from kernel.tenancy.context import HospitalContext
from tests.clients import HostClient, client_for
from tests.factories.staff import sign_in, staff_account


@pytest.fixture
def door(in_northfield: HospitalContext) -> Door:
    """Northfield's door."""
    return Door("hospital", in_northfield.host, in_northfield.name, "__Host-portico")


@pytest.fixture
def admin(in_northfield: HospitalContext) -> Account:
    """A hospital administrator."""
    return staff_account("hospital_admin", name="Mona Admin")


@pytest.fixture
def officer(in_northfield: HospitalContext) -> Account:
    """A privacy officer."""
    return staff_account("privacy_officer", name="Paul Privacy")


@pytest.fixture
def access(admin: Account) -> Access:
    """The administrator's access."""
    return access_for(admin)


@pytest.fixture
def manage(admin: Account, door: Door) -> HostClient:
    """A browser in which the administrator is signed in."""
    return sign_in(client_for("northfield"), admin, door)


@pytest.fixture
def officers_browser(officer: Account, door: Door) -> HostClient:
    """A browser in which the privacy officer is signed in."""
    return sign_in(client_for("northfield"), officer, door)


@pytest.fixture
def statements(manage: HostClient) -> Callable[[str], int]:
    """How many statements the administrator's page at an address takes.

    The host's description is kept for ten seconds: read anew just before, it is not counted.
    """

    def counted(address: str) -> int:
        resolution.hosts.clear()
        manage.get(address)
        with CaptureQueriesContext(connection) as asked:
            manage.get(address)
        return len(asked.captured_queries)

    return counted


@pytest.fixture
def audited(in_northfield: HospitalContext) -> Callable[..., list[str]]:
    """Actions of the entries whose action begins with ``prefix``, oldest first."""

    def actions(prefix: str = "") -> list[str]:
        rows = AuditEntry.objects.filter(action__startswith=prefix).order_by("at", "pk")
        return list(rows.values_list("action", flat=True))

    return actions
