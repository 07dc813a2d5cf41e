"""Version 1 of the programming interface: what a key opens, and what it does not."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from uuid import uuid4

import pytest

from api.auth.services import create_key
from kernel.accounts.models import Account
from kernel.audit.models import AuditEntry
from kernel.permissions.selectors import access_for
from kernel.tenancy.context import HospitalContext
from tenants.records.services.importing import import_bundle
from tests.api.conftest import Caller
from tests.clients import HostClient, client_for
from tests.factories.accounts import SYSTEM
from tests.tenants.records import samples

ALL = ("people.view", "records.view", "records.view_results")


def get(client: HostClient, path: str, key: str = "") -> tuple[int, dict[str, Any]]:
    """Status and body of a call with a key."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    answer = client.get(f"/api/v1/{path}", headers=headers)
    return answer.status_code, answer.json()


def test_anybody_may_read_the_hospitals_public_profile(northfield: HostClient, in_northfield: HospitalContext) -> None:
    status, body = get(northfield, "hospital")
    assert status == 200
    assert (body["slug"], body["time_zone"], body["languages"]) == ("northfield", "America/Chicago", ["en", "es"])


@pytest.mark.parametrize(
    "path", ["me", "patients", "observations", "conditions", "observations/01890000-0000-7000-8000-000000000000"]
)
@pytest.mark.requirement("S26")
def test_a_visitor_without_a_key_is_asked_for_one(
    northfield: HostClient, in_northfield: HospitalContext, path: str
) -> None:
    answer = northfield.get(f"/api/v1/{path}")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == 401


def test_a_key_says_who_calls_and_for_which_patients(northfield: HostClient, caller: Callable[[str], Caller]) -> None:
    ana = caller("ana")
    status, body = get(northfield, "me", ana.key("people.view"))
    assert status == 200
    assert body == {
        "account": str(ana.account.pk),
        "name": "Ana Ruiz",
        "roles": ["patient"],
        "permissions": ["people.view"],
        "patients": [{"id": str(ana.patient.pk), "scopes": ["self"]}],
    }


@pytest.mark.requirement("S26", "S27")
def test_a_patients_key_lists_the_patients_own_facts_and_nobody_elses(
    northfield: HostClient, caller: Callable[[str], Caller]
) -> None:
    ana, _ben = caller("ana"), caller("ben")
    key = ana.key(*ALL)
    for path, own in (("patients", ana.patient.pk), ("observations", ana.result.pk), ("conditions", ana.problem.pk)):
        status, body = get(northfield, path, key)
        assert (status, [row["id"] for row in body["results"]]) == (200, [str(own)])


def test_a_result_is_served_with_the_bytes_that_are_stored(
    northfield: HostClient, caller: Callable[[str], Caller]
) -> None:
    ana = caller("ana")
    answer = northfield.get(
        f"/api/v1/observations/{ana.result.pk}", headers={"Authorization": f"Bearer {ana.key('records.view_results')}"}
    )
    assert answer.status_code == 200
    assert bytes(ana.result.content) in answer.content
    assert answer.json()["code"] == "http://loinc.org|4548-4"


@pytest.mark.requirement("S02")
def test_another_patients_result_answers_like_one_that_does_not_exist(
    northfield: HostClient, caller: Callable[[str], Caller]
) -> None:
    ana, ben = caller("ana"), caller("ben")
    key = ana.key(*ALL)
    foreign = get(northfield, f"observations/{ben.result.pk}", key)
    nothing = get(northfield, f"observations/{uuid4()}", key)
    assert foreign[1].pop("request_id") != nothing[1].pop("request_id")
    assert foreign == nothing
    assert foreign[0] == 404


def test_a_key_does_only_what_its_scopes_say(northfield: HostClient, caller: Callable[[str], Caller]) -> None:
    key = caller("ana").key("people.view")
    assert get(northfield, "patients", key)[0] == 200
    assert get(northfield, "observations", key)[0] == 403
    assert get(northfield, "conditions", key)[0] == 403


