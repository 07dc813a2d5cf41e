"""States stand beside medicines, visits and people of any gender, and agree with all of them."""

import pytest
from django.utils.translation import override

from tenants.records.facts.health import MedicineState, ProcedureState
from tenants.records.facts.visits import VisitState


@pytest.mark.parametrize(
    ("language", "state", "words"),
    [
        ("ar", VisitState.MISSED, "لم يتم الحضور"),
        ("ar", VisitState.ARRIVED, "تم الوصول"),
        ("es", VisitState.MISSED, "No se acudió"),
        ("es", MedicineState.PAST, "Anterior"),
        ("es", MedicineState.PLANNED, "Por empezar"),
        ("es", ProcedureState.STOPPED, "Se interrumpió antes de terminar"),
    ],
)
def test_words_of_states_take_no_gender(
    language: str, state: VisitState | MedicineState | ProcedureState, words: str
) -> None:
    with override(language):
        assert str(state.label) == words
