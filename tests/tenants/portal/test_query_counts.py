"""The number of statements of a page does not grow with the record (figure viii of the benchmarks)."""

import secrets
from datetime import timedelta

import orjson
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kernel import clock
from kernel.permissions import Role
from tenants.records.models import Resource
from tests.tenants.portal.conftest import Place

PATIENT = (
    "/", "/visits/", "/results/", "/health/", "/health/measurements/", "/health/conditions/", "/health/allergies/",
    "/health/medicines/", "/health/vaccines/", "/health/procedures/", "/health/documents/", "/health/who-looked/",
)  # fmt: skip


def grow(place: Place, key: str, wanted: int) -> None:
    """Copy each of the patient's resources until there are ``wanted`` of its type, an hour apart."""
    patient = place.patient(key)

    def copy() -> None:
        for kind in Resource.objects.filter(patient=patient).values_list("type", flat=True).distinct():
            if kind == "Patient":
                continue
            rows = list(Resource.objects.filter(patient=patient, type=kind))
            made = []
            for number in range(max(0, wanted - len(rows))):
                row = rows[number % len(rows)]
                fhir_id = secrets.token_hex(8)
                starts = row.starts - timedelta(hours=number + 1) if row.starts else None
                content = orjson.dumps({**orjson.loads(bytes(row.content)), "id": fhir_id})
                made.append(
                    Resource(
                        type=row.type,
                        fhir_id=fhir_id,
                        patient=patient,
                        category=row.category,
                        code=row.code,
                        status=row.status,
                        starts=starts,
                        ends=starts,
                        tokens=row.tokens,
                        content=content,
                        digest=bytes(row.digest),
                        source=row.source,
                        received_at=clock.now(),
                    )
                )
            Resource.objects.bulk_create(made)

    place.inside(copy)


def statements(client: object, address: str) -> int:
    """How many statements a page takes when the caches of the process are filled.

    The hospital behind a host is looked up again every ten seconds, however long a page takes; that is not counted.
    """

    def taken() -> int:
        with CaptureQueriesContext(connection) as found:
            assert client.get(address).status_code == 200  # type: ignore[attr-defined]
        return len([one for one in found.captured_queries if '"tenancy_domain"' not in one["sql"]])

    return min(taken() for _call in range(3))


@pytest.mark.timeout(300)
def test_pages_take_as_many_statements_for_a_thousand_rows_as_for_sixty(northfield: Place) -> None:
    james = northfield.somebody("james", own="james")
    osei = northfield.somebody("osei", role=Role.CLINICIAN, practitioner="osei")
    chart = f"/staff/patients/{northfield.patient('james').pk}/"

    grow(northfield, "james", 10)
    fewest = {address: statements(james, address) for address in PATIENT}
    # Enough for every block of a page to have something in it; an empty one saves the statement for its names.
    grow(northfield, "james", 60)
    few = {address: statements(james, address) for address in PATIENT}
    parts = [f"{chart}{part}" for part in ("", "results/", "measurements/", "reports/", "documents/")]
    few_of_staff = {address: statements(osei, address) for address in parts}
    grow(northfield, "james", 1000)
    many = {address: statements(james, address) for address in PATIENT}

    assert many == few
    assert all(fewest[address] <= few[address] for address in PATIENT), (fewest, few)
    assert max(many.values()) <= 20, many
    assert {address: statements(osei, address) for address in parts} == few_of_staff


def test_a_chart_asks_once_who_the_reader_is_and_whether_the_patient_is_in_their_care(northfield: Place) -> None:
    osei = northfield.somebody("osei", role=Role.CLINICIAN, practitioner="osei")
    chart = f"/staff/patients/{northfield.patient('james').pk}/"
    assert osei.get(chart).status_code == 200
    with CaptureQueriesContext(connection) as found:
        assert osei.get(chart).status_code == 200
    asked = [one["sql"] for one in found.captured_queries]
    assert len([sql for sql in asked if 'FROM "people_staffprofile"' in sql]) == 1
    # The patient is looked up among those in care, and then the question is answered for the rest of the page.
    care = [sql for sql in asked if "CareTeam" in sql]
    assert len(care) == 2
    assert 'FROM "people_patient"' in care[0]
    assert care[1].startswith("SELECT 1 AS")
