"""Hospitals for tests that commit."""

from collections.abc import Callable

import pytest

from kernel.tenancy.context import HospitalContext
from kernel.tenancy.models import Hospital
from kernel.tenancy.resolution import context_for
from kernel.tenancy.scope import shared


@pytest.fixture
def hospital_context_now(committed: None) -> Callable[[str], HospitalContext]:
    """Like ``hospital_context``, for tests whose commits are real."""

    def find(slug: str) -> HospitalContext:
        with shared():
            key = Hospital.objects.values_list("pk", flat=True).get(slug=slug)
        found = context_for(key)
        assert found is not None
        return found

    return find
