"""Thousands of calls that are as described, and thousands that are not, made from the document itself (S39)."""

import logging
import os
from collections import Counter
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode

from kernel.tenancy.context import HospitalContext
from kernel.tenancy.scope import hospital
from tests.api.conftest import Caller, make_caller
from tests.clients import client_for, in_empty_context, keeping_the_connection

pytestmark = pytest.mark.requirement("S39")
CASES = 5_000 if os.environ.get("PORTICO_FULL") else 300
SCOPES = ("people.view", "records.view", "records.view_results")


@pytest.fixture
def ana(hospital_context: Callable[[str], HospitalContext]) -> Caller:
    with hospital(hospital_context("northfield")):
        with connection.cursor() as cursor:
            # Thinking up hostile calls takes longer than a transaction may be idle.
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout TO 0")
        return make_caller("ana")


@pytest.mark.timeout(900)
def test_the_interface_answers_every_call_as_its_document_says(
    ana: Caller, hospital_context: Callable[[str], HospitalContext], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    with hospital(hospital_context("northfield")):
        key = ana.key(*SCOPES)
        rows = {"patients": ana.patient.pk, "observations": ana.result.pk, "conditions": ana.problem.pk}
    document = client_for("northfield").get("/api/v1/openapi.json").json()
    application = in_empty_context(WSGIHandler(), "northfield.localhost")
    schema = schemathesis.openapi.from_dict(document)
    schema.app = application
    found = list(schema.get_all_operations())
    operations = [one.ok() for one in found if isinstance(one, Ok)]
    assert len(operations) == sum(len(methods) for methods in document["paths"].values())
    answers: Counter[int] = Counter()
    open_to_values = {
        found["operationId"]
        for methods in document["paths"].values()
        for found in methods.values()
        if found.get("parameters")
    }
    each = -(-CASES // (2 * len(open_to_values)))
    for operation in operations:
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            if operation.definition.raw["operationId"] in open_to_values or mode is GenerationMode.POSITIVE:
                with keeping_the_connection():
                    _try_out(
                        operation.as_strategy(generation_mode=mode),
                        mode,
                        each,
                        key,
                        _row_of(operation.path, rows),
                        answers,
                    )
    print(f"\nhostile calls: {sum(answers.values())}, by status {dict(sorted(answers.items()))}")  # noqa: T201
    assert sum(answers.values()) >= CASES * 0.9
    # Refusals alone would prove little: real rows were read, and descriptions were broken.
    assert {200, 400} <= set(answers)


def _row_of(path: str, rows: dict[str, UUID]) -> UUID | None:
    return next((key for name, key in rows.items() if path == f"/api/v1/{name}/{{id}}"), None)


def _try_out(
    strategy: Any, mode: GenerationMode, number: int, key: str, row: UUID | None, answers: Counter[int]
) -> None:
    @settings(
        max_examples=number,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy, is_real=st.booleans())
    def call(case: Any, is_real: bool) -> None:
        if mode is GenerationMode.POSITIVE:
            # No made-up place in a list and no made-up row is one of ours; both are tried as broken ones.
            case.query = {name: value for name, value in (case.query or {}).items() if name != "cursor"}
            if row is not None and is_real:
                case.path_parameters = {"id": str(row)}
        answer = case.call_and_validate(headers={"Authorization": f"Bearer {key}", "X-Case": str(uuid4())})
        answers[answer.status_code] += 1

    call()
