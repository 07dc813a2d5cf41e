"""Conversions between units of results."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.i18n import formats
from tenants.records.amounts import unit_words
from tenants.records.units import _UNITS, convert, rounded_like


@pytest.mark.parametrize(
    ("value", "unit", "wanted", "code", "expected"),
    [
        ("5.5", "mmol/L", "mg/dL", "2345-7", "99.1"),
        ("99", "mg/dL", "mmol/L", "http://loinc.org|2345-7", "5.5"),
        ("200", "mg/dL", "mmol/L", "2093-3", "5.2"),
        ("88.4", "umol/L", "mg/dL", "2160-0", "1.0"),
        ("53", "mmol/mol", "%", "4548-4", "7.0"),
        ("7.0", "%", "mmol/mol", "4548-4", "53.0"),
        ("13.5", "g/dL", "g/L", "718-7", "135.0"),
        ("250", "10*3/uL", "10*9/L", "777-3", "250.0"),
        ("37.0", "Cel", "[degF]", "", "98.6"),
        ("154.0", "[lb_av]", "kg", "", "69.9"),
        ("90", "mL/min/{1.73_m2}", "mL/min", "", "90.0"),
    ],
)
def test_known_relations(value: str, unit: str, wanted: str, code: str, expected: str) -> None:
    converted = convert(Decimal(value), unit, wanted, code)

    assert converted is not None
    assert rounded_like(converted, Decimal("0.1")) == Decimal(expected)


@pytest.mark.parametrize(
    ("unit", "wanted", "code"),
    [
        ("mg/dL", "mmol/L", "2951-2"),
        ("mg/dL", "mmol/L", ""),
        ("%", "mmol/mol", "4544-3"),
        ("kg", "cm", ""),
        ("mg/dL", "furlong", "2345-7"),
        ("", "mg/dL", "2345-7"),
        ("", "%", "4544-3"),
        ("%", "", "4544-3"),
        ("", "1", "4544-3"),
    ],
)
def test_what_is_not_known_is_not_converted(unit: str, wanted: str, code: str) -> None:
    assert convert(Decimal(1), unit, wanted, code) is None


@given(
    value=st.decimals("0.001", "100000", places=3),
    unit=st.sampled_from(sorted(_UNITS)),
    wanted=st.sampled_from(sorted(_UNITS)),
)
def test_there_and_back_is_the_same_value(value: Decimal, unit: str, wanted: str) -> None:
    there = convert(value, unit, wanted)
    if there is not None:
        back = convert(there, wanted, unit)
        assert back is not None
        assert abs(back - value) < Decimal("0.0000001") * value


def test_numbers_without_a_unit_are_compared_with_each_other() -> None:
    assert convert(Decimal("1.2"), "", "") == Decimal("1.2")


@pytest.mark.parametrize(
    ("value", "unit", "wanted", "example", "expected"),
    [
        ("1e28", "g", "kg", "7.00", "1" + "0" * 25 + ".00"),
        ("9.99e30", "kg", "mg", "7", "999" + "0" * 34),
        ("9.99e-30", "kg", "g", "7." + "0" * 59, "0." + "0" * 26 + "999" + "0" * 30),
    ],
)
def test_the_longest_numbers_that_are_let_in_are_rounded(
    value: str, unit: str, wanted: str, example: str, expected: str
) -> None:
    converted = convert(Decimal(value), unit, wanted)

    assert converted is not None
    assert f"{rounded_like(converted, Decimal(example)):f}" == expected


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("1e28", "10" + ",000" * 9),
        ("9.99e30", "9,990" + ",000" * 9),
        ("-9.99e30", "-9,990" + ",000" * 9),
        ("1" + "0" * 27 + "." + "9" * 32, "1" + ",000" * 8 + ",001"),
        ("1e-30", "0." + "0" * 29 + "1"),
        ("0." + "9" * 30, "1"),
    ],
)
def test_the_longest_numbers_that_are_let_in_are_shown(number: str, shown: str) -> None:
    assert formats.number(Decimal(number)) == shown


@pytest.mark.parametrize(
    ("unit", "words"),
    [
        ("[lb_av]", "lb"),
        ("[in_i]", "in"),
        ("[degF]", "°F"),
        ("/min", "per minute"),
        ("{score}", ""),
        ("mm[Hg]", "mmHg"),
        ("10*3/uL", "10³/µL"),
        ("u[IU]/mL", "µIU/mL"),
        ("ug/dL", "µg/dL"),
    ],
)
def test_units_of_machines_are_told_in_signs_that_people_know(unit: str, words: str) -> None:
    assert unit_words(unit) == words
