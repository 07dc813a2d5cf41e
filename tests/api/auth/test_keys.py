"""Personal keys: made within one's own rights, shown once, ended at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest
import time_machine
from django.db import connections
from django.utils import translation

from api.auth.forms import KeyForm
from api.auth.models import PersonalKey
from api.auth.selectors import own_keys
from api.auth.services import LifeInvalid, ScopesInvalid, TooManyKeys, create_key, end_all_keys, revoke_key
from api.rest.v1 import urls as v1
from kernel import clock
from kernel.accounts.confirm import FRESH
from kernel.accounts.doors import Door
from kernel.accounts.events import FactorsChanged, PasswordChanged
from kernel.accounts.mail import password_letter
from kernel.accounts.models import Account, Factor
from kernel.accounts.services.factors import remove_factor
from kernel.accounts.services.register import change_password
from kernel.audit.models import AuditEntry
from kernel.events.models import OutboxEvent
from kernel.permissions import NotFound, Role
from kernel.permissions.models import RoleDefinition
from kernel.permissions.selectors import access_for
from kernel.tenancy.context import HospitalContext
from kernel.tenancy.scope import hospital
from tenants.setup.permissions import VIEW_STAFF
from tests.api.conftest import Caller
from tests.clients import HostClient, client_for, console_client
from tests.factories.accounts import make_account
from tests.factories.staff import sign_in, staff_account

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
        create_key(access=ana.access, name=f"Key {number}", scopes=["records.view"], days=30)
    with pytest.raises(TooManyKeys):
        create_key(access=ana.access, name="Key 21", scopes=["records.view"], days=30)
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
    asked = northfield.get(f"/account/keys/{row.pk}/end/")
    row.refresh_from_db()
    assert (asked.status_code, row.revoked_at) == (200, None)
    assert "Diary" in asked.content.decode()
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


@pytest.mark.parametrize("name", ["Di\u202eary", "Diary\x07", "\u2066Diary\u2069", "\u200bDiary", "…"])
def test_a_key_has_a_name_that_everybody_can_read(
    caller: Callable[[str], Caller], northfield: HostClient, name: str
) -> None:
    sign_in(northfield, caller("ana").account, DOOR)
    answer = northfield.post("/account/keys/", {"name": name, "scopes": ["records.view"], "days": "30"})
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["name"]
    assert PersonalKey.objects.count() == 0


@pytest.mark.requirement("S20")
def test_a_key_is_made_only_by_somebody_who_has_just_confirmed(
    caller: Callable[[str], Caller], northfield: HostClient
) -> None:
    with time_machine.travel(clock.now(), tick=False) as traveller:
        sign_in(northfield, caller("ana").account, DOOR)
        traveller.shift(FRESH + timedelta(seconds=1))

        answer = northfield.post("/account/keys/", {"name": "Diary", "scopes": ["records.view"], "days": "30"})

        assert answer["Location"].startswith("/account/confirm/")
        assert PersonalKey.objects.count() == 0
        assert northfield.get("/account/keys/")["Location"] == "/account/confirm/?next=%2Faccount%2Fkeys%2F"


@pytest.mark.requirement("S21")
def test_keys_end_with_the_password_and_the_person_is_told(
    caller: Callable[[str], Caller], northfield: HostClient
) -> None:
    ana, ben = caller("ana"), caller("ben")
    key, others = ana.key("records.view"), ben.key("records.view")
    headers = {"Authorization": f"Bearer {key}"}
    assert northfield.get("/api/v1/me", headers=headers).status_code == 200

    change_password(access=ana.access, account=ana.account, new="otter lantern basalt 9", present=None)

    assert northfield.get("/api/v1/me", headers=headers).status_code == 401
    assert northfield.get("/api/v1/me", headers={"Authorization": f"Bearer {others}"}).status_code == 200
    line = AuditEntry.objects.get(action="api.key_revoked")
    assert (line.actor_id, line.target_id) == (ana.account.pk, str(PersonalKey.objects.get(account=ana.account).pk))
    event = OutboxEvent.objects.get(type_name=PasswordChanged.type_name)
    assert event.payload == {"account_id": str(ana.account.pk), "keys_ended": 1}
    Account.objects.filter(pk=ana.account.pk).update(email="ana@example.org")
    # Whoever never signed in has an invitation and knows of no password.
    assert password_letter(PasswordChanged(**event.payload)) is None
    Account.objects.filter(pk=ana.account.pk).update(last_login=clock.now())
    letter = password_letter(PasswordChanged(**event.payload))
    assert letter is not None
    assert "The keys of your programs ended too." in letter.body


@pytest.mark.requirement("S21")
def test_keys_end_with_the_last_second_step_and_stay_with_any_other(caller: Callable[[str], Caller]) -> None:
    ana = caller("ana")
    ana.key("records.view")
    Account.objects.filter(pk=ana.account.pk).update(password_is_long=True)
    ana.account.refresh_from_db()
    steps = [
        Factor.objects.create(account=ana.account, kind=kind, credential_hash=kind, confirmed_at=clock.now())
        for kind in (Factor.Kind.PASSKEY, Factor.Kind.TOTP)
    ]

    remove_factor(access=ana.access, account=ana.account, factor=steps[0])
    assert PersonalKey.objects.get().revoked_at is None

    remove_factor(access=ana.access, account=ana.account, factor=steps[1])
    assert PersonalKey.objects.get().revoked_at is not None
    told = OutboxEvent.objects.filter(type_name=FactorsChanged.type_name).order_by("pk")
    assert [event.payload["keys_ended"] for event in told] == [0, 1]


def test_an_operator_who_changes_the_password_has_no_keys_to_end(db: None) -> None:
    console = console_client()

    def work() -> int:
        account = make_account("op@example.org", Role.OPERATOR)
        return end_all_keys(access_for(account), account)

    assert console.inside(work) == 0


def test_keys_made_at_one_moment_are_counted_one_after_the_other(
    new_hospital: Callable[..., HospitalContext],
) -> None:
    context, together = new_hospital(), Barrier(4)
    with hospital(context):
        access = access_for(staff_account("hospital_admin"))
        for number in range(19):
            create_key(access=access, name=f"Key {number}", scopes=[VIEW_STAFF.name], days=30)

    def make(number: int) -> bool:
        try:
            with hospital(context):
                together.wait(10)
                create_key(access=access, name=f"more {number}", scopes=[VIEW_STAFF.name], days=30)
        except TooManyKeys:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(make, range(4))) == [False, False, False, True]
    with hospital(context):
        assert PersonalKey.objects.count() == 20


def offered(client: HostClient) -> list[str]:
    """The names of the permissions that the form for a new key offers."""
    return [name for name, _words in client.get("/account/keys/").context["form"].fields["scopes"].choices]


def test_the_page_offers_what_calls_of_the_interface_ask_for_and_nothing_else(
    caller: Callable[[str], Caller], northfield: HostClient
) -> None:
    ana = caller("ana")
    sign_in(northfield, ana.account, DOOR)
    declared = {
        permission.name
        for pattern in v1.urlpatterns
        for permission in getattr(pattern.callback, "portico_permission").permissions  # noqa: B009
    }
    assert set(ana.access.actor.grants) > declared

    assert sorted(offered(northfield)) == sorted(declared) == ["people.view", "records.view", "records.view_results"]
    refused = northfield.post("/account/keys/", {"name": "Diary", "scopes": ["records.view_visits"], "days": "30"})
    assert (refused.status_code, PersonalKey.objects.count()) == (422, 0)


def test_who_holds_nothing_that_programs_ask_for_is_told_so(in_northfield: HospitalContext) -> None:
    client = client_for("northfield")
    sign_in(client, staff_account("hospital_admin"), DOOR)

    page = client.get("/account/keys/").content.decode()

    assert "Programs can ask for nothing that your roles let you do" in page
    assert "Make this key" not in page


def test_a_key_with_a_scope_that_is_no_longer_offered_goes_on_working(
    caller: Callable[[str], Caller], northfield: HostClient
) -> None:
    key = caller("ana").key("records.view_visits", "people.view")
    headers = {"Authorization": f"Bearer {key}"}

    assert northfield.get("/api/v1/patients", headers=headers).status_code == 200
    assert northfield.get("/api/v1/me", headers=headers).json()["permissions"] == ["people.view", "records.view_visits"]


def test_the_page_says_what_each_key_may_do_and_when_it_was_used(
    caller: Callable[[str], Caller], northfield: HostClient
) -> None:
    ana = caller("ana")
    ana.key("people.view", "records.view_visits")
    sign_in(northfield, ana.account, DOOR)
    assert "never used" in northfield.get("/account/keys/").content.decode()
    PersonalKey.objects.update(last_used_on=date(2020, 3, 9))

    page = northfield.get("/account/keys/").content.decode()

    assert "last used Mar 9, 2020" in page
    own = page.partition("This key may:")[2].partition("</ul>")[0]
    assert own.count("<li>") == 2
    assert "See who a patient is: names, date of birth, contact details" in own
    assert "See past and coming visits" in own


def test_a_key_whose_owner_lost_the_rights_is_said_to_do_nothing(in_northfield: HospitalContext) -> None:
    client, account = client_for("northfield"), staff_account("front_desk")
    create_key(access=access_for(account), name="The desk", scopes=["people.view"], days=30)
    RoleDefinition.objects.filter(name="front_desk").update(changes={"people.view": None})
    sign_in(client, account, DOOR)

    page = client.get("/account/keys/").content.decode()

    assert "This key may do nothing any more" in page
    assert "This key may:" not in page


def test_days_of_a_key_are_counted_in_the_readers_digits(
    hospital_context: Callable[[str], HospitalContext],
) -> None:
    with hospital(hospital_context("alwaha")), translation.override("ar"):
        form = KeyForm(access=access_for(staff_account("front_desk")))
        assert [str(words) for _days, words in form.fields["days"].choices] == ["٣٠ يومًا", "٩٠ يومًا", "سنة"]  # type: ignore[attr-defined]
