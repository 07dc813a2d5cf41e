"""Fixtures of the records' tests."""

import gzip
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest

from kernel.permissions import Access, system_access
from tenants.people.models import Patient
from tenants.records.services.importing import import_bundle
from tests.tenants.records.samples import Resource, bundle, fhir_id, patient

SHARED_DATA = Path(os.environ.get("PORTICO_SHARED_DATA", Path(__file__).resolve().parents[4] / "shared" / "data"))


@pytest.fixture
def importer() -> Access:
    """Somebody who may import."""
    return system_access("A test imports", app="command")


@pytest.fixture
def store(importer: Access) -> Callable[..., UUID]:
    """Store resources about Ana, with her, and get her key."""

    def put(*resources: Resource, about: str = "ana") -> UUID:
        result = import_bundle(access=importer, content=bundle(patient(about), *resources), source="test")
        assert result.refusals == ()
        return Patient.objects.get(fhir_id=fhir_id(about)).pk

    return put


@pytest.fixture(scope="session")
def synthea() -> list[Path]:
    """The ten Synthea bundles of the shared sample data."""
    folder = SHARED_DATA / "synthea-r4"
    if not folder.is_dir():
        pytest.skip(f"no sample data: {folder} is missing (set PORTICO_SHARED_DATA)")
    return sorted(folder.glob("*.json.gz"))


def read(path: Path) -> dict[str, Any]:
    """A sample bundle as Python objects."""
    bundle: dict[str, Any] = orjson.loads(gzip.decompress(path.read_bytes()))
    return bundle
