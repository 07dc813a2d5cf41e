"""Inviting somebody who was here before."""

from kernel.accounts.invitations import invite
from kernel.accounts.models import Account
from kernel.accounts.selectors import roles_of
from kernel.audit.models import AuditEntry
from kernel.permissions import Role
from tests.clients import HostClient
from tests.factories.accounts import SYSTEM, make_account


def test_a_closed_account_is_opened_with_the_new_roles_alone_and_the_trail_says_so(northfield: HostClient) -> None:
    def work() -> None:
        account = make_account("dr@example.org", Role.CLINICIAN, Role.PRIVACY_OFFICER)
        Account.objects.update(is_active=False)

        invited = invite(access=SYSTEM, email="dr@example.org", display_name="Dr", roles=["front_desk"])

        assert (invited.pk, invited.is_active, roles_of(invited)) == (account.pk, True, frozenset({Role.FRONT_DESK}))
        lines = AuditEntry.objects.filter(target_id=str(account.pk)).order_by("at", "id")
        assert list(lines.values_list("action", flat=True))[-5:] == [
            "permissions.role_ended",
            "permissions.role_ended",
            "accounts.opened",
            "permissions.role_given",
            "accounts.invited",
        ]

    northfield.inside(work)


def test_a_closed_account_that_had_the_role_gets_it_anew(northfield: HostClient) -> None:
    def work() -> None:
        account = make_account("dr@example.org", Role.CLINICIAN, Role.FRONT_DESK)
        Account.objects.update(is_active=False)

        invite(access=SYSTEM, email="dr@example.org", display_name="Dr", roles=["clinician"])

        assert roles_of(account) == {Role.CLINICIAN}
        assert AuditEntry.objects.filter(action="accounts.invited").count() == 1

    northfield.inside(work)
