"""What clinicians read first of a test where the laboratory speaks the language of the page."""

from collections.abc import Callable

import pytest
from django.utils import translation

from kernel.tenancy.context import HospitalContext
from kernel.tenancy.scope import hospital
from tenants.records.facts.results import Measure, Reading
from tenants.records.templatetags.records import clinical_second, clinical_test


@pytest.mark.parametrize(
    ("language", "first", "second"),
    [
        ("es", "<bdi>Hematocrito</bdi>", "Parte de glóbulos rojos en la sangre"),
        ("ar", "نسبة الكريات الحمراء في الدم", '<bdi lang="es">Hematocrito</bdi>'),
    ],
)
def test_on_pages_of_the_hospitals_own_language_its_laboratorys_word_comes_first(
    hospital_context: Callable[[str], HospitalContext], language: str, first: str, second: str
) -> None:
    measure = Measure("Hematocrito", "http://loinc.org|4544-3", None, "", "", "", "39,7%", Reading.IN_RANGE, "", ())

    with hospital(hospital_context("santalucia")), translation.override(language):
        shown = (clinical_test(measure), clinical_second(measure))

    assert shown == (first, second)
