"""Every page of a hospital takes as many statements for hundreds of rows as for ten (figure viii at its full size)."""

from collections.abc import Callable

import pytest

from kernel.tenancy.context import HospitalContext
from tests.benchmarks.statements import Houses, count_all, those_that_grow


@pytest.mark.full
@pytest.mark.timeout(600)
def test_every_page_of_a_hospital_takes_as_many_statements_for_hundreds_of_rows_as_for_ten(
    new_hospital: Callable[..., HospitalContext],
) -> None:
    houses = Houses(new_hospital(time_zone="America/Chicago"))
    counts = []
    for wanted in (10, 60, 300):
        houses.grow(wanted)
        counts.append(count_all(houses, ["hospital"]))
    assert those_that_grow(*counts) == []
    assert len(counts[0]) > 150
