"""Every route is called by everybody who may, and must leave its lines (S33). New routes join by themselves.

What each must leave, or why it leaves nothing, stands in ``acts.py``.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from api.auth.services import create_key
from control_plane.operators.ranks import READER
from kernel.audit.models import AuditEntry
from kernel.audit.selectors import who_looked
from kernel.audit.targets import targets
from kernel.permissions import Role
from kernel.permissions.selectors import access_for
from kernel.tenancy.context import HospitalContext
from tests.factories.staff import give, staff_account
from tests.isolation.attempts import ask
from tests.isolation.policy import POLICY
from tests.isolation.routes import SIDES, routes
from tests.isolation.test_routes import ALL, METHODS, declared, own_key
from tests.isolation.world import ACTORS, OWN_SIDE, World, build
from tests.kernel.audit.acts import ACTS, LOOKS, SILENT
from tests.kernel.audit.stage import ADDRESS, Stage, furnish, undone

pytestmark = [pytest.mark.requirement("S33"), pytest.mark.timeout(300)]
NOBODY = UUID(int=0)
IN_HOSPITAL = [role for role in ACTORS if role not in OWN_SIDE and role is not Role.ANONYMOUS]


@pytest.fixture
def world(hospital_context: Callable[[str], HospitalContext]) -> World:
    made = build(hospital_context)
    furnish(made)
    return made


def body_of(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def faults(line: AuditEntry, answer: Any, **expected: Any) -> list[str]:
    """Where a line does not say what it must: who, from where, in which request, and how it ended."""
    found = {
        "actor_id": line.actor_id,
        "address": line.address,
        "request_id": line.request_id,
        "app": line.app,
        "result": line.result,
    }
    wanted = {"address": ADDRESS, "request_id": answer["X-Request-Id"], "app": "web", "result": "done", **expected}
    if line.subject is None and line.action != "access.refused" and line.target_type:
        found["words of"] = line.target_type if line.target_type in targets else ""
        wanted["words of"] = line.target_type
    for name in ("subject", "on_behalf_of", "target_id"):
        if name in wanted:
            found[name] = getattr(line, name)
    return [
        f"{line.action}: {name} is {found[name]}, not {wanted[name]}" for name in wanted if found[name] != wanted[name]
    ]


def test_every_route_declares_its_lines_or_why_it_has_none() -> None:
    answered = {
        f"{route.key} {method}"
        for route in ALL
        for method in METHODS
        if POLICY[f"{route.key} {method}"] != "method: everybody"
    }
    # Nobody may write through the interface yet: what is refused leaves its line like every refusal.
    refused = {
        key for key in answered if not {"in", "nothing"} & set(declared(key).values()) and "refused" in POLICY[key]
    }
    spoken = set(LOOKS) | {act.key for act in ACTS} | set(SILENT)
    # A key that has ended is tried at one route and stands for all.
    assert spoken - {"hospital /api/v1/me GET"} == answered - refused - {"hospital /api/v1/me GET"}
    both = (set(LOOKS) | {act.key for act in ACTS}) & set(SILENT)
    assert both == set()


@pytest.mark.parametrize("actor", [*IN_HOSPITAL, Role.OPERATOR])
def test_what_somebody_opens_leaves_its_line(world: World, actor: Role) -> None:
    side = OWN_SIDE.get(actor, "hospital")
    stage = Stage(world, side)
    patient = world.own.keys["patient"]
    account = stage.enter(stage.person()[0] if actor is Role.OPERATOR else actor)
    wrong = []
    for key, looks in LOOKS.items():
        if not key.startswith(f"{side} "):
            continue
        for look in looks:
            stage.begin()
            answer = stage.client.get(stage.address(look.path))
            lines = stage.lines()
            if actor not in look.by:
                if answer.status_code == 200 and lines:
                    wrong.append(f"{look.path}: {[line.action for line in lines]} is not declared for {actor}")
                continue
            if answer.status_code != 200 or tuple(line.action for line in lines) != look.actions:
                wrong.append(f"{look.path}: {answer.status_code} left {[line.action for line in lines]}")
                continue
            expected: dict[str, Any] = {"actor_id": account.pk, "subject": patient if look.about_patient else None}
            expected["on_behalf_of"] = patient if actor is Role.HELPER and look.about_patient else None
            if look.target:
                expected["target_id"] = stage.address(f"{{{look.target}}}")
            for line in lines:
                wrong += [f"{look.path}: {fault}" for fault in faults(line, answer, **expected)]
    assert wrong == []


@pytest.mark.parametrize("actor", [*IN_HOSPITAL, Role.OPERATOR, Role.NETWORK_ADMIN])
def test_no_page_shows_a_patient_without_a_line_and_silent_ones_leave_none(world: World, actor: Role) -> None:
    """Whatever a declaration says: an answer with a patient's words in it has written down that it was given."""
    side = OWN_SIDE.get(actor, "hospital")
    stage = Stage(world, side)
    stage.enter(stage.person()[0] if side != "hospital" else actor)
    wrong = []
    for route in routes(side):
        key = f"{route.key} GET"
        address = route.address(own_key(world, route), "conditions" if "health" in route.path else "alwaha")
        stage.begin()
        answer = stage.client.get(address)
        lines = [line.action for line in stage.lines()]
        # The header names whose record is open on every page; opening it has left its line.
        content = body_of(answer).partition(b"<main")[2] or body_of(answer)
        names_patient = any(
            f"{word}{world.own.canary}".encode() in content
            for word in ("Given", "note ", "problem ", "reason ", "appointment ", "letter ")
        )
        if names_patient and not lines:
            wrong.append(f"{key} shows a patient and leaves nothing")
        if key in SILENT and answer.status_code < 400 and lines:
            wrong.append(f"{key} left {lines} and is declared silent")
    assert wrong == []


