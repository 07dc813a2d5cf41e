"""Staff and roles as the hospital's administrators change them."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
import time_machine
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from kernel import audit, clock
from kernel.accounts.events import AccountInvited
from kernel.accounts.invitations import AlreadyAnswered, EnoughLetters, RoleUnknown, invite
from kernel.accounts.models import Account, Session
from kernel.accounts.tasks import send_invitation
from kernel.audit.browsing import AUDIT_LIST
from kernel.audit.models import AuditEntry
from kernel.events.models import OutboxEvent
from kernel.exports import csv_text
from kernel.ids import uuid7
from kernel.lists import ListState
from kernel.names import AlphabetsMixed, NameUnreadable
from kernel.permissions import Access, NotFound, NotPermitted, Reach, Role
from kernel.permissions.models import RoleDefinition, RoleMembership
from kernel.permissions.selectors import access_for
from kernel.permissions.services import (
    LastManager,
    OwnRole,
    RoleChanged,
    RoleHeld,
    RoleNameTaken,
    RoleUnusable,
    StandardRoleName,
    assign_role,
    end_role,
)
from kernel.tenancy.context import HospitalContext
from kernel.tenancy.scope import hospital
from tenants.people.models import Patient
from tenants.setup import services
from tenants.setup.roles import assignable, preview, reach_for
from tenants.setup.selectors import STAFF_LIST, audit_trail, overview, role_choices, staff_list, staff_member
from tests.factories.accounts import make_account
from tests.factories.staff import staff_account

Audited = Callable[..., list[str]]


def staff_asked(**query: str) -> ListState:
    return ListState.read(query, STAFF_LIST)


def audit_asked(**query: str) -> ListState:
    return ListState.read(query, AUDIT_LIST)


def found(access: Access, **query: str) -> list[AuditEntry]:
    """The entries on the page that ``query`` asks for."""
    return list(audit_trail(access, audit_asked(**query), export="").page)


def test_inviting_makes_an_account_gives_the_role_and_writes(
    access: Access, audited: Audited, mailoutbox: list[Any]
) -> None:
    account = services.invite_staff(access=access, name="Nia Nurse", email="Nia@Example.org", roles=["clinician"])

    assert (account.login, account.email, account.display_name) == ("nia@example.org", "nia@example.org", "Nia Nurse")
    assert not account.has_usable_password()
    assert [m.role.name for m in RoleMembership.objects.filter(account=account)] == ["clinician"]
    assert audited("accounts.") == ["accounts.created", "accounts.invited"]
    entry = AuditEntry.objects.get(action="accounts.invited")
    assert (entry.actor_id, entry.target_id, entry.details) == (
        access.actor.account_id, str(account.pk), {"roles": ["clinician"]},
    )  # fmt: skip
    assert OutboxEvent.objects.get(type_name=AccountInvited.type_name).payload == {"account_id": str(account.pk)}
    send_invitation(AccountInvited(account.pk))
    (letter,) = mailoutbox
    assert letter.to == ["nia@example.org"]
    assert "northfield.localhost" in letter.body
    assert "nia@example.org" in letter.body


def test_the_same_invitation_twice_is_one(access: Access, audited: Audited) -> None:
    first = services.invite_staff(access=access, name="Nia Nurse", email="nia@example.org", roles=["clinician"])
    second = services.invite_staff(access=access, name="Nia Nurse", email="nia@example.org", roles=["clinician"])

    assert first.pk == second.pk
    assert audited("accounts.invited") == ["accounts.invited"]
    assert OutboxEvent.objects.filter(type_name=AccountInvited.type_name).count() == 1


def test_an_invitation_is_sent_again_once_a_minute_to_who_has_not_answered(access: Access, audited: Audited) -> None:
    def sent() -> int:
        return OutboxEvent.objects.filter(type_name=AccountInvited.type_name).count()

    with time_machine.travel(datetime(2027, 1, 5, 12, 0, tzinfo=UTC), tick=False) as moment:
        nia = services.invite_staff(access=access, name="Nia Nurse", email="nia@example.org", roles=["clinician"])
        services.invite_staff_again(access=access, account_id=nia.pk)
        assert (sent(), audited("accounts.invited")) == (1, ["accounts.invited"])

        moment.shift(61)
        services.invite_staff_again(access=access, account_id=nia.pk)
        services.invite_staff_again(access=access, account_id=nia.pk)

        entry = AuditEntry.objects.get(action="accounts.invited_again")
        assert (sent(), entry.actor_id, entry.target_id) == (2, access.actor.account_id, str(nia.pk))
        newest = OutboxEvent.objects.filter(type_name=AccountInvited.type_name).latest("pk")
        assert newest.payload == {"account_id": str(nia.pk)}

        moment.shift(61)
        Account.objects.filter(pk=nia.pk).update(last_login=clock.now())
        with pytest.raises(AlreadyAnswered):
            services.invite_staff_again(access=access, account_id=nia.pk)
        assert sent() == 2


def test_nobody_is_written_to_more_than_five_times_a_day(access: Access) -> None:
    with time_machine.travel(datetime(2027, 1, 5, 12, 0, tzinfo=UTC), tick=False) as moment:
        nia = services.invite_staff(access=access, name="Nia Nurse", email="nia@example.org", roles=["clinician"])
        for _letter in range(4):
            moment.shift(61)
            services.invite_staff_again(access=access, account_id=nia.pk)
        moment.shift(61)

        with pytest.raises(EnoughLetters):
            services.invite_staff_again(access=access, account_id=nia.pk)

        assert OutboxEvent.objects.filter(type_name=AccountInvited.type_name).count() == 5
        moment.shift(timedelta(days=1))
        services.invite_staff_again(access=access, account_id=nia.pk)
        assert OutboxEvent.objects.filter(type_name=AccountInvited.type_name).count() == 6


@pytest.mark.requirement("S27")
def test_only_who_manages_staff_sends_an_invitation_again_and_only_to_staff(access: Access, officer: Account) -> None:
    nia = services.invite_staff(access=access, name="Nia Nurse", email="nia@example.org", roles=["clinician"])
    patient = Account.objects.create(login="pia", display_name="Pia", password="!")

    with pytest.raises(NotPermitted):
        services.invite_staff_again(access=access_for(officer), account_id=nia.pk)
    for key in (patient.pk, uuid7()):
        with pytest.raises(NotFound):
            services.invite_staff_again(access=access, account_id=key)


@pytest.mark.parametrize("roles", [[], ["operator"], ["patient"], ["clinician", "nobody"]])
def test_only_roles_of_staff_can_be_given(access: Access, audited: Audited, roles: list[str]) -> None:
    with pytest.raises(RoleUnknown):
        services.invite_staff(access=access, name="Nia", email="nia@example.org", roles=roles)

    assert not Account.objects.filter(login="nia@example.org").exists()
    assert audited("accounts.invited") == []


@pytest.mark.requirement("S27")
def test_a_privacy_officer_sees_staff_and_changes_nothing(officer: Account, admin: Account) -> None:
    watching = access_for(officer)

    assert staff_member(watching, admin.pk).pk == admin.pk
    for act in (
        lambda: services.invite_staff(access=watching, name="N", email="n@example.org", roles=["clinician"]),
        lambda: services.give_staff_roles(access=watching, account_id=admin.pk, roles=["billing"]),
        lambda: services.end_staff(access=watching, account_id=admin.pk, reason="Why"),
        lambda: services.change_role(access=watching, name="billing", granted=[], shown=[]),
        lambda: services.add_role(access=watching, label="New", based_on="billing"),
        lambda: services.call_role(access=watching, name="own-x", label="New", shown=""),
        lambda: services.drop_role(access=watching, name="own-x"),
    ):
        with pytest.raises(NotPermitted):
            act()


@pytest.mark.requirement("S27")
def test_a_clinician_may_not_even_look(in_northfield: object) -> None:
    access = access_for(staff_account("clinician"))

    for act in (
        lambda: staff_list(access, staff_asked()),
        lambda: overview(access),
        lambda: audit_trail(access, audit_asked(), export=""),
    ):
        with pytest.raises(NotPermitted):
            act()


def test_ending_takes_all_roles_and_signs_out_and_keeps_the_trail(access: Access, audited: Audited) -> None:
    nurse = staff_account("clinician", "billing", name="Nia Nurse")

    services.end_staff(access=access, account_id=nurse.pk, reason=" Left  on Friday ")

    assert access_for(nurse).actor.roles == frozenset()
    assert not Session.objects.filter(account=nurse).exists()
    assert audited("permissions.role_ended") == ["permissions.role_ended"] * 2
    assert AuditEntry.objects.get(action="setup.staff_ended").reason == "Left on Friday"
    with pytest.raises(NotFound):
        staff_member(access, nurse.pk)


def test_nobody_ends_or_changes_themselves(access: Access, admin: Account, audited: Audited) -> None:
    with pytest.raises(OwnRole):
        services.end_staff(access=access, account_id=admin.pk, reason="Why")
    with pytest.raises(OwnRole):
        services.give_staff_roles(access=access, account_id=admin.pk, roles=["hospital_admin", "clinician"])

    assert audited("setup.staff_ended") == []


def test_the_last_administrator_stays(access: Access, admin: Account) -> None:
    other = staff_account("hospital_admin", name="Olaf Admin")
    theirs = access_for(other)
    RoleMembership.objects.exclude(account__in=[admin, other]).filter(role__name="hospital_admin").delete()
    services.end_staff(access=theirs, account_id=admin.pk, reason="Left")

    with pytest.raises((LastManager, OwnRole)):
        services.end_staff(access=theirs, account_id=other.pk, reason="Left")

    assert staff_member(theirs, other.pk).pk == other.pk


def test_other_roles_are_given_and_the_former_ended(access: Access, audited: Audited) -> None:
    nurse = staff_account("clinician")

    services.give_staff_roles(access=access, account_id=nurse.pk, roles=["billing"])
    services.give_staff_roles(access=access, account_id=nurse.pk, roles=["billing"])

    assert {role.value for role in access_for(nurse).actor.roles} == {"billing"}
    assert audited("permissions.") == ["permissions.role_given", "permissions.role_ended"]


def test_a_patient_is_not_staff_and_cannot_be_found_here(access: Access) -> None:
    patient = Account.objects.create(login="pia", display_name="Pia", password="!")

    for key in (patient.pk, uuid7()):
        with pytest.raises(NotFound):
            services.end_staff(access=access, account_id=key, reason="Why")
        with pytest.raises(NotFound):
            services.give_staff_roles(access=access, account_id=key, roles=["billing"])


def test_a_role_loses_and_regains_a_permission(access: Access, audited: Audited) -> None:
    before = RoleDefinition.objects.get(name="front_desk").grants
    taken = next(p for p in assignable() if p.name in before)

    services.change_role(access=access, name="front_desk", granted=set(before) - {taken.name}, shown=before)
    assert taken.name not in RoleDefinition.objects.get(name="front_desk").grants
    services.change_role(access=access, name="front_desk", granted=before, shown=set(before) - {taken.name})

    assert RoleDefinition.objects.get(name="front_desk").grants == before
    assert RoleDefinition.objects.get(name="front_desk").changes == {}
    assert audited("permissions.role_edited") == ["permissions.role_edited"] * 2


def test_a_role_that_changed_since_it_was_shown_is_not_overwritten(access: Access, audited: Audited) -> None:
    before = set(RoleDefinition.objects.get(name="front_desk").grants)
    services.change_role(access=access, name="front_desk", granted=before - {"people.search"}, shown=before)

    for granted in (before - {"people.view"}, before):
        with pytest.raises(RoleChanged):
            services.change_role(access=access, name="front_desk", granted=granted, shown=before)

    assert set(RoleDefinition.objects.get(name="front_desk").grants) == before - {"people.search"}
    assert audited("permissions.role_edited") == ["permissions.role_edited"]


def test_what_staff_cannot_have_is_ignored(access: Access, audited: Audited) -> None:
    before = RoleDefinition.objects.get(name="front_desk").grants

    services.change_role(
        access=access, name="front_desk", granted=[*before, "hospitals.suspend", "nothing.at_all"], shown=before
    )

    assert RoleDefinition.objects.get(name="front_desk").grants == before
    assert audited("permissions.role_edited") == []


def test_roles_of_patients_are_not_edited_here(access: Access) -> None:
    for name in ("patient", "helper", "anonymous", "nobody"):
        with pytest.raises(NotFound):
            services.change_role(access=access, name=name, granted=[], shown=[])


def test_a_preview_says_what_would_change_and_changes_nothing(access: Access) -> None:
    role = RoleDefinition.objects.get(name="front_desk")
    before = role.grants
    gained = next(p for p in assignable() if p.name not in before)
    lost = next(p for p in assignable() if p.name in before)

    shown = preview(role, frozenset({*before, gained.name} - {lost.name}), people=3)

    assert (shown.gains, shown.loses, shown.people) == ((gained,), (lost,), 3)
    assert RoleDefinition.objects.get(name="front_desk").grants == before


def test_a_new_role_begins_with_what_its_base_may_do(access: Access) -> None:
    role = services.add_role(access=access, label=" Ward   clerk ", based_on="front_desk")
    again = services.add_role(access=access, label="Ward clerk", based_on="front_desk")

    assert role.pk == again.pk
    assert (role.label, role.grants) == ("Ward clerk", RoleDefinition.objects.get(name="front_desk").grants)


@pytest.mark.parametrize("label", ["Clinician", "front desk", "RECEPCIÓN", "Personal  clínico", "الاستقبال", "Patient"])
def test_no_own_role_is_called_like_a_standard_one_in_any_language(
    access: Access, audited: Audited, label: str
) -> None:
    ward = services.add_role(access=access, label="Ward clerk", based_on="front_desk")

    with pytest.raises(StandardRoleName):
        services.add_role(access=access, label=label, based_on="front_desk")
    with pytest.raises(StandardRoleName):
        services.call_role(access=access, name=ward.name, label=label, shown="Ward clerk")
    assert audited("permissions.") == ["permissions.role_created"]


def test_own_roles_are_told_apart_by_more_than_case_and_signs(access: Access) -> None:
    services.add_role(access=access, label="Night nurse", based_on="clinician")

    for label in ("night nurse", "NIGHT-NURSE"):
        with pytest.raises(RoleNameTaken):
            services.add_role(access=access, label=label, based_on="clinician")


@pytest.mark.parametrize("label", ["Cl\u0456nician", "Cl\u200d\u0456\u200dnician", "Front d\u0435sk", "\u0392illing"])
def test_no_own_role_looks_like_a_standard_one_by_letters_of_another_alphabet(access: Access, label: str) -> None:
    ward = services.add_role(access=access, label="Ward clerk", based_on="front_desk")

    with pytest.raises(AlphabetsMixed):
        services.add_role(access=access, label=label, based_on="clinician")
    with pytest.raises(AlphabetsMixed):
        services.call_role(access=access, name=ward.name, label=label, shown="Ward clerk")


@pytest.mark.parametrize(
    "label",
    [
        "\u041c\u0435\u0434\u0441\u0435\u0441\u0442\u0440\u0430 ICU",
        "\u03b2-blocker clinic",
        "\u0645\u0645\u0631\u0636 ICU",
        "Na\u00efve 2b",
    ],
)
def test_an_own_role_may_have_words_of_several_alphabets(access: Access, label: str) -> None:
    assert services.add_role(access=access, label=label, based_on="clinician").label == label


def test_a_renamed_role_keeps_its_people_and_rights_and_frees_its_name(access: Access, audited: Audited) -> None:
    ward = services.add_role(access=access, label="Ward clerk", based_on="front_desk")
    assign_role(access=access, account=staff_account("clinician"), role=ward)

    services.call_role(access=access, name=ward.name, label="Desk of the ward", shown="Ward clerk")
    services.call_role(access=access, name=ward.name, label=" Desk of  the ward ", shown="Ward clerk")
    second = services.add_role(access=access, label="Ward clerk", based_on="billing")

    ward.refresh_from_db()
    assert (ward.label, ward.name, ward.memberships.count()) == ("Desk of the ward", "own-ward-clerk", 1)
    assert (second.label, second.name) == ("Ward clerk", "own-ward-clerk-2")
    assert audited("permissions.role_renamed") == ["permissions.role_renamed"]
    entry = AuditEntry.objects.get(action="permissions.role_renamed")
    assert (entry.target_id, entry.details) == (
        str(ward.pk), {"before": "Ward clerk", "after": "Desk of the ward"},
    )  # fmt: skip


def test_of_two_who_rename_a_role_at_once_the_second_is_told(access: Access) -> None:
    ward = services.add_role(access=access, label="Ward clerk", based_on="front_desk")
    services.call_role(access=access, name=ward.name, label="Ward desk", shown="Ward clerk")

    with pytest.raises(RoleChanged):
        services.call_role(access=access, name=ward.name, label="Night desk", shown="Ward clerk")
    assert RoleDefinition.objects.get(pk=ward.pk).label == "Ward desk"


def test_a_role_is_removed_once_and_not_while_somebody_has_it(access: Access, audited: Audited) -> None:
    ward = services.add_role(access=access, label="Ward clerk", based_on="front_desk")
    membership = assign_role(access=access, account=staff_account("clinician"), role=ward)

    with pytest.raises(RoleHeld):
        services.drop_role(access=access, name=ward.name)
    end_role(access=access, membership=membership)
    services.drop_role(access=access, name=ward.name)
    services.drop_role(access=access, name=ward.name)

    assert ward.name not in dict(role_choices(access))
    assert audited("permissions.role_removed") == ["permissions.role_removed"]


def test_a_removed_role_is_neither_given_nor_changed_nor_renamed(access: Access) -> None:
    ward = services.add_role(access=access, label="Ward clerk", based_on="front_desk")
    services.drop_role(access=access, name=ward.name)
    account, name = staff_account("billing"), ward.name

    with pytest.raises(RoleUnusable):
        assign_role(access=access, account=account, role=ward)
    with pytest.raises(RoleUnknown):
        services.give_staff_roles(access=access, account_id=account.pk, roles=[name])
    with pytest.raises(RoleUnknown):
        services.invite_staff(access=access, name="Nia Nurse", email="nia@example.org", roles=[name])
    with pytest.raises(RoleUnknown):
        invite(access=access, email="nia@example.org", display_name="Nia Nurse", roles=[name])
    with pytest.raises(NotFound):
        services.change_role(access=access, name=name, granted=[], shown=set(ward.grants))
    with pytest.raises(NotFound):
        services.call_role(access=access, name=name, label="Ward desk", shown="Ward clerk")
    assert not RoleMembership.objects.filter(role=ward).exists()


def test_what_a_removed_role_was_called_is_free_and_its_name_is_not(access: Access, audited: Audited) -> None:
    ward = services.add_role(access=access, label="Ward clerk", based_on="front_desk")
    services.drop_role(access=access, name=ward.name)

    second = services.add_role(access=access, label="Ward clerk", based_on="front_desk")
    services.drop_role(access=access, name=ward.name)

    assert (ward.name, second.name, second.pk == ward.pk) == ("own-ward-clerk", "own-ward-clerk-2", False)
    assert second.name in dict(role_choices(access))
    assert audited("permissions.role_removed") == ["permissions.role_removed"]


def test_who_had_a_removed_role_and_what_it_was_called_stay_in_the_trail(access: Access) -> None:
    ward = services.add_role(access=access, label="Ward clerk", based_on="front_desk")
    ana = make_account("ana@example.org")
    end_role(access=access, membership=assign_role(access=access, account=ana, role=ward))
    services.drop_role(access=access, name=ward.name)
    services.call_role(
        access=access,
        name=services.add_role(access=access, label="Ward clerk", based_on="clinician").name,
        label="Night nurse",
        shown="Ward clerk",
    )

    _trail, rows = services.read_trail(access=access, state=audit_asked(action="permissions.role_given"))

    assert [(row.target, row.facts) for row in rows] == [("Ana Ruiz", ["Ward clerk"])]
    for asked in ({"person": "Ana"}, {"q": "Ana"}, {"q": "Ward clerk"}):
        assert "permissions.role_given" in [entry.action for entry in found(access, **asked)]


def test_a_role_that_never_was_is_not_removed(access: Access) -> None:
    for name in ("own-nobody", "\x00"):
        with pytest.raises(NotFound):
            services.drop_role(access=access, name=name)


def test_a_standard_role_keeps_its_name_and_stays(access: Access, audited: Audited) -> None:
    with pytest.raises(NotFound):
        services.call_role(access=access, name="front_desk", label="Desk", shown="")
    with pytest.raises(NotFound):
        services.drop_role(access=access, name="front_desk")
    assert audited("permissions.") == []


def test_a_role_that_is_given_and_removed_at_one_moment_is_one_or_the_other(
    new_hospital: Callable[..., HospitalContext],
) -> None:
    context = new_hospital()
    with hospital(context):
        access = access_for(staff_account("hospital_admin"))
        ward = services.add_role(access=access, label="Ward clerk", based_on="front_desk")
        account = staff_account("clinician")

    def work(number: int) -> None:
        with suppress(RoleHeld, RoleUnusable):
            if number % 2:
                services.drop_role(access=access, name=ward.name)
            else:
                assign_role(access=access, account=account, role=ward)

    at_once(context, work)

    with hospital(context):
        held = RoleMembership.objects.filter(account=account, role=ward.pk).count()
        assert held == RoleDefinition.objects.filter(pk=ward.pk, removed_at=None).count()


def test_a_clinician_never_reaches_beyond_those_in_care_by_a_change(access: Access) -> None:
    for permission in assignable():
        if Role.CLINICIAN not in permission.reaches:
            assert reach_for(permission, Role.CLINICIAN) == Reach.CARE


@pytest.mark.requirement("S33")
def test_looking_for_who_saw_a_patient_is_itself_recorded(access: Access) -> None:
    patient = Patient.objects.create(
        fhir_id=str(uuid7()), given_names="Ana", family_names="Ruiz", received_at=clock.now()
    )

    services.read_trail(access=access, state=audit_asked(patient=str(patient.pk)))
    services.read_trail(access=access, state=audit_asked(q="Ana"))

    entry = AuditEntry.objects.get(action="setup.audit_searched")
    assert (entry.subject, entry.actor_id, entry.details) == (patient.pk, access.actor.account_id, {})


def test_the_trail_is_narrowed_to_a_patient(access: Access) -> None:
    patient, other = uuid7(), uuid7()
    services.read_trail(access=access, state=audit_asked(patient=str(patient)))
    services.read_trail(access=access, state=audit_asked(patient=str(other)))

    assert [row.subject for row in found(access, patient=str(patient))] == [patient]
    assert list(found(access, patient="not-a-key")) == []
    assert list(found(access, since="2999-01-01")) == []


@pytest.mark.requirement("S45")
def test_an_export_of_the_trail_is_recorded_and_begins_no_formula(access: Access, admin: Account) -> None:
    Account.objects.filter(pk=admin.pk).update(display_name="=HYPERLINK(1)")
    named = access_for(Account.objects.get(pk=admin.pk))
    services.read_trail(access=named, state=audit_asked(patient=str(uuid7())))

    rows = services.export_audit(access=named, state=audit_asked())

    assert "'=HYPERLINK(1)" in csv_text(rows[0], rows[1:])
    entry = AuditEntry.objects.get(action="setup.audit_exported")
    assert entry.details == {"rows": len(rows) - 1, "filters": {}}


def test_an_export_of_the_trail_is_read_by_people_and_by_machines(access: Access) -> None:
    patient = uuid7()
    with time_machine.travel(datetime(2027, 1, 5, 3, 30, tzinfo=UTC), tick=False), override("es"):
        audit.record(access, action="records.results_viewed", subject=patient)
        heading, row = services.export_audit(access=access, state=audit_asked(patient=str(patient)))

    line = dict(zip(heading, row, strict=True))
    assert list(line.values())[:5] == [
        "2027-01-04 21:30:00", "Mona Admin (Administración del hospital)", "Vio la lista de resultados", "Un paciente",
        "Hecho",
    ]  # fmt: skip
    assert next(iter(line)) == "Cuándo (Chicago)"
    assert (line["time"], line["action"], line["patient"], line["result"]) == (
        "2027-01-05T03:30:00+00:00", "records.results_viewed", patient, "done",
    )  # fmt: skip


def test_the_overview_counts_real_people(access: Access) -> None:
    before = overview(access)
    Patient.objects.create(fhir_id=str(uuid7()), given_names="Ana", family_names="Ruiz", received_at=clock.now())
    staff_account("clinician", with_factor=False)

    after = overview(access)

    assert after.patients == before.patients + 1
    assert after.staff == before.staff + 1
    assert after.invited == before.invited + 1


def test_whoever_has_a_password_or_has_signed_in_is_not_called_invited(access: Access) -> None:
    waiting, seen = staff_account("billing", name="Wim"), staff_account("billing", name="Sara")
    Account.objects.filter(pk=seen.pk).update(last_login=clock.now())
    with_password = make_account("pia@example.org", Role.BILLING)

    def logins(state: str) -> set[str]:
        found = staff_list(access, ListState.read({"state": state, "role": "billing"}, STAFF_LIST))
        assert {account.is_invited for account in found} == {state == "invited"}
        return {account.login for account in found}

    assert logins("invited") == {waiting.login}
    assert logins("active") == {seen.login, with_password.login}


def test_many_refused_sign_ins_need_attention(access: Access) -> None:
    for _number in range(20):
        audit.record(access, action="accounts.sign_in_refused", result="refused")

    (found,) = [item for item in overview(access).attention if item.url_name == "setup:audit"]
    assert str(found.sentence) == "20 sign-ins were refused in a day."


def test_two_equal_invitations_at_one_moment_are_one(new_hospital: Callable[..., HospitalContext]) -> None:
    context, both = new_hospital(), Barrier(2)

    def invite(_number: int) -> str:
        with hospital(context):
            access = access_for(staff_account("hospital_admin", name=f"Admin {_number}"))
            both.wait(10)
            services.invite_staff(access=access, name="Nia", email="nia@example.org", roles=["clinician"])
        connections.close_all()
        return "invited"

    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(invite, range(2))) == ["invited", "invited"]

    with hospital(context):
        assert RoleMembership.objects.filter(account__login="nia@example.org", ends=None).count() == 1
        assert AuditEntry.objects.filter(action="accounts.invited").count() == 1


def at_once(context: HospitalContext, act: Callable[[int], Any], times: int = 4) -> list[Any]:
    """What ``act`` gives to so many who call it at one moment, each with a connection of its own."""
    together = Barrier(times)

    def one(number: int) -> Any:
        try:
            with hospital(context):
                together.wait(10)
                return act(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(times) as threads:
        return list(threads.map(one, range(times)))


@pytest.mark.parametrize("change", ["give", "end", "invite"])
def test_roles_are_locked_in_one_order_so_that_two_who_change_them_never_wait_for_each_other(
    access: Access, change: str
) -> None:
    ward = services.add_role(access=access, label="Ward clerk", based_on="front_desk")
    nurse = staff_account("clinician", name="Nia Nurse")
    assign_role(access=access, account=nurse, role=ward)

    with CaptureQueriesContext(connection) as seen:
        if change == "give":
            services.give_staff_roles(access=access, account_id=nurse.pk, roles=["front_desk", "billing"])
        elif change == "end":
            services.end_staff(access=access, account_id=nurse.pk, reason="left")
        else:
            services.invite_staff(access=access, name="Nia", email=nurse.login, roles=["front_desk", ward.name])

    asked = [query["sql"] for query in seen.captured_queries]
    first = [
        re.findall(r'FROM "(\w+)"', sql)[0] + (" all" if '"is_builtin" ORDER BY' in sql else "")
        for sql in asked
        if re.search(r"FOR (NO KEY )?(UPDATE|SHARE)", sql)
    ]
    accounts, roles, memberships = "accounts_account", "permissions_roledefinition all", "permissions_rolemembership"
    assert list(dict.fromkeys(first)) == [accounts, roles] + ([] if change == "invite" else [memberships])


def test_a_member_of_staff_whom_several_end_at_one_moment_is_ended_once(
    new_hospital: Callable[..., HospitalContext],
) -> None:
    context = new_hospital()
    with hospital(context):
        access = access_for(staff_account("hospital_admin"))
        nurse = staff_account("clinician", name="Nia Nurse")

    def end(_number: int) -> None:
        # The last ones may find nobody any more: that is the same end, too.
        with suppress(NotFound):
            services.end_staff(access=access, account_id=nurse.pk, reason="left")

    at_once(context, end)

    with hospital(context):
        assert AuditEntry.objects.filter(action="setup.staff_ended").count() == 1
        assert AuditEntry.objects.filter(action="permissions.role_ended").count() == 1


def test_equal_roles_added_at_one_moment_are_one(new_hospital: Callable[..., HospitalContext]) -> None:
    context = new_hospital()
    with hospital(context):
        access = access_for(staff_account("hospital_admin"))

    made = at_once(
        context, lambda _number: services.add_role(access=access, label="Night nurse", based_on="clinician").pk
    )

    assert len(set(made)) == 1
    with hospital(context):
        assert AuditEntry.objects.filter(action="permissions.role_created").count() == 1


def test_an_invitation_that_several_send_again_at_one_moment_is_one_letter(
    new_hospital: Callable[..., HospitalContext],
) -> None:
    context = new_hospital()
    with hospital(context):
        access = access_for(staff_account("hospital_admin"))
        nurse = staff_account("clinician", name="Nia Nurse")

    at_once(context, lambda _number: services.invite_staff_again(access=access, account_id=nurse.pk))

    with hospital(context):
        assert AuditEntry.objects.filter(action="accounts.invited_again").count() == 1
        assert OutboxEvent.objects.filter(type_name=AccountInvited.type_name).count() == 1


@pytest.mark.parametrize("label", ["\u200b", "Nig\u202eht", "!!!", "\ufffe"])
def test_roles_and_people_have_names_that_can_be_read(access: Access, audited: Audited, label: str) -> None:
    with pytest.raises(NameUnreadable):
        services.add_role(access=access, label=label, based_on="clinician")
    with pytest.raises(NameUnreadable):
        services.invite_staff(access=access, name=label, email="nia@example.org", roles=["clinician"])
    assert audited() == []


def test_the_file_of_staff_speaks_the_hospitals_language_and_keeps_the_codes(
    hospital_context: Callable[[str], HospitalContext],
) -> None:
    with hospital(hospital_context("alwaha")), override("ar"):
        access = access_for(staff_account("hospital_admin", name="Mona Admin"))
        services.add_role(access=access, label="Night nurse", based_on="clinician")
        nurse = staff_account("clinician", name="Nia Nurse")
        assign_role(access=access, account=nurse, role=RoleDefinition.objects.get(label="Night nurse"))
        Account.objects.filter(pk=nurse.pk).update(last_login=datetime(2026, 3, 9, 6, 30, tzinfo=UTC))

        heading, *rows = services.export_staff(access=access, state=staff_asked(q="Nia"))

    assert heading == (
        "الاسم", "البريد الإلكتروني", "الأدوار", "الخطوة الثانية", "آخر دخول (الرياض)", "role", "last sign-in",
    )  # fmt: skip
    assert [row[2:] for row in rows] == [
        ("مقدّم الرعاية, Night nurse", "نعم", "2026-03-09 09:30:00", "clinician own-night-nurse",
         "2026-03-09T06:30:00+00:00"),
    ]  # fmt: skip
