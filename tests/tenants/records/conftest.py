"""Fixtures of the records' tests."""

import gzip
import os
from pathlib import Path
from typing import Any

import orjson
import pytest

from kernel.permissions import Access, system_access

SHARED_DATA = Path(os.environ.get("PORTICO_SHARED_DATA", Path(__file__).resolve().parents[4] / "shared" / "data"))


@pytest.fixture
def importer() -> Access:
    """Somebody who may import."""
    return system_access("A test imports", app="command")


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