@pytest.mark.parametrize("side", SIDES)
def test_what_somebody_does_leaves_its_line(world: World, side: str) -> None:
    wrong = []
    for act in ACTS:
        if act.side != side:
            continue
        with undone():
            stage = Stage(world, side)
            answer = act.run(stage)
            lines = stage.lines()
        if tuple(line.action for line in lines) != act.actions:
            wrong.append(f"{act.name}: {answer.status_code} left {[line.action for line in lines]}")
            continue
        who = None if act.is_anonymous else stage.actor.pk if stage.actor is not None else NOBODY
        subject = world.own.keys["patient"] if act.about_patient else None
        app = "api" if " /api/" in act.key else "web"
        for line in lines:
            wrong += [
                f"{act.name}: {fault}"
                for fault in faults(line, answer, actor_id=who, result=act.result, app=app, subject=subject)
            ]
    assert wrong == []


@pytest.mark.parametrize("actor", [Role.PATIENT, Role.HELPER, Role.CLINICIAN])
def test_a_program_leaves_the_same_lines_and_names_its_key(world: World, actor: Role) -> None:
    account = world.own.accounts[actor]
    stage = Stage(world, "hospital")
    scopes = ["people.view", "records.view", "records.view_results"]
    key, secret = stage.inside(lambda: create_key(access=access_for(account), name="k", scopes=scopes, days=1))
    wrong = []
    for name, looks in LOOKS.items():
        if "/api/" not in name:
            continue
        for look in (one for one in looks if actor in one.by):
            stage.begin()
            answer = stage.client.get(stage.address(look.path), headers={"Authorization": f"Bearer {secret}"})
            lines = stage.lines()
            if tuple(line.action for line in lines) != look.actions:
                wrong.append(f"{look.path}: {answer.status_code} left {[line.action for line in lines]}")
            helped = world.own.keys["patient"] if actor is Role.HELPER else None
            for line in lines:
                wrong += faults(line, answer, actor_id=account.pk, app="api", on_behalf_of=helped)
                if line.details.get("key") != str(key.pk):
                    wrong.append(f"{look.path}: the line does not name the key")
    assert wrong == []