@pytest.mark.requirement("S03", "S04")
def test_a_key_of_one_hospital_is_worth_nothing_in_another(
    northfield: HostClient, caller: Callable[[str], Caller]
) -> None:
    key = caller("ana").key(*ALL)
    assert get(northfield, "me", key)[0] == 200
    assert get(client_for("santalucia"), "me", key)[0] == 401


def test_a_filter_that_does_not_exist_is_refused_and_never_ignored(
    northfield: HostClient, caller: Callable[[str], Caller]
) -> None:
    key = caller("ana").key(*ALL)
    status, body = get(northfield, "observations?cod=4548-4", key)
    assert status == 400
    assert body["errors"] == [{"pointer": "/cod", "detail": "This filter does not exist here."}]


@pytest.mark.parametrize("query", ["patient=x", "code=%00", "category=" + "a" * 20_000, "cursor=%FF", "page_size=-1"])
@pytest.mark.requirement("S39")
def test_hostile_values_never_break_the_server(
    northfield: HostClient, caller: Callable[[str], Caller], query: str
) -> None:
    assert get(northfield, f"observations?{query}", caller("ana").key(*ALL))[0] in {200, 400, 404}


def test_a_filter_by_code_finds_exactly_that_test(northfield: HostClient, caller: Callable[[str], Caller]) -> None:
    key = caller("ana").key(*ALL)
    assert len(get(northfield, "observations?code=http://loinc.org|4548-4", key)[1]["results"]) == 1
    assert get(northfield, "observations?code=http://loinc.org|718-7", key)[1]["results"] == []


@pytest.mark.requirement("S33")
def test_reading_through_the_interface_leaves_a_line_for_the_patient(
    northfield: HostClient, caller: Callable[[str], Caller]
) -> None:
    ana = caller("ana")
    get(northfield, "observations", ana.key(*ALL))
    line = AuditEntry.objects.get(action="api.observations_listed")
    assert (line.actor_id, line.subject, line.app) == (ana.account.pk, ana.patient.pk, "api")


@pytest.mark.requirement("S33")
def test_a_list_of_many_patients_leaves_a_line_for_each_in_one_statement(
    northfield: HostClient,
    caller: Callable[[str], Caller],
    clerk: Account,
    django_assert_max_num_queries: Callable[..., AbstractContextManager[object]],
) -> None:
    people = [caller(name).patient.pk for name in ("ana", "ben", "cai", "dora", "eli", "fay")]
    key = create_key(access=access_for(clerk), name="The desk", scopes=["people.view"], days=30)[1]

    with django_assert_max_num_queries(10):
        status, page = get(northfield, "patients", key)

    assert (status, len(page["results"])) == (200, 6)
    lines = AuditEntry.objects.filter(action="api.patients_listed")
    assert set(lines.values_list("subject", flat=True)) == set(people)
    assert lines.count() == 6
    assert set(lines.values_list("actor_id", "app")) == {(clerk.pk, "api")}


def test_an_address_that_does_not_exist_is_a_problem_document(
    northfield: HostClient, in_northfield: HospitalContext
) -> None:
    answer = northfield.get("/api/v1/no-such-thing")
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json")


def test_the_document_describes_every_operation(northfield: HostClient, in_northfield: HospitalContext) -> None:
    document = get(northfield, "openapi.json")[1]
    assert sorted(document["paths"]) == [
        "/api/v1/conditions",
        "/api/v1/conditions/{id}",
        "/api/v1/hospital",
        "/api/v1/me",
        "/api/v1/observations",
        "/api/v1/observations/{id}",
        "/api/v1/patients",
        "/api/v1/patients/{id}",
    ]


def test_the_page_in_another_language_says_that_its_reference_is_in_english(
    northfield: HostClient, in_northfield: HospitalContext
) -> None:
    page = northfield.get("/api/v1/docs", headers={"Accept-Language": "es"}).content.decode()

    assert "La referencia que sigue está en inglés." in page
    reference = page.partition('lang="en"\n')[2].partition("</section>")[0]
    assert ("Meaning" in reference, "Significado" in page) == (True, False)
    assert "The reference below" not in northfield.get("/api/v1/docs").content.decode()


