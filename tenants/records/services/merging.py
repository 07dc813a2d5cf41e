"""What is stored about a patient whom the source merged with another stands under the one that replaced them.

A step of an import, not an act of its own; each move is a line of the trail. Resources keep the subject that the source
wrote, so a merge that the source takes back is taken back here.
"""

from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from django.db.models import Q

from kernel import audit
from kernel.permissions import Access
from tenants.people.models import Patient
from tenants.people.selectors import survivors
from tenants.people.services import PatientFacts
from tenants.records.bundles import read_json
from tenants.records.entries import Entry, subject_of
from tenants.records.indexing import token
from tenants.records.models import Resource
from tenants.records.patients import patient_facts


def waiting_for(
    fhir_ids: Collection[str], *, besides: Collection[str], themselves: Collection[str]
) -> dict[str, PatientFacts]:
    """What is stored of patients who are to be replaced, and are not yet, by their FHIR ids.

    ``fhir_ids``: by whom, because these have just arrived; ``besides``: those whose next version is on its way in, what
    they were is no longer what the source says. ``themselves``: those who came again as they are stored.
    """
    links = [token("link", f"Patient/{fhir_id}") for fhir_id in fhir_ids]
    if not links and not themselves:
        return {}
    wanted = {}
    for row in Resource.objects.filter(Q(tokens__overlap=links) | Q(fhir_id__in=themselves), type="Patient"):
        facts = patient_facts(read_json(bytes(row.content)))
        if facts.fhir_id not in besides and (facts.fhir_id in themselves or facts.replaced_by_fhir_id in fhir_ids):
            wanted[facts.fhir_id] = facts
    claims = [fhir_id for fhir_id, facts in wanted.items() if facts.replaced_by_fhir_id]
    if not claims:
        return {}
    stand_alone = Patient.objects.filter(fhir_id__in=claims, replaced_by=None).order_by("pk")
    return {fhir_id: wanted[fhir_id] for fhir_id in stand_alone.values_list("fhir_id", flat=True)}


def move_resources(*, access: Access, before: Mapping[UUID, UUID]) -> bool:
    """Move what is stored about patients who stand under somebody else than ``before``; whether there were any."""
    after = survivors(before)
    moved = {patient: (before[patient], new) for patient, new in after.items() if new != before[patient]}
    # Those first who stood under somebody else: what is about them must not go along with whom they stood under.
    for patient, (old, new) in sorted(moved.items(), key=lambda move: move[0] == move[1][0]):
        rows = Resource.objects.filter(patient=old)
        if old != patient:
            rows = rows.filter(pk__in=_about(patient, rows))
        count = rows.update(patient=new)
        for subject in (old, new):
            audit.record(
                access,
                action="people.unmerged" if new == patient else "people.merged",
                target=("people.Patient", patient),
                subject=subject,
                detail={"from": str(old), "to": str(new), "resources": count},
            )
    return bool(moved)


def _about(patient: UUID, rows: Iterable[Resource]) -> list[UUID]:
    """Those of the resources that the source wrote about this patient, or about somebody merged with them."""
    keys, found = {patient}, {patient}
    while found:
        found = set(Patient.objects.filter(replaced_by__in=found).values_list("pk", flat=True)) - keys
        keys |= found
    names = set(Patient.objects.filter(pk__in=keys).values_list("fhir_id", flat=True))
    return [
        row.pk for row in rows if subject_of(Entry(0, read_json(bytes(row.content)), row.type, row.fhir_id)) in names
    ]
