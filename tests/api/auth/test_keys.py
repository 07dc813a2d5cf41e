"""Personal keys: made within one's own rights, shown once, ended at once."""

from collections.abc import Callable

import pytest

from api.auth.models import PersonalKey
from api.auth.selectors import own_keys
from api.auth.services import LifeInvalid, ScopesInvalid, TooManyKeys, create_key, revoke_key
from kernel.accounts.doors import Door
from kernel.accounts.models import Account
from kernel.audit.models import AuditEntry
from kernel.permissions import NotFound
from kernel.permissions.selectors import access_for
from tests.api.conftest import Caller
from tests.clients import HostClient
from tests.factories.staff import sign_in

DOOR = Door("hospital", "northfield.localhost", "Northfield", "__Host-portico")


def test_only_a_digest_of_the_key_is_stored(caller: Callable[[str], Caller]) -> None:
    row, key = create_key(access=caller("ana").access, name="Script", scopes=["records.view"], days=30)
    stored = " ".join(str(value) for value in PersonalKey.objects.values_list().get(pk=row.pk))
    assert key not in stored
    assert key.startswith(row.prefix)
    assert AuditEntry.objects.get(action="api.key_created").target_id == str(row.pk)


@pytest.mark.parametrize("scopes", [[], ["no.such_thing"], ["api.manage_own_keys"], ["people.keep"]])
@pytest.mark.requirement("S31")
def test_a_key_never_has_more_than_its_owner(caller: Callable[[str], Caller], scopes: list[str]) -> None:
    with pytest.raises(ScopesInvalid):
        create_key(access=caller("ana").access, name="Script", scopes=scopes, days=30)
    assert PersonalKey.objects.count() == 0


@pytest.mark.parametrize("days", [0, -1, 366])
def test_a_key_lives_a_day_to_a_year(caller: Callable[[str], Caller], days: int) -> None:
    with pytest.raises(LifeInvalid):
        create_key(access=caller("ana").access, name="Script", scopes=["records.view"], days=days)


def test_the_twenty_first_key_is_refused(caller: Callable[[str], Caller]) -> None:
    ana = caller("ana")
    for number in range(20):
        create_key(access=ana.access, name=str(number), scopes=["records.view"], days=30)
    with pytest.raises(TooManyKeys):
        create_key(access=ana.access, name="21", scopes=["records.view"], days=30)
    assert PersonalKey.objects.count() == 20


def test_an_ended_key_opens_nothing_and_ending_it_twice_is_once(
    caller: Callable[[str], Caller], northfield: HostClient
) -> None:
    ana = caller("ana")
    row, key = create_key(access=ana.access, name="Script", scopes=["records.view"], days=30)
    headers = {"Authorization": f"Bearer {key}"}
    assert northfield.get("/api/v1/me", headers=headers).status_code == 200
    revoke_key(access=ana.access, key_id=row.pk)
    revoke_key(access=ana.access, key_id=row.pk)
    assert northfield.get("/api/v1/me", headers=headers).status_code == 401
    assert AuditEntry.objects.filter(action="api.key_revoked").count() == 1


def test_nobody_ends_or_sees_somebody_elses_key(caller: Callable[[str], Caller], clerk: Account) -> None:
    ana = caller("ana")
    row, _key = create_key(access=ana.access, name="Script", scopes=["records.view"], days=30)
    with pytest.raises(NotFound):
        revoke_key(access=access_for(clerk), key_id=row.pk)
    assert list(own_keys(access_for(clerk))) == []
    assert PersonalKey.objects.get().revoked_at is None


def test_the_key_of_a_closed_account_opens_nothing(caller: Callable[[str], Caller], northfield: HostClient) -> None:
    ana = caller("ana")
    key = ana.key("records.view")
    Account.objects.filter(pk=ana.account.pk).update(is_active=False)
    assert northfield.get("/api/v1/me", headers={"Authorization": f"Bearer {key}"}).status_code == 401


def test_the_page_makes_a_key_shows_it_once_and_ends_it(
    caller: Callable[[str], Caller], northfield: HostClient
) -> None:
    ana = caller("ana")
    sign_in(northfield, ana.account, DOOR)
    made = northfield.post("/account/keys/", {"name": "Diary", "scopes": ["records.view"], "days": "30"})
    row = PersonalKey.objects.get()
    assert made.status_code == 200
    shown = made.content.decode()
    assert row.prefix in shown
    key = shown.partition('data-copy="')[2].partition('"')[0]
    assert northfield.get("/api/v1/me", headers={"Authorization": f"Bearer {key}"}).status_code == 200
    assert key not in northfield.get("/account/keys/").content.decode()
    assert northfield.post(f"/account/keys/{row.pk}/end/").status_code == 302
    row.refresh_from_db()
    assert row.revoked_at is not None


def test_a_form_without_a_choice_keeps_the_name_that_was_typed(
    caller: Callable[[str], Caller], northfield: HostClient
) -> None:
    sign_in(northfield, caller("ana").account, DOOR)
    answer = northfield.post("/account/keys/", {"name": "Diary", "days": "30"})
    assert answer.status_code == 422
    assert 'value="Diary"' in answer.content.decode()
    assert PersonalKey.objects.count() == 0