def test_the_page_of_the_interface_shows_every_operation_with_a_call(
    northfield: HostClient, in_northfield: HospitalContext
) -> None:
    page = northfield.get("/api/v1/docs").content.decode()
    assert page.count("<code>curl ") == 8
    assert "/api/v1/observations/{id}" in page


def test_the_number_of_queries_does_not_grow_with_the_rows(
    northfield: HostClient,
    caller: Callable[[str], Caller],
    django_assert_max_num_queries: Callable[..., AbstractContextManager[object]],
) -> None:
    ana = caller("ana")
    more = [samples.observation(f"more-{number}", "ana") for number in range(40)]
    from tenants.records.services.importing import import_bundle
    from tests.factories.accounts import SYSTEM

    import_bundle(access=SYSTEM, content=samples.bundle(samples.patient("ana"), *more), source="test", name="more.json")
    key = ana.key(*ALL)
    with django_assert_max_num_queries(10):
        assert len(get(northfield, "observations?page_size=200", key)[1]["results"]) == 41


@pytest.mark.parametrize("known", ["1984", "1984-02", "1984-02-29"])
def test_a_date_of_birth_is_no_more_exact_than_it_is_known(
    northfield: HostClient, caller: Callable[[str], Caller], known: str
) -> None:
    ana = caller("ana")
    import_bundle(access=SYSTEM, content=samples.bundle(samples.patient("ana", birthDate=known)), source="test")

    assert get(northfield, f"patients/{ana.patient.pk}", ana.key(*ALL))[1]["born_on"] == known


@pytest.mark.parametrize(
    ("said", "covered"),
    [
        ("2026", ("2026-01-01T06:00:00Z", "2027-01-01T06:00:00Z")),
        ("2026-03-07", ("2026-03-07T06:00:00Z", "2026-03-08T06:00:00Z")),
        ("2026-03-07T09:30:00Z", ("2026-03-07T09:30:00Z", "2026-03-07T09:30:01Z")),
    ],
)
def test_the_time_of_a_result_says_how_exact_it_is(
    northfield: HostClient, caller: Callable[[str], Caller], said: str, covered: tuple[str, str]
) -> None:
    ana = caller("ana")
    changed = samples.observation("ana-hba1c", "ana", effectiveDateTime=said)
    import_bundle(access=SYSTEM, content=samples.bundle(samples.patient("ana"), changed), source="test")

    row = get(northfield, f"observations/{ana.result.pk}", ana.key(*ALL))[1]

    assert (row["effective_at"], row["effective_until"]) == covered


def test_a_hospital_without_an_emergency_number_tells_the_countrys(
    northfield: HostClient, in_northfield: HospitalContext
) -> None:
    assert not in_northfield.brand.get("emergency_phone")

    assert get(northfield, "hospital")[1]["emergency_phone"] == "911"


def test_lists_begin_with_what_arrived_last(northfield: HostClient, caller: Callable[[str], Caller]) -> None:
    ana = caller("ana")
    older = [samples.observation(f"old-{year}", "ana", effectiveDateTime=str(year)) for year in (2011, 2012)]
    for one in older:
        import_bundle(access=SYSTEM, content=samples.bundle(samples.patient("ana"), one), source="test")
    key = ana.key(*ALL)

    first = get(northfield, "observations?page_size=2", key)[1]
    rest = get(northfield, f"observations{first['next'].partition('observations')[2]}", key)[1]

    ids = [row["fhir_id"] for row in [*first["results"], *rest["results"]]]
    assert ids == [samples.fhir_id(role) for role in ("old-2012", "old-2011", "ana-hba1c")]
    described = get(northfield, "openapi.json")[1]["paths"]["/api/v1/observations"]["get"]["description"]
    assert described == "Test results and vital signs, those that arrived here last first."


