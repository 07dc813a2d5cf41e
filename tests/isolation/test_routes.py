"""Every route × every kind of caller × every way to be in the wrong hospital (S03, S27). New routes join by themselves.

The declared outcomes stand in ``policy.py``; ``PORTICO_WRITE_POLICY=1`` writes what the server does now, to be read
before it is committed.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from kernel.permissions import Role
from tests.isolation.attempts import ask, bad_cookies, outcome
from tests.isolation.policy import POLICY
from tests.isolation.routes import SIDES, Route, routes
from tests.isolation.world import ACTORS, OWN_SIDE, World

METHODS = ("GET", "POST")
ODD_METHODS = ("PUT", "PATCH", "DELETE")
ALL = [route for side in SIDES for route in routes(side)]
written: dict[str, dict[str, str]] = {}


@pytest.fixture(scope="module", autouse=True)
def _write_what_was_found() -> Iterator[None]:
    yield
    if os.environ.get("PORTICO_WRITE_POLICY"):
        _write_policy()


def _write_policy() -> None:
    lines = [
        '"""What each route does for each kind of caller at its host: read every changed line before it is committed.'
    ]
    lines += ["", "in: answered; sign-in: sent to the door; refused: 403; nothing: 404; method: 405 for everybody."]
    lines += ['"""', "", "# fmt: off", "POLICY: dict[str, str] = {"]
    for key in sorted(written):
        by_outcome: dict[str, list[str]] = {}
        for who, result in written[key].items():
            by_outcome.setdefault(result, []).append(who)
        text = "; ".join(
            f"{result}: {'everybody' if len(people) == len(ACTORS) else ' '.join(sorted(people))}"
            for result, people in sorted(by_outcome.items())
        )
        lines.append(f'    "{key}":\n        "{text}",')
    lines += ["}", "# fmt: on", ""]
    (Path(__file__).parent / "policy.py").write_text("\n".join(lines))


def own_key(world: World, route: Route) -> UUID:
    """An identifier of the caller's own hospital that fits the route, by its words."""
    for word, name in (
        ("observations", "Observation"),
        ("results", "Observation"),
        ("conditions", "Condition"),
        ("visits", "Encounter"),
        ("patients", "patient"),
        ("staff/<uuid", "account"),
    ):
        if word in route.path:
            return world.own.keys[name]
    return UUID(int=0)


