"""Importing bundles, on the real database."""

import time
from pathlib import Path

from kernel.permissions import Access
from tenants.people.models import Patient
from tenants.records.models import Resource, SearchValue, UnresolvedReference
from tenants.records.services.importing import import_paths


def test_the_ten_synthea_patients_are_imported(in_northfield, importer: Access, synthea: list[Path]) -> None:
    t=time.perf_counter(); c=time.process_time()
    summary = import_paths(access=importer, paths=[synthea[0].parent], source="synthea")
    print(summary, time.perf_counter()-t, time.process_time()-c)

    assert (summary.files, summary.created, summary.refused) == (10, 1162, 0)
    assert Patient.objects.count() == 10
    print(Resource.objects.count(), SearchValue.objects.count(), UnresolvedReference.objects.count())
    t=time.perf_counter()
    summary = import_paths(access=importer, paths=[synthea[0].parent], source="synthea")
    print(summary, time.perf_counter()-t)
    assert summary.unchanged==1164
