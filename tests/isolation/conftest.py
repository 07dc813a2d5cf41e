"""The world of two hospitals, and the number of attempts at the end."""

from collections.abc import Callable, Iterator

import pytest

from kernel.tenancy.context import HospitalContext
from tests.isolation.attempts import attempts
from tests.isolation.world import World, build


@pytest.fixture(scope="session", autouse=True)
def _print_the_number() -> Iterator[None]:
    yield
    report = ", ".join(f"{count} {kind}" for kind, count in sorted(attempts.items()))
    print(f"\nisolation: {sum(attempts.values())} attempts ({report})")  # noqa: T201


@pytest.fixture
def world(hospital_context: Callable[[str], HospitalContext]) -> World:
    return build(hospital_context)
