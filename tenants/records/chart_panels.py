"""What the record puts on the staff's chart summary."""

from collections.abc import Mapping
from typing import Any

from kernel.permissions import Access
from kernel.registries import ChartPanel, chart_panels
from tenants.people.models import Patient
from tenants.records import permissions
from tenants.records.services import looking


def summary(access: Access, patient: Patient) -> Mapping[str, Any]:
    """Allergies, problems, medicines, newest results and measurements, visits: what is so at present."""
    return {
        "chart": looking.look_at_chart(access=access, patient=patient.pk),
        "patient": patient,
        "has_reports": bool(access.reaches(permissions.VIEW_RESULTS)),
        "has_documents": bool(access.reaches(permissions.VIEW_DOCUMENTS)),
    }


chart_panels.register(ChartPanel("record", "records/panel_summary.html", permissions.VIEW, summary, order=10))
