"""The life of a hospital as operators lead it."""

import json
import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
import time_machine
from django.conf import settings
from django.db import connection

from config.cli import run
from control_plane.hospitals import reporting, services
from control_plane.hospitals.events import HospitalSuspended
from control_plane.hospitals.health import platform_services
from control_plane.hospitals.models import FirstInvitation, HospitalReport, ProviderReport
from control_plane.hospitals.provisioning import FIRST_ADMINISTRATOR
from control_plane.hospitals.selectors import (
    HOSPITAL_LIST,
    fleet_figures,
    guard_probes,
    hospital_by_slug,
    hospital_health,
    hospital_list,
    hospitals_with_broken_anchors,
    hospitals_with_stuck_events,
    invitation_waits,
    progress,
    provider_health,
)
from control_plane.hospitals.tasks import report_hospital, report_provider
from control_plane.hospitals.telephones import TelephoneUnusable
from kernel import audit, clock
from kernel.accounts.models import Account
from kernel.accounts.passwords import PasswordRefused, fits
from kernel.audit import anchors
from kernel.audit.models import AuditEntry
from kernel.audit.sealing import seal_waiting
from kernel.errors import ReasonMissing
from kernel.events.models import OutboxEvent
from kernel.events.relay import relay_waiting
from kernel.ids import uuid7
from kernel.lists import ListState
from kernel.names import NameUnreadable
from kernel.permissions import Access, NotFound, NotPermitted, anonymous_access, system_access
from kernel.tenancy.context import HospitalContext
from kernel.tenancy.models import Hospital, Network, Provisioning
from kernel.tenancy.provisioning import HospitalRequest, SlugReserved, SlugTaken, SlugUnusable
from kernel.tenancy.scope import Scope, activate, deactivate, shared
from tests.clients import HostClient
from tests.conftest import drop_hospital

WANTED = HospitalRequest(
    slug="mercy",
    name="Mercy Coast",
    network_slug="coast",
    network_name="Coast",
    country="US",
    time_zone="America/Los_Angeles",
    currency="USD",
    languages=("en",),
    extra={FIRST_ADMINISTRATOR: {"name": "Ada Boss", "email": "ada@example.org"}},
)
Audited = Callable[..., list[tuple[str, str]]]


def asked(**query: str) -> ListState:
    return ListState.read(query, HOSPITAL_LIST)


def test_adding_a_hospital_writes_the_request_down_with_who_asked(access: Access, audited: Audited) -> None:
    row = services.add_hospital(access=access, wanted=WANTED)

    assert (row.slug, row.state, row.requested_by) == ("mercy", "waiting", access.actor.account_id)
    assert audited("hospitals.") == [("hospitals.requested", "")]
    entry = AuditEntry.objects.filter(action="hospitals.requested").latest("at")
    assert (entry.actor_id, entry.target_id) == (access.actor.account_id, str(row.pk))
    assert entry.details == {"slug": "mercy", "name": "Mercy Coast", "network": "coast", "country": "US"}


