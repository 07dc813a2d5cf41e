"""Administrators of networks: invited and ended by operators, and what they see at their own host."""

from collections.abc import Callable

import pytest
from django.conf import settings
from django.urls import reverse

from control_plane.networks import services
from control_plane.networks.models import NetworkAdmin
from control_plane.networks.selectors import NETWORK_LIST
from control_plane.networks.services import OtherNetwork
from kernel.accounts.doors import Door
from kernel.accounts.events import AccountInvited
from kernel.accounts.mail import invitation_letter
from kernel.accounts.models import Account
from kernel.accounts.services.register import create_account
from kernel.errors import ReasonMissing
from kernel.lists import ListState
from kernel.permissions import Access, NotFound, NotPermitted, Role
from kernel.permissions.services import OperatorOrNetwork
from kernel.tenancy.models import Hospital, Network
from tests.clients import HostClient, console_client, network_client
from tests.factories.staff import sign_in, staff_account

Audited = Callable[..., list[tuple[str, str]]]
DOOR = Door("network", settings.NETWORK_HOST, "Portico", "__Host-portico-network", frozenset({Role.NETWORK_ADMIN}))


@pytest.fixture
def network(in_shared: None) -> Network:
    """The network of Northfield."""
    return Hospital.objects.select_related("network").get(slug="northfield").network


@pytest.fixture
def invited(access: Access, network: Network) -> Account:
    """Somebody who administers it."""
    return services.invite_admin(access=access, slug=network.slug, name="Nadia Net", email="nadia@example.org")


def browser_of(account: Account) -> HostClient:
    return sign_in(network_client(), account, DOOR)


def test_an_invitation_names_the_network_and_leads_to_its_host(
    access: Access, network: Network, audited: Audited, invited: Account
) -> None:
    again = services.invite_admin(access=access, slug=network.slug, name="Nadia Net", email="nadia@example.org")

    assert again.pk == invited.pk
    assert NetworkAdmin.objects.get().network_id == network.pk
    assert audited("networks.") == [("networks.admin_invited", "")]
    letter = invitation_letter(AccountInvited(invited.pk))
    assert letter is not None
    assert settings.NETWORK_HOST in letter.body
    assert settings.CONSOLE_HOST not in letter.body


def test_an_account_is_named_administrator_once_and_enters(access: Access, network: Network, audited: Audited) -> None:
    account = create_account(access=access, login="nora@example.org", email="nora@example.org", display_name="Nora")
    for _ in range(2):
        services.name_admin(access=access, slug=network.slug, account=account)

    assert NetworkAdmin.objects.get().network_id == network.pk
    assert audited("networks.") == [("networks.admin_named", "")]
    assert browser_of(account).get("/").status_code == 200


def test_nobody_administers_two_networks(access: Access, invited: Account) -> None:
    other = Network.objects.create(slug="other-net", name="Other")

    with pytest.raises(OtherNetwork):
        services.invite_admin(access=access, slug=other.slug, name="Nadia", email=invited.login)
    assert NetworkAdmin.objects.get().network_id != other.pk


def test_an_operator_administers_no_network(access: Access, network: Network, reader: Account) -> None:
    Account.objects.filter(pk=reader.pk).update(login="otto@example.org", email="otto@example.org")

    with pytest.raises(OperatorOrNetwork):
        services.invite_admin(access=access, slug=network.slug, name="Otto", email="otto@example.org")
    assert not NetworkAdmin.objects.exists()


def test_ending_closes_the_door_and_keeps_the_reason(access: Access, audited: Audited, invited: Account) -> None:
    browser = browser_of(invited)
    assert browser.get("/").status_code == 200
    with pytest.raises(ReasonMissing):
        services.end_admin(access=access, account_id=invited.pk, reason=" ")

    services.end_admin(access=access, account_id=invited.pk, reason="Left the group")

    assert browser.get("/").status_code == 302
    assert not NetworkAdmin.objects.exists()
    assert ("networks.admin_ended", "Left the group") in audited("networks.")
    with pytest.raises(NotFound):
        services.end_admin(access=access, account_id=invited.pk, reason="Left the group")


def test_who_may_only_look_neither_invites_nor_ends(reading: Access, network: Network) -> None:
    with pytest.raises(NotPermitted):
        services.invite_admin(access=reading, slug=network.slug, name="N", email="n@example.org")
    with pytest.raises(NotPermitted):
        services.end_admin(access=reading, account_id=network.pk, reason="x")


@pytest.mark.requirement("S01")
def test_an_administrator_sees_the_own_network_and_no_other(invited: Account, network: Network) -> None:
    other = Network.objects.create(slug="other-net", name="Other network")
    Hospital.objects.filter(slug="alwaha").update(network=other)

    page = browser_of(invited).get("/").content.decode()

    assert f'<h1 tabindex="-1">{network.name}</h1>' in page
    assert "northfield." in page
    assert "alwaha." not in page
    assert "Other network" not in page
    assert 'class="mark' in page
    assert "/theme/" in page


def test_an_administrator_without_a_network_reads_so(in_shared: None) -> None:
    page = browser_of(staff_account("network_admin")).get("/").content.decode()

    assert "You have no network yet" in page


def test_the_host_has_words_for_what_is_not_there(invited: Account) -> None:
    answer = browser_of(invited).get("/hospitals/")

    assert answer.status_code == 404
    assert "We could not find this page" in answer.content.decode()


def test_the_console_invites_and_ends(console: HostClient, network: Network) -> None:
    address = reverse("console:network", args=[network.slug], urlconf=settings.CONSOLE_URLCONF)

    form = {"name": "Nadia Net", "email": "nadia@example.org"}
    assert console.post(f"{address}invite/", form)["Location"] == address
    assert "Nadia Net" in console.get(address).content.decode()
    account = Account.objects.get(login="nadia@example.org")
    ended = console.post(f"/networks/admins/{account.pk}/end/", {"reason": "Left"})
    assert ended["Location"] == address
    assert "nadia@example.org" not in console.get(address).content.decode()


def test_an_export_of_networks_is_recorded(access: Access, audited: Audited) -> None:
    rows = services.export_networks(access=access, state=ListState.read({}, NETWORK_LIST))

    assert rows[0][0] == "slug"
    assert audited("networks.exported") == [("networks.exported", "")]


def test_the_providers_sign_in_promises_nothing_to_patients(in_shared: None) -> None:
    for client in (network_client(), console_client()):
        page = client.get("/sign-in/").content.decode()
        assert "Your care, in one place." not in page
        assert 'class="mark' in page