def declared(key: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in POLICY[key].split(";"):
        result, _colon, people = part.strip().partition(": ")
        names = [role.value for role in ACTORS] if people == "everybody" else people.split()
        found.update(dict.fromkeys(names, result))
    return found


@pytest.mark.requirement("S26")
def test_every_route_says_who_may_take_it() -> None:
    """``portico_permission`` comes from the marks of kernel.permissions; views of the API bear it on their class."""
    unmarked = [
        route.key
        for route in ALL
        if getattr(route.view, "portico_permission", None) is None
        and getattr(getattr(route.view, "cls", None), "portico_permission", None) is None
        and getattr(getattr(route.view, "cls", None), "permissions", None) is None
        and getattr(route.view, "permissions", None) is None
    ]
    assert unmarked == []


@pytest.mark.requirement("S03", "S27")
def test_every_route_has_a_declared_outcome_and_no_declaration_is_left_over() -> None:
    if os.environ.get("PORTICO_WRITE_POLICY"):
        pytest.skip("the policy is being written")
    assert {f"{route.key} {method}" for route in ALL for method in METHODS} == set(POLICY)


@pytest.mark.requirement("S03", "S05", "S27")
@pytest.mark.timeout(300)
@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("actor", ACTORS)
def test_each_kind_of_caller_gets_what_is_declared_and_reads_nothing_of_another_hospital(
    world: World, side: str, actor: Role
) -> None:
    client = world.client(actor, at=side)
    wrong = []
    is_at_home = OWN_SIDE.get(actor, "hospital") == side
    for route in routes(side):
        for method in METHODS:
            key = f"{route.key} {method}"
            answer = ask(client, method, route.address(own_key(world, route), "nothing"), "at a host")
            result = outcome(answer)
            written.setdefault(key, {})[actor.value] = result
            if not os.environ.get("PORTICO_WRITE_POLICY") and declared(key).get(actor.value) != result:
                wrong.append(f"{key}: {result}, declared {declared(key).get(actor.value)}")
            if world.other.canary.encode() in answer[2]:
                wrong.append(f"{key}: shows Al-Waha")
            if world.own.canary.encode() in answer[2] and not (is_at_home and side == "hospital"):
                wrong.append(f"{key}: shows Northfield's people")
    assert wrong == []
    assert sorted(bad_cookies) == []


@pytest.mark.requirement("S03", "S04")
@pytest.mark.timeout(300)
@pytest.mark.parametrize("actor", [actor for actor in ACTORS if actor is not Role.ANONYMOUS])
def test_a_session_of_another_host_is_worth_nothing(world: World, actor: Role) -> None:
    stranger = world.client(Role.ANONYMOUS, at="other")
    client = world.client(actor, at="other")
    wrong = []
    for route in routes("hospital"):
        for method in METHODS:
            address = route.address(world.other.keys["patient"], "nothing")
            expected = ask(stranger, method, address, "as a stranger")
            answer = ask(client, method, address, "with another host's session")
            if (answer[0], outcome(answer)) != (expected[0], outcome(expected)):
                wrong.append(f"{method} {address}: {answer[0]}, a stranger gets {expected[0]}")
            if world.other.canary.encode() in answer[2] or world.own.canary.encode() in answer[2]:
                wrong.append(f"{method} {address}: shows somebody's people")
    assert wrong == []


@pytest.mark.requirement("S02", "S03")
@pytest.mark.timeout(300)
@pytest.mark.parametrize("actor", ACTORS)
def test_another_hospitals_identifier_is_answered_like_one_that_never_was(world: World, actor: Role) -> None:
    side = OWN_SIDE.get(actor, "hospital")
    client = world.client(actor, at=side)
    wrong = []
    for route in routes(side):
        if not route.names_an_object:
            continue
        for method in METHODS:
            never = ask(client, method, route.address(uuid4(), "nothing"), "with an identifier of nobody")
            for name, key in world.other.keys.items():
                answer = ask(client, method, route.address(key, "nothing"), "with another hospital's identifier")
                if (answer[0], outcome(answer)) != (never[0], outcome(never)):
                    wrong.append(f"{method} {route.key} of {name}: {answer[0]}, a random one {never[0]}")
                if world.other.canary.encode() in answer[2]:
                    wrong.append(f"{method} {route.key} of {name}: shows Al-Waha")
    assert wrong == []


@pytest.mark.requirement("S03", "S04")
@pytest.mark.timeout(300)
def test_another_hospitals_personal_key_opens_nothing(world: World) -> None:
    client = world.client(Role.ANONYMOUS, at="other")
    home = world.client(Role.ANONYMOUS, at="hospital")
    own = {"Authorization": f"Bearer {world.own.bearer}"}
    assert ask(home, "GET", "/api/v1/me", "with its own key", headers=own)[0] == 200
    wrong = []
    for route in routes("hospital"):
        if not route.path.startswith("api/"):
            continue
        for method in METHODS:
            address = route.address(world.other.keys["patient"], "nothing")
            with_key = ask(client, method, address, "with another hospital's key", headers=own)
            without = ask(client, method, address, "as a stranger")
            if with_key[0] not in (without[0], 401) or world.other.canary.encode() in with_key[2]:
                wrong.append(f"{method} {address}: {with_key[0]}, a stranger gets {without[0]}")
    assert wrong == []


def test_the_canaries_are_really_there(world: World) -> None:
    """Else all the silence above would prove nothing."""
    patient = world.client(Role.PATIENT, at="hospital")
    shown = [
        route.key
        for route in routes("hospital")
        if world.own.canary.encode()
        in ask(patient, "GET", route.address(own_key(world, route), "nothing"), "to see the canaries")[2]
    ]
    assert len(shown) >= 3, shown


@pytest.mark.requirement("S03", "S27")
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "actor", [Role.ANONYMOUS, Role.PATIENT, Role.HOSPITAL_ADMIN, Role.NETWORK_ADMIN, Role.OPERATOR]
)
def test_odd_methods_open_nothing_that_the_usual_ones_do_not(world: World, actor: Role) -> None:
    """PUT, PATCH and DELETE are refused, or answered like the page itself to who may have it."""
    side = OWN_SIDE.get(actor, "hospital")
    client = world.client(actor, at=side)
    wrong = []
    for number, route in enumerate(routes(side)):
        usual = {declared(f"{route.key} {method}").get(actor.value) for method in METHODS}
        # The interface tells methods apart; pages do not, and one of the three stands for all.
        for method in ODD_METHODS if route.path.startswith("api/") else ODD_METHODS[number % 3 :][:1]:
            answer = ask(client, method, route.address(world.other.keys["patient"], "nothing"), "with an odd method")
            if outcome(answer) in ("in", "crash") and outcome(answer) not in usual:
                wrong.append(f"{method} {route.key}: {answer[0]}")
            if world.other.canary.encode() in answer[2]:
                wrong.append(f"{method} {route.key}: shows Al-Waha")
    assert wrong == []