def test_the_worker_is_told_after_commit(
    access: Access, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        row = services.add_hospital(access=access, wanted=WANTED)

    queue = redis.Redis.from_url(str(settings.CACHES["default"]["LOCATION"]))
    messages = [json.loads(raw) for raw in queue.lrange("provisioning", 0, -1)]
    mine = [
        m for m in messages if m["headers"]["task"] == "tenancy.provision" and str(row.pk) in m["headers"]["argsrepr"]
    ]
    assert [m["headers"]["portico_hospital"] for m in mine] == ["shared"]


def test_the_same_form_sent_twice_is_one_hospital_and_one_entry(access: Access, audited: Audited) -> None:
    first = services.add_hospital(access=access, wanted=WANTED)

    second = services.add_hospital(access=access, wanted=WANTED)

    assert second.pk == first.pk
    assert Provisioning.objects.filter(slug="mercy").count() == 1
    assert audited("hospitals.") == [("hospitals.requested", "")]


def test_who_chooses_a_name_in_a_network_waits_for_whoever_else_does(access: Access) -> None:
    """Two hospitals of one name sent at one moment: the second is looked at when the first is written down."""
    locked = (
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND granted"
        " AND ((classid::bigint << 32) | objid::bigint) = hashtextextended(%s, 0)"
    )

    def waits_at(name: str) -> bool:
        with connection.cursor() as cursor:
            cursor.execute(locked, [name])
            return bool(cursor.fetchone()[0] == 1)

    services.add_hospital(access=access, wanted=WANTED)
    assert waits_at("network:coast")
    assert not waits_at("networks:new")
    services.add_hospital(
        access=access,
        wanted=replace(WANTED, slug="hill", name="Hill", network_slug="hill", network_name="Hill"),
        founds_network=True,
    )
    assert waits_at("networks:new")
    with pytest.raises(services.NameTaken):
        services.add_hospital(access=access, wanted=replace(WANTED, slug="mercy-two", name="Mercy  COAST"))
    network = Hospital.objects.get(slug="northfield").network.slug
    assert not waits_at(f"network:{network}")
    services.rename_hospital(access=access, slug="northfield", name="Another Name")
    assert waits_at(f"network:{network}")


@pytest.mark.parametrize(("slug", "name"), [("coast", "Shore"), ("coast-2", "COAST.")])
def test_a_network_that_another_making_founds_is_not_founded_again(
    access: Access, audited: Audited, slug: str, name: str
) -> None:
    services.add_hospital(access=access, wanted=WANTED, founds_network=True)
    second = replace(WANTED, slug="grace", name="Grace", network_slug=slug, network_name=name)

    with pytest.raises(services.NetworkBeingFounded, match="A network called Coast is being founded"):
        services.add_hospital(access=access, wanted=second, founds_network=True)
    assert audited("hospitals.") == [("hospitals.requested", "")]

    Network.objects.create(slug="coast", name="Coast")
    with pytest.raises(services.NetworkTaken, match="There is already a network called Coast"):
        services.add_hospital(access=access, wanted=second, founds_network=True)


def test_the_command_line_founds_networks_by_the_same_rule(access: Access, audited: Audited) -> None:
    services.add_hospital(access=access, wanted=WANTED, founds_network=True)
    second = replace(WANTED, slug="second", name="Second")

    with pytest.raises(services.NetworkBeingFounded):
        services.request_making(access=access, wanted=second)
    Network.objects.create(slug="coast", name="Coast")
    with pytest.raises(services.NetworkTaken, match="There is already a network called Coast"):
        services.request_making(access=access, wanted=replace(second, network_slug="coast-2", network_name="COAST!"))
    assert audited("hospitals.") == [("hospitals.requested", "")]

    joined = services.request_making(access=access, wanted=replace(second, network_name="Second"))
    assert joined.request["network_slug"] == "coast"


def test_a_hidden_sign_far_inside_an_administrators_name_is_refused(access: Access) -> None:
    name = "A" * 150 + "\u202e"
    administrator = {FIRST_ADMINISTRATOR: {"name": name, "email": "ada@example.org"}}
    with pytest.raises(NameUnreadable):
        services.add_hospital(access=access, wanted=replace(WANTED, extra=administrator))


def test_the_wish_that_has_founded_its_network_already_may_come_again(access: Access) -> None:
    first = services.add_hospital(access=access, wanted=WANTED, founds_network=True)
    Provisioning.objects.filter(pk=first.pk).update(state=Provisioning.State.RUNNING)
    Network.objects.create(slug="coast", name="Coast")
    colleague = replace(access, actor=replace(access.actor, account_id=uuid7()))

    assert services.add_hospital(access=colleague, wanted=WANTED, founds_network=True).pk == first.pk


def test_another_wish_for_an_address_that_is_being_made_is_refused_and_leaves_no_line(
    access: Access, audited: Audited
) -> None:
    first = services.add_hospital(access=access, wanted=WANTED)

    with pytest.raises(SlugTaken):
        services.add_hospital(access=access, wanted=replace(WANTED, name="Another Hospital"))
    colleague = replace(access, actor=replace(access.actor, account_id=uuid7()))
    assert services.add_hospital(access=colleague, wanted=WANTED).pk == first.pk
    assert services.request_making(access=access, wanted=WANTED).pk == first.pk
    assert audited("hospitals.") == [("hospitals.requested", "")]


def test_the_same_form_sent_again_after_it_was_done_leads_to_the_same_page(access: Access) -> None:
    first = services.add_hospital(access=access, wanted=WANTED)
    Provisioning.objects.filter(pk=first.pk).update(state=Provisioning.State.DONE)

    assert services.add_hospital(access=access, wanted=WANTED).pk == first.pk


@pytest.mark.parametrize(
    ("slug", "refusal"),
    [
        ("northfield", SlugTaken),
        ("admin", SlugReserved),
        ("xn--abc", SlugReserved),
        ("Mercy", SlugUnusable),
        ("clínica", SlugUnusable),
        ("a" * 41, SlugUnusable),
        ("-mercy", SlugUnusable),
        ("mercy\n", SlugUnusable),
    ],
)
def test_an_address_that_cannot_be_is_refused_and_nothing_is_written(
    access: Access, audited: Audited, slug: str, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        services.add_hospital(access=access, wanted=replace(WANTED, slug=slug))

    assert not Provisioning.objects.filter(slug=slug).exclude(hospital_id__in=Hospital.objects.values("pk")).exists()
    assert audited("hospitals.") == []


def test_a_failed_making_is_tried_again_where_it_stopped(access: Access, audited: Audited) -> None:
    row = services.add_hospital(access=access, wanted=WANTED)
    Provisioning.objects.filter(pk=row.pk).update(state=Provisioning.State.FAILED, failure="roles: OperationalError")

    again = services.retry_provisioning(access=access, provisioning_id=row.pk)
    services.retry_provisioning(access=access, provisioning_id=row.pk)

    assert (again.state, again.failure) == ("waiting", "")
    assert audited("hospitals.") == [("hospitals.requested", ""), ("hospitals.retried", "")]


def test_the_failed_step_is_named(access: Access) -> None:
    row = services.add_hospital(access=access, wanted=WANTED)
    row.state, row.failure = Provisioning.State.FAILED, "roles: OperationalError"

    states = {step.name: step.state for step in progress(row)}

    assert states["roles"] == "failed"
    assert states["open"] == "waiting"


def test_only_a_failed_making_can_be_discarded(access: Access, audited: Audited) -> None:
    row = services.add_hospital(access=access, wanted=WANTED)

    with pytest.raises(services.NotFailed):
        services.discard_provisioning(access=access, provisioning_id=row.pk)

    assert audited("hospitals.") == [("hospitals.requested", "")]


def test_suspending_is_told_on_both_sides(
    access: Access, audited: Audited, hospital_context: Callable[[str], HospitalContext]
) -> None:
    context = hospital_context("northfield")

    services.suspend_hospital(access=access, slug="northfield", reason="  Contract   ended ")

    row = Hospital.objects.get(slug="northfield")
    assert (row.state, row.state_reason) == ("suspended", "Contract ended")
    assert audited("hospitals.") == [("hospitals.suspended", "Contract ended")]
    event = OutboxEvent.objects.get(type_name=HospitalSuspended.type_name)
    assert event.payload == {
        "hospital_id": str(row.pk), "operator_name": "Rita Kaur", "reason": "Contract ended",
    }  # fmt: skip
    relay_waiting()
    OutboxEvent.objects.update(state="waiting", reached=[], held_until=None)
    relay_waiting()
    token = activate(Scope(context.schema_name, context.role_name, context))
    try:
        told = AuditEntry.objects.get(action="hospital.suspended")
        assert (told.reason, told.details, told.actor_kind) == ("Contract ended", {"operator": "Rita Kaur"}, "system")
    finally:
        deactivate(token)


def test_suspending_twice_is_one_act(access: Access, audited: Audited) -> None:
    services.suspend_hospital(access=access, slug="northfield", reason="Contract ended")
    services.suspend_hospital(access=access, slug="northfield", reason="Again")

    assert audited("hospitals.") == [("hospitals.suspended", "Contract ended")]


def test_a_hospital_is_opened_again_with_a_reason(access: Access, audited: Audited) -> None:
    services.suspend_hospital(access=access, slug="northfield", reason="Contract ended")

    services.resume_hospital(access=access, slug="northfield", reason="Paid")

    assert Hospital.objects.values_list("state", "state_reason").get(slug="northfield") == ("active", "")
    assert audited("hospitals.") == [("hospitals.suspended", "Contract ended"), ("hospitals.resumed", "Paid")]


def test_without_a_reason_nothing_is_suspended(access: Access, audited: Audited) -> None:
    with pytest.raises(ReasonMissing, match="The hospital will read it"):
        services.suspend_hospital(access=access, slug="northfield", reason="   ")

    assert Hospital.objects.get(slug="northfield").state == "active"
    assert audited("hospitals.") == []


def test_a_hospital_still_being_made_cannot_be_suspended(access: Access) -> None:
    Hospital.objects.filter(slug="northfield").update(state=Hospital.State.CREATING)

    with pytest.raises(services.NotOpenYet):
        services.suspend_hospital(access=access, slug="northfield", reason="Why")


def test_renaming_keeps_the_address_and_tells_both_names(access: Access, audited: Audited) -> None:
    services.rename_hospital(access=access, slug="northfield", name=" Northfield   Medical ")

    row = Hospital.objects.get(slug="northfield")
    assert row.name == "Northfield Medical"
    entry = AuditEntry.objects.filter(action="hospitals.renamed").latest("at")
    assert entry.details == {"before": "Northfield University Medical Center", "after": "Northfield Medical"}
    assert entry.fields == "name"


def test_a_changed_telephone_is_told_on_both_sides_once(
    access: Access, audited: Audited, hospital_context: Callable[[str], HospitalContext]
) -> None:
    context = hospital_context("northfield")
    Hospital.objects.filter(slug="northfield").update(brand={"name": "Northfield"})

    for typed in ("+1 312  555 0199", "+1 312 555 0199"):
        services.change_telephone(access=access, slug="northfield", phone=typed)
    relay_waiting()

    assert Hospital.objects.get(slug="northfield").brand == {"name": "Northfield", "phone": "+1 312 555 0199"}
    assert audited("hospitals.") == [("hospitals.telephone_changed", "")]
    entry = AuditEntry.objects.filter(action="hospitals.telephone_changed").latest("at")
    assert (entry.details, entry.fields) == ({"before": "", "after": "+1 312 555 0199"}, "phone")
    token = activate(Scope(context.schema_name, context.role_name, context))
    try:
        told = AuditEntry.objects.get(action="hospital.telephone_changed")
    finally:
        deactivate(token)
    assert told.details == {"operator": "Rita Kaur", "before": "", "after": "+1 312 555 0199"}


def test_a_telephone_that_cannot_be_called_changes_nothing(access: Access, audited: Audited) -> None:
    before = Hospital.objects.get(slug="northfield").brand

    with pytest.raises(TelephoneUnusable):
        services.change_telephone(access=access, slug="northfield", phone="call us")

    assert Hospital.objects.get(slug="northfield").brand == before
    assert audited("hospitals.") == []


@pytest.mark.requirement("S27")
def test_an_operator_who_may_only_look_changes_nothing(reading: Access, audited: Audited) -> None:
    refused: list[Callable[[], object]] = [
        lambda: services.add_hospital(access=reading, wanted=WANTED),
        lambda: services.suspend_hospital(access=reading, slug="northfield", reason="Why"),
        lambda: services.resume_hospital(access=reading, slug="northfield", reason="Why"),
        lambda: services.rename_hospital(access=reading, slug="northfield", name="Other"),
        lambda: services.change_telephone(access=reading, slug="northfield", phone="112"),
        lambda: services.retry_provisioning(access=reading, provisioning_id=uuid7()),
        lambda: services.discard_provisioning(access=reading, provisioning_id=uuid7()),
        lambda: services.show_first_invitation(access=reading, slug="northfield"),
    ]
    for act in refused:
        with pytest.raises(NotPermitted):
            act()

    assert hospital_by_slug(reading, "northfield").slug == "northfield"
    assert audited("hospitals.") == []


def test_an_unknown_hospital_is_not_found(access: Access) -> None:
    with pytest.raises(NotFound):
        hospital_by_slug(access, "nobody")
    with pytest.raises(NotFound):
        services.suspend_hospital(access=access, slug="nobody", reason="Why")
    with pytest.raises(NotFound):
        services.retry_provisioning(access=access, provisioning_id=uuid7())


def test_a_report_holds_numbers_only(access: Access, hospital_context: Callable[[str], HospitalContext]) -> None:
    context = hospital_context("northfield")
    token = activate(Scope(context.schema_name, context.role_name, context))
    try:
        report_hospital()
        report_hospital()
    finally:
        deactivate(token)

    report = HospitalReport.objects.get(hospital__slug="northfield")
    assert {field.name for field in HospitalReport._meta.fields} == {
        "id", "hospital", "accounts", "patients", "last_activity_at", "reported_at", "unsealed_entries",
        "last_anchor_at", "anchor_state", "stuck_events",
    }  # fmt: skip
    assert report.accounts >= 0
    assert fleet_figures(access).accounts >= report.accounts


@pytest.mark.usefixtures("access")
def test_a_process_of_the_release_before_can_still_write_a_report() -> None:
    hospital = Hospital.objects.get(slug="northfield")
    HospitalReport.objects.filter(hospital=hospital).delete()

    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO hospitals_hospitalreport"
            " (id, hospital_id, accounts, patients, unsealed_entries, anchor_state, reported_at)"
            " VALUES (%s, %s, 1, 1, 0, 'none', %s)",
            [uuid7(), hospital.pk, clock.now()],
        )
    assert HospitalReport.objects.get(hospital=hospital).stuck_events == 0


def test_events_that_cannot_be_delivered_are_reported_and_shown(
    access: Access, hospital_context: Callable[[str], HospitalContext], console: HostClient
) -> None:
    context, now = hospital_context("northfield"), clock.now() - timedelta(hours=1)
    notice = "Letters and other effects could not be delivered."
    assert notice not in console.get("/").content.decode()

    def stuck(**facts: Any) -> None:
        OutboxEvent.objects.create(type_name="gone.Event", published_at=now, available_at=now, **facts)

    token = activate(Scope(context.schema_name, context.role_name, context))
    try:
        stuck(failure="payload: unknown")
        stuck(state="dead", failure="tell: ValueError")
        stuck(failure="tell: ValueError")
        report_hospital()
    finally:
        deactivate(token)

    assert HospitalReport.objects.get(hospital__slug="northfield").stuck_events == 2
    assert (fleet_figures(access).stuck, [row.slug for row in hospitals_with_stuck_events(access)]) == (
        1,
        ["northfield"],
    )
    page = console.get("/").content.decode()
    assert notice in page
    assert "/hospitals/at/northfield/" in page.partition(notice)[2].partition("</div>")[0]
    assert ">Stuck<" in " ".join(console.get("/hospitals/at/northfield/").content.decode().split()).replace(
        "> ", ">"
    ).replace(" <", "<")
    assert provider_health(access).stuck_events == 0
    stuck(failure="payload: unknown")
    assert provider_health(access).stuck_events == 1
    assert "The provider itself" in console.get("/").content.decode()


@pytest.mark.requirement("S34")
def test_lost_and_forged_anchors_of_the_provider_raise_the_alarm_until_somebody_settles_it(
    access: Access, audited: Audited, console: HostClient, settings: Any, tmp_path: Path
) -> None:
    settings.PORTICO_HOME = tmp_path
    notice = "What was kept outside the database is missing or was changed:"

    def reported() -> tuple[str, bool]:
        report_provider()
        return provider_health(access).anchor_state, notice in console.get("/").content.decode()

    assert "Not reported yet" in console.get("/health/").content.decode()
    audit.record(access, action="hospitals.exported")
    seal_waiting()
    anchors.write_anchor_if_due()
    assert reported() == ("genuine", False)
    (file,) = (tmp_path / "anchors").iterdir()

    file.unlink()
    anchors.write_anchor_if_due()
    assert reported() == ("missing", True)
    assert "Put it back from a backup" in console.get("/health/").content.decode()
    with pytest.raises(ReasonMissing):
        services.settle_provider_anchors(access=access, reason=" ")
    with pytest.raises(NotPermitted):
        services.settle_provider_anchors(access=anonymous_access(), reason="Why")
    assert audited("hospitals.anchors") == []
    assert services.settle_provider_anchors(access=access, reason="The disk was lost") == "genuine"
    assert audited("hospitals.anchors") == [("hospitals.anchors_settled", "The disk was lost")]
    assert reported() == ("genuine", False)

    file.write_bytes(file.read_bytes().replace(b'"total":', b'"total":9'))
    assert reported() == ("forged", True)
    with pytest.raises(services.TrailDamaged):
        services.settle_provider_anchors(access=access, reason="It looks well")
    file.unlink()
    anchors.write_anchor_if_due()
    assert reported() == ("forged", True)
    assert run(["audit", "settle", "--reason", "A bad copy, put away"]) == 0


@pytest.mark.requirement("S34")
@pytest.mark.parametrize("of", ["the provider", "a hospital"])
def test_a_report_that_began_before_the_anchors_were_settled_does_not_bring_the_alarm_back(
    access: Access,
    hospital_context: Callable[[str], HospitalContext],
    monkeypatch: pytest.MonkeyPatch,
    settings: Any,
    tmp_path: Path,
    of: str,
) -> None:
    settings.PORTICO_HOME = tmp_path
    context = hospital_context("northfield")
    is_provider = of == "the provider"
    scope = Scope("shared") if is_provider else Scope(context.schema_name, context.role_name, context)
    cli = system_access("test", app="cli")

    def settle() -> str:
        with shared():
            if is_provider:
                return services.settle_provider_anchors(access=access, reason="Why")
            return services.settle_anchors(access=cli, slug="northfield", reason="Why")

    def reported() -> str:
        token = activate(scope)
        try:
            anchors.write_anchor_if_due()
            report_provider() if is_provider else report_hospital()
        finally:
            deactivate(token)
        rows = ProviderReport.objects if is_provider else HospitalReport.objects.filter(hospital__slug="northfield")
        return rows.get().anchor_state

    def settled_before_they_are_read() -> list[anchors.Anchor]:
        monkeypatch.setattr(reporting, "read_anchors", anchors.read_anchors)
        assert settle() == "genuine"
        return anchors.read_anchors()

    token = activate(scope)
    try:
        audit.record(cli, action="records.viewed")
        seal_waiting()
    finally:
        deactivate(token)
    assert reported() == "genuine"
    (file,) = (tmp_path / "anchors").iterdir()
    file.unlink()
    assert reported() == "missing"

    monkeypatch.setattr(reporting, "read_anchors", settled_before_they_are_read)
    assert reported() == "genuine"
    assert reported() == "genuine"


@pytest.mark.requirement("S34")
def test_a_missing_or_forged_anchor_is_reported_and_shown(
    access: Access, hospital_context: Callable[[str], HospitalContext], settings: Any, tmp_path: Path
) -> None:
    settings.PORTICO_HOME = tmp_path
    context = hospital_context("northfield")

    def reported() -> tuple[str, int, list[str]]:
        token = activate(Scope(context.schema_name, context.role_name, context))
        try:
            report_hospital()
        finally:
            deactivate(token)
        hospital = hospital_by_slug(access, "northfield")
        names = [row.slug for row in hospitals_with_broken_anchors(access)]
        return hospital_health(access, hospital).anchor_state, fleet_figures(access).broken_anchors, names

    token = activate(Scope(context.schema_name, context.role_name, context))
    try:
        file = anchors.anchor_file()
    finally:
        deactivate(token)
    assert reported() == ("none", 0, [])

    token = activate(Scope(context.schema_name, context.role_name, context))
    try:
        audit.record(system_access("test", app="cli"), action="records.viewed")
        seal_waiting()
        anchors.write_anchor()
    finally:
        deactivate(token)
    assert reported() == ("genuine", 0, [])

    written = file.read_bytes()
    file.write_bytes(written.replace(b'"total":', b'"total":9'))
    assert reported() == ("forged", 1, ["northfield"])
    first = json.loads(written)["at"]
    assert HospitalReport.objects.get(hospital__slug="northfield").last_anchor_at == datetime.fromisoformat(first)

    file.write_bytes(written)
    assert reported() == ("forged", 1, ["northfield"])


@pytest.mark.requirement("S34")
def test_a_fresh_anchor_does_not_silence_the_alarm_for_a_lost_one(
    access: Access,
    audited: Audited,
    hospital_context: Callable[[str], HospitalContext],
    settings: Any,
    tmp_path: Path,
) -> None:
    settings.PORTICO_HOME = tmp_path
    context = hospital_context("northfield")

    def inside(*acts: Callable[[], object]) -> str:
        token = activate(Scope(context.schema_name, context.role_name, context))
        try:
            for act in acts:
                act()
        finally:
            deactivate(token)
        return HospitalReport.objects.get(hospital__slug="northfield").anchor_state

    def settle(reason: str) -> str:
        return services.settle_anchors(access=system_access("test", app="cli"), slug="northfield", reason=reason)

    def sealed() -> None:
        audit.record(system_access("test", app="cli"), action="records.viewed")
        seal_waiting()

    assert inside(sealed, anchors.write_anchor_if_due, report_hospital) == "genuine"
    (file,) = (tmp_path / "anchors").iterdir()
    lost = file.read_bytes()

    file.unlink()
    assert inside(report_hospital) == "missing"
    # What the sweep does within a minute, long before the hourly report.
    assert inside(anchors.write_anchor_if_due, report_hospital) == "missing"
    assert inside(anchors.write_anchor, report_hospital) == "missing"
    assert fleet_figures(access).broken_anchors == 1

    fresh = file.read_bytes()
    file.write_bytes(lost + fresh)
    assert inside(report_hospital) == "genuine"

    file.unlink()
    assert inside(anchors.write_anchor_if_due, report_hospital) == "missing"
    with pytest.raises(ReasonMissing):
        settle(" ")
    with pytest.raises(NotPermitted):
        services.settle_anchors(access=anonymous_access(), slug="northfield", reason="Why")
    with pytest.raises(NotFound):
        services.settle_anchors(access=system_access("test", app="cli"), slug="nobody", reason="Why")
    assert audited("hospitals.anchors") == []
    assert settle("The disk was lost") == "genuine"
    assert audited("hospitals.anchors") == [("hospitals.anchors_settled", "The disk was lost")]
    assert fleet_figures(access).broken_anchors == 0

    file.write_bytes(file.read_bytes().replace(b'"total":', b'"total":9'))
    assert inside(report_hospital) == "forged"
    with pytest.raises(services.TrailDamaged):
        settle("It looks well")
    file.unlink()
    assert inside(anchors.write_anchor_if_due, report_hospital) == "forged"
    assert settle("A bad copy, put away") == "genuine"


def test_the_list_is_searched_filtered_and_sorted(access: Access) -> None:
    Hospital.objects.filter(slug="alwaha").update(state=Hospital.State.SUSPENDED)

    assert [h.slug for h in hospital_list(access, asked(q="lucía"))] == ["santalucia"]
    assert [h.slug for h in hospital_list(access, asked(q="santalucia.localhost"))] == ["santalucia"]
    assert [h.slug for h in hospital_list(access, asked(state="suspended"))] == ["alwaha"]
    assert [h.slug for h in hospital_list(access, asked(sort="-name", q="demo"))] == [
        "northfield",
        "santalucia",
        "alwaha",
    ]
    assert [h.slug for h in hospital_list(access, asked(version="behind"))] == []


@pytest.mark.requirement("S39")
def test_sort_and_filter_take_known_names_only(access: Access) -> None:
    state = asked(sort="schema_name;--", state="x' or '1'='1", size="100000", page="-3", q="a\x00b")

    assert (state.sort, state.filters["state"], state.size, state.page, state.search) == ("name", "", 25, 1, "ab")
    assert hospital_list(access, state).count() == 0


def test_the_list_asks_as_often_for_three_hospitals_as_for_one(
    access: Access, django_assert_num_queries: Callable[..., Any]
) -> None:
    with django_assert_num_queries(2):
        rows = list(hospital_list(access, asked(q="northfield")))
        assert [row.network.name for row in rows]
        assert [list(row.domains.all()) for row in rows]
    with django_assert_num_queries(2):
        rows = list(hospital_list(access, asked()))
        assert len(rows) >= 3
        assert [row.network.name for row in rows]
        assert [list(row.domains.all()) for row in rows]


@pytest.mark.requirement("S10")
def test_what_keeps_hospitals_apart_is_asked_of_the_database(access: Access) -> None:
    assert {probe.name: probe.is_well for probe in guard_probes(access)} == dict.fromkeys(
        ["set-config", "binding", "login", "inherit", "public", "server"], True
    )


@pytest.mark.parametrize(
    ("address", "may_stay", "answer", "is_well", "is_double"),
    [
        ("", True, "Kept in a local outbox, not sent", True, True),
        ("smtps://mail.example.org", True, "Sent by SMTP", True, False),
        ("", False, "No mail server is set, so letters cannot leave", False, False),
    ],
)
def test_the_health_page_says_what_really_happens_to_letters(
    access: Access, settings: Any, address: str, may_stay: bool, answer: str, is_well: bool, is_double: bool
) -> None:
    settings.EMAIL_URL, settings.DEMO_ALLOWED = address, may_stay

    mail = platform_services(access)[-1]

    assert (str(mail.answer), mail.is_well, mail.is_double) == (answer, is_well, is_double)


@pytest.mark.requirement("S45")
def test_an_export_begins_no_formula_and_is_recorded(access: Access, audited: Audited) -> None:
    from kernel.exports import csv_text

    Hospital.objects.filter(slug="northfield").update(name="=cmd|' /C calc'!A0")

    rows = services.export_hospitals(access=access, state=asked(q="northfield"))

    assert "'=cmd|' /C calc'!A0" in csv_text(rows[0], rows[1:])
    assert audited("hospitals.") == [("hospitals.exported", "")]


@pytest.mark.requirement("S33")
def test_a_hospital_made_on_the_command_line_is_in_the_providers_trail(
    committed: None, capsys: pytest.CaptureFixture[str]
) -> None:
    slug = f"t{secrets.token_hex(6)}"
    since = clock.now()
    # Persian joins words with a sign that is not seen.
    name = "خانه\u200cی مهر"
    command = ["hospital", "create", slug, "--name", name, "--network", "test", "--country", "US", "--currency"]
    command += ["USD", "--time-zone", "America/Chicago", "--language", "en", "--admin-name", "Ada Admin"]
    command += ["--phone", "+1 312 555 0142", "--theme", "northfield"]
    code = run([*command, "--admin-email", "ada@example.org", "--json"])
    with shared():
        made = Hospital.objects.filter(slug=slug).first()
        brand = made.brand if made is not None else {}
        lines = list(AuditEntry.objects.filter(action="hospitals.requested", at__gte=since))
    if made is not None:
        drop_hospital(made.pk)

    assert code == 0, capsys.readouterr().err
    assert (brand["phone"], brand["name"], brand["logo"]) == ("+1 312 555 0142", name, "monogram")
    assert [(line.actor_kind, line.app, line.reason, line.details["slug"]) for line in lines] == [
        ("system", "cli", "portico hospital create", slug)
    ]


@pytest.mark.requirement("S19")
def test_an_invitation_that_was_used_is_not_offered_and_not_written_down_as_shown(
    access: Access, audited: Audited, hospital_context: Callable[[str], HospitalContext]
) -> None:
    context = hospital_context("northfield")
    Provisioning.objects.create(
        slug="northfield",
        hospital_id=context.id,
        state=Provisioning.State.DONE,
        request={"extra": {FIRST_ADMINISTRATOR: {"name": "Ada Boss", "email": "Ada@example.org"}}},
    )
    token = activate(Scope(context.schema_name, context.role_name, context))
    try:
        account = Account.objects.create(login="ada@example.org", email="ada@example.org", last_login=clock.now())
    finally:
        deactivate(token)

    assert not invitation_waits(access, "northfield")
    with pytest.raises(services.AlreadyShown):
        services.show_first_invitation(access=access, slug="northfield")
    assert not FirstInvitation.objects.filter(hospital__slug="northfield").exists()
    assert audited("hospitals.invitation") == []

    token = activate(Scope(context.schema_name, context.role_name, context))
    try:
        Account.objects.filter(pk=account.pk).update(last_login=None)
    finally:
        deactivate(token)
    assert invitation_waits(access, "northfield")
    assert services.show_first_invitation(access=access, slug="northfield").name == "Ada Boss"
    assert not invitation_waits(access, "northfield")
    with pytest.raises(services.AlreadyShown):
        services.show_first_invitation(access=access, slug="northfield")
    assert audited("hospitals.invitation") == [("hospitals.invitation_shown", "")]


@pytest.mark.requirement("S19")
def test_an_invitation_that_could_not_be_made_or_written_down_is_not_lost(
    access: Access,
    audited: Audited,
    hospital_context: Callable[[str], HospitalContext],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    context = hospital_context("northfield")
    asked_for = {"extra": {FIRST_ADMINISTRATOR: {"name": "Ada Boss", "email": "ada@example.org"}}}
    Provisioning.objects.create(
        slug="northfield", hospital_id=context.id, state=Provisioning.State.DONE, request=asked_for
    )
    token = activate(Scope(context.schema_name, context.role_name, context))
    try:
        Account.objects.create(login="ada@example.org", email="ada@example.org")
    finally:
        deactivate(token)

    def show() -> services.Invitation:
        return services.show_first_invitation(access=access, slug="northfield")

    with monkeypatch.context() as patch:
        patch.setattr(services, "random_password", lambda: "hospital-hospital-1234")
        with pytest.raises(PasswordRefused):
            show()
    assert (invitation_waits(access, "northfield"), audited("hospitals.invitation")) == (True, [])

    with monkeypatch.context() as patch:
        patch.setattr(audit, "record", killed_at("hospitals.invitation_shown"))
        with pytest.raises(KeyboardInterrupt):
            show()
    assert (invitation_waits(access, "northfield"), audited("hospitals.invitation")) == (True, [])

    with pytest.raises(services.BeingShown):
        show()
    with time_machine.travel(clock.now() + services.SHOWN_WITHIN, tick=False):
        shown = show()
    assert audited("hospitals.invitation") == [("hospitals.invitation_shown", "")]
    token = activate(Scope(context.schema_name, context.role_name, context))
    try:
        assert fits(Account.objects.get(login="ada@example.org"), shown.password)
    finally:
        deactivate(token)


def killed_at(action: str) -> Callable[..., object]:
    """An audit trail at whose line ``action`` the process is stopped."""
    write = audit.record

    def record(*args: Any, **kwargs: Any) -> object:
        if kwargs["action"] == action:
            raise KeyboardInterrupt
        return write(*args, **kwargs)

    return record


UNREADABLE = ["\u200b", "Mer\u202ecy", "\ufffe", "\u3164", "123", "Mercy\u00ad", "Mer\ue000cy", "…"]


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_name_that_nobody_can_see_or_trust_is_refused(access: Access, audited: Audited, name: str) -> None:
    administrator = {FIRST_ADMINISTRATOR: {"name": name, "email": "ada@example.org"}}
    for wanted in (
        replace(WANTED, name=name),
        replace(WANTED, network_name=name),
        replace(WANTED, extra=administrator),
    ):
        with pytest.raises(NameUnreadable):
            services.add_hospital(access=access, wanted=wanted)
    with pytest.raises(NameUnreadable):
        services.rename_hospital(access=access, slug="northfield", name=name)
    assert audited("hospitals.") == []


@pytest.mark.parametrize("name", ["مستشفى الواحة", "بیمارستان می\u200cخواهم", "Hôpital 2", "सरस्वती", "病院"])
def test_names_of_every_script_are_kept_as_they_are(access: Access, name: str) -> None:
    assert services.rename_hospital(access=access, slug="northfield", name=f" {name} ").name == name


def test_another_hospitals_name_in_the_same_network_is_refused(access: Access, audited: Audited) -> None:
    other = Hospital.objects.get(slug="santalucia")
    northfield = Hospital.objects.get(slug="northfield")
    northfield.network_id = other.network_id
    northfield.save(update_fields=["network"])

    with pytest.raises(services.NameTaken):
        services.rename_hospital(access=access, slug="northfield", name=f"{other.name.upper()}.")
    assert audited("hospitals.") == []


def test_the_name_of_a_hospital_that_is_being_made_is_taken(access: Access, audited: Audited) -> None:
    network = Hospital.objects.get(slug="northfield").network
    joining = replace(WANTED, network_slug=network.slug, network_name=network.slug)
    making = services.add_hospital(access=access, wanted=joining)

    with pytest.raises(services.NameTaken):
        services.rename_hospital(access=access, slug="northfield", name="Mercy  COAST")
    assert audited("hospitals.renamed") == []
    Provisioning.objects.filter(pk=making.pk).update(state=Provisioning.State.DONE)
    assert services.rename_hospital(access=access, slug="northfield", name="Mercy  COAST").name == "Mercy COAST"
