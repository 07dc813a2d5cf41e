"""The patient reads who used the record, in words."""

import pytest

from kernel import audit
from kernel.audit.selectors import as_looks, who_looked
from kernel.audit.sentences import ActionSentence, sentence_of, sentences
from kernel.ids import uuid7
from kernel.permissions import Access, Role, Scope
from kernel.tenancy.context import HospitalContext
from tests.factories.access import helping, own, with_roles
from tests.kernel.acting import acting

pytestmark = pytest.mark.requirement("S35")

PATIENT = uuid7()


@pytest.mark.parametrize(
    ("access", "seen"),
    [
        (own(PATIENT), 1),
        (own(uuid7()), 0),
        (helping(PATIENT, *Scope), 0),
        (with_roles(Role.PRIVACY_OFFICER), 1),
        (with_roles(Role.HOSPITAL_ADMIN), 1),
        (with_roles(Role.CLINICIAN), 0),
        (with_roles(Role.FRONT_DESK), 0),
        (with_roles(Role.OPERATOR), 0),
    ],
)
def test_who_may_see_who_looked(in_northfield: HospitalContext, access: Access, seen: int) -> None:
    audit.record(acting(Role.CLINICIAN), action="records.viewed", subject=PATIENT)
    audit.record(acting(Role.CLINICIAN), action="records.viewed", subject=uuid7())

    assert who_looked(access, PATIENT).count() == seen


def test_lines_are_told_newest_first_in_the_patients_words(in_northfield: HospitalContext) -> None:
    reader = own(PATIENT)
    sentences.register(ActionSentence("lamps.seen", "Looked at your lamps"))
    sentences.register(ActionSentence("lamps.counted", "Counted", is_shown=False))
    audit.record(acting(Role.CLINICIAN, name="Dr Ben"), action="lamps.seen", subject=PATIENT, reason="treatment")
    audit.record(acting(Role.CLINICIAN), action="lamps.counted", subject=PATIENT)
    audit.record(acting(Role.CLINICIAN), action="lamps.seen", subject=PATIENT, result="refused")
    audit.record(reader, action="lamps.unknown", subject=PATIENT)

    looks = as_looks(reader, who_looked(reader, PATIENT))

    assert [(look.who, look.kind, str(look.what), look.reason, look.is_own) for look in looks] == [
        ("Test person", "patient", str(sentence_of("lamps.unknown")), "", True),
        ("Dr Ben", "clinician", "Looked at your lamps", "treatment", False),
    ]