def test_the_document_says_which_permission_each_call_asks_for(
    northfield: HostClient, in_northfield: HospitalContext
) -> None:
    paths = get(northfield, "openapi.json")[1]["paths"]

    asked = {path.removeprefix("/api/v1/"): found["get"].get("x-permission") for path, found in paths.items()}
    assert asked == {
        "conditions": "records.view",
        "conditions/{id}": "records.view",
        "hospital": None,
        "me": None,
        "observations": "records.view_results",
        "observations/{id}": "records.view_results",
        "patients": "people.view",
        "patients/{id}": "people.view",
    }
    refusals = {path: sorted(status for status in found["get"]["responses"]) for path, found in paths.items()}
    assert refusals["/api/v1/hospital"] == ["200", "400", "406"]
    assert refusals["/api/v1/me"] == ["200", "400", "401", "406"]
    assert refusals["/api/v1/patients"] == ["200", "400", "401", "403", "406"]
    assert refusals["/api/v1/patients/{id}"] == ["200", "400", "401", "403", "404", "406"]


@pytest.mark.parametrize("path", ["hospital", "me", "patients", "observations", "conditions"])
def test_the_example_of_an_answer_has_the_members_of_a_real_one(
    northfield: HostClient, caller: Callable[[str], Caller], path: str
) -> None:
    document = get(northfield, "openapi.json")[1]
    media = document["paths"][f"/api/v1/{path}"]["get"]["responses"]["200"]["content"]["application/json"]
    (example,) = (one["value"] for one in media["examples"].values())

    real = get(northfield, path, caller("ana").key(*ALL))[1]

    assert list(example) == list(real)
    if "results" in real:
        assert [list(row) for row in example["results"]] == [list(real["results"][0])]


def test_the_page_shows_the_wrapper_of_lists_permissions_errors_and_bounds(
    northfield: HostClient, in_northfield: HospitalContext
) -> None:
    page = northfield.get("/api/v1/docs").content.decode()

    one = page.partition('<section id="observations_list"')[2].partition("</section>")[0]
    for member in ("next", "previous", "results", "results[].id", "results[].fhir"):
        assert f"<code>{member}</code>" in one, member
    assert "<code>records.view_results</code>" in one
    assert "1 to 200, 50 without it" in one
    assert "403: The key, or the account behind it, lacks the permission records.view_results" in one
    errors = page.partition('<section id="errors"')[2].partition("</section>")[0]
    for code in ("invalid", "not-authenticated", "not-permitted", "not-found", "not-acceptable"):
        assert f"<code>{code}</code>" in errors, code
    assert "throttled" not in errors


def test_a_refusal_names_the_permission_that_is_missing(
    northfield: HostClient, caller: Callable[[str], Caller]
) -> None:
    status, body = get(northfield, "observations", caller("ana").key("people.view"))

    assert (status, body["type"], body["code"]) == (403, "about:blank", "not-permitted")
    assert body["detail"] == (
        "This needs the permission records.view_results (See test results)."
        " The key, or the account behind it, does not have it."
    )


def test_a_problem_speaks_the_callers_language_and_keeps_its_code(
    northfield: HostClient, caller: Callable[[str], Caller]
) -> None:
    key = caller("ana").key("people.view")
    headers = {"Authorization": f"Bearer {key}", "Accept-Language": "es"}

    refused = northfield.get("/api/v1/observations", headers=headers).json()
    unknown = northfield.get("/api/v1/patients?cod=1", headers=headers).json()
    nowhere = northfield.get("/api/v1/no-such-thing", headers={"Accept-Language": "es"}).json()

    assert (refused["title"], refused["code"]) == ("No permitido", "not-permitted")
    assert "records.view_results (Ver resultados)" in refused["detail"]
    assert unknown["errors"] == [{"pointer": "/cod", "detail": "Este filtro no existe aquí."}]
    assert (nowhere["title"], nowhere["code"]) == ("No encontrado", "not-found")
