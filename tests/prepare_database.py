"""Fill the database that the test workers copy: shared tables, template, three hospitals."""

import django

django.setup()

from kernel.tenancy.provisioning import HospitalRequest, request_hospital, run_provisioning  # noqa: E402
from kernel.tenancy.schemas import migrate_schema  # noqa: E402
from kernel.tenancy.scope import shared  # noqa: E402
from tests.prepared_hospitals import HOSPITALS  # noqa: E402

migrate_schema("shared")
for slug, (name, country, zone, currency, languages, digits) in HOSPITALS.items():
    with shared():
        row = request_hospital(
            HospitalRequest(
                slug=slug,
                name=name,
                network_slug="demo",
                network_name="Demo Network",
                country=country,
                time_zone=zone,
                currency=currency,
                languages=languages,
                digits=digits,
            )
        )
    run_provisioning(row.pk)