@pytest.mark.parametrize("side", SIDES)
def test_what_is_refused_to_an_account_leaves_a_line_that_tells_nothing_else(world: World, side: str) -> None:
    """Every route × everybody who is refused there: one line, with the identifier that was asked for and no patient."""
    wrong = []
    count = 0
    for actor in ACTORS:
        if OWN_SIDE.get(actor, "hospital") != side or actor is Role.ANONYMOUS:
            continue
        stage = Stage(world, side)
        account = stage.enter(stage.person(login=f"{actor}@example.org")[0] if side != "hospital" else actor)
        cookie = stage.client.cookies[stage.door.cookie].value
        for route in routes(side):
            wanted = uuid4()
            for method in METHODS:
                address = route.address(wanted, "nothing")
                expected = declared(f"{route.key} {method}").get(actor.value)
                if expected not in ("refused", "nothing") and not (expected == "in" and route.names_an_object):
                    continue
                stage.begin()
                with undone():
                    answer = stage.client.generic(method, address)
                    lines = stage.lines()
                stage.client.cookies[stage.door.cookie] = cookie
                marked = getattr(route.view, "portico_permission", None)
                is_public = marked is not None and marked.kind == "public"
                if answer.status_code not in (403, 404) or is_public or "<tab>" in route.path:
                    continue
                if actor is Role.OPERATOR and answer.status_code == 404 and marked is not None and marked.permissions:
                    # To who may open the page nothing of the provider's is hidden: there simply is nothing.
                    wrong += [f"{method} {address}: left {line.action}" for line in lines]
                    continue
                count += 1
                if [line.action for line in lines] != ["access.refused"]:
                    wrong.append(f"{method} {address}: {answer.status_code} left {[line.action for line in lines]}")
                    continue
                named = str(wanted) if route.names_an_object else ""
                wrong += faults(lines[0], answer, actor_id=account.pk, result="refused", subject=None, target_id=named)
                asked = [one.name for one in marked.permissions] if marked is not None else []
                if lines[0].details != {"method": method, "status": answer.status_code, "permissions": asked}:
                    wrong.append(f"{method} {address}: {lines[0].details}")
    assert wrong == []
    assert count >= {"hospital": 100, "console": 1, "network": 1}[side]


def test_another_patients_things_and_nobodys_leave_the_same_line(world: World) -> None:
    stage = Stage(world, "hospital")
    stage.enter(Role.PATIENT)
    stage.begin()
    stage.client.get(f"/results/{world.other.keys['Observation']}/")
    stage.client.get(f"/results/{uuid4()}/")
    foreign, nobodys = stage.lines()
    assert (foreign.target_type, foreign.details, foreign.subject) == ("records:result", nobodys.details, None)


def test_an_address_that_an_operator_mistyped_was_refused_to_nobody(world: World) -> None:
    """What their rank lacks is refused to them as before."""
    stage = Stage(world, "console")
    stage.member()
    stage.begin()
    for address in ("/hospitals/at/nothing/", f"/audit/{uuid4()}/", f"/operators/{uuid4()}/end/"):
        assert stage.client.get(address).status_code == 404
    assert [line.action for line in stage.lines()] == []

    reader = stage.inside(lambda: staff_account(name="Otto"))
    stage.inside(lambda: give(reader, [READER]))
    stage.enter(reader)
    assert stage.client.get("/operators/invite/").status_code == 403
    assert [line.target_type for line in stage.lines() if line.action == "access.refused"] == [
        "console:operator_invite"
    ]


@pytest.mark.requirement("S02")
@pytest.mark.parametrize("actor", [Role.FRONT_DESK, Role.BILLING])
def test_a_refused_look_at_a_patient_is_found_under_that_patient_and_answers_like_nobodys(
    world: World, actor: Role
) -> None:
    stage = Stage(world, "hospital")
    account = stage.enter(actor)
    patient, foreign, nobody = world.own.keys["patient"], world.other.keys["patient"], uuid4()
    stage.begin()

    answers = [stage.client.get(f"/staff/patients/{key}/") for key in (patient, foreign, nobody)]

    assert [(line.action, line.subject, line.target_id) for line in stage.lines()] == [
        ("access.refused", patient, str(patient)),
        ("access.refused", None, str(foreign)),
        ("access.refused", None, str(nobody)),
    ]
    assert {line.actor_id for line in stage.lines()} == {account.pk}
    # Each page has its own nonces and references, all of one length.
    assert len({(answer.status_code, len(body_of(answer))) for answer in answers}) == 1

    def looks() -> list[str]:
        own = access_for(world.own.accounts[Role.PATIENT], subject=patient)
        return [entry.action for entry in who_looked(own, patient)]

    assert "access.refused" not in stage.inside(looks)


def test_a_visitor_and_an_address_that_is_none_leave_no_line(world: World) -> None:
    stage = Stage(world, "hospital")
    stage.begin()
    stage.client.get(f"/results/{world.own.keys['Observation']}/")
    stage.enter(Role.PATIENT)
    stage.begin()
    assert stage.client.get("/wp-login.php").status_code == 404
    assert [line.action for line in stage.lines()] == []


@pytest.mark.parametrize("actor", ACTORS)
def test_a_form_of_another_site_is_no_refusal_of_a_record(world: World, actor: Role) -> None:
    if OWN_SIDE.get(actor, "hospital") != "hospital":
        return
    status = ask(
        world.client(actor, at="hospital"), "POST", "/account/keys/", "x", headers={"Sec-Fetch-Site": "cross-site"}
    )[0]
    assert status == 403
