"""Comparing results across units: a small table of UCUM codes, and molar masses of the few analytes that need them.

Only exact relations between units are here. What is not in the table is not converted, and a trend then shows the
values apart instead of on one line. Sources: UCUM 2.1 for units; for HbA1c the master equation between NGSP and IFCC.
"""

import re
from decimal import Decimal, localcontext

# Digits of the longest converted number: an import lets in 60, from 30 before the point to 90 behind it.
_PRECISION = 200
_ANNOTATION = re.compile(r"\{[^{}]*\}")

# code: (dimension, factor to the dimension's base unit)
_UNITS: dict[str, tuple[str, Decimal]] = {
    code: (dimension, Decimal(factor))
    for dimension, codes in {
        "mass concentration": {
            "g/L": "1",
            "g/dL": "10",
            "mg/mL": "1",
            "mg/dL": "0.01",
            "mg/L": "0.001",
            "ug/mL": "0.001",
            "ug/dL": "0.00001",
            "ug/L": "0.000001",
            "ng/mL": "0.000001",
            "ng/dL": "0.00000001",
            "ng/L": "0.000000001",
            "pg/mL": "0.000000001",
        },
        "substance concentration": {
            "mol/L": "1000",
            "mmol/L": "1",
            "umol/L": "0.001",
            "nmol/L": "0.000001",
            "pmol/L": "0.000000001",
        },
        "number concentration": {
            "10*12/L": "1000",
            "10*9/L": "1",
            "10*6/L": "0.001",
            "10*6/uL": "1000",
            "10*3/uL": "1",
            "10*6/mL": "1",
            "/uL": "0.001",
            "/mm3": "0.001",
            "/mL": "0.000001",
            "/L": "0.000000001",
        },
        "fraction": {"1": "1", "%": "0.01", "L/L": "1", "[ppth]": "0.001"},
        "enzyme activity": {"U/L": "1", "kU/L": "1000", "U/mL": "1000", "ukat/L": "60", "nkat/L": "0.06"},
        "arbitrary concentration": {
            "[IU]/L": "1",
            "k[IU]/L": "1000",
            "[IU]/mL": "1000",
            "m[IU]/L": "0.001",
            "m[IU]/mL": "1",
            "u[IU]/mL": "0.001",
        },
        "mass ratio": {"mg/g": "1", "ug/mg": "1", "g/g": "1000", "mg/mg": "1000"},
        "mass": {"kg": "1", "g": "0.001", "mg": "0.000001", "[lb_av]": "0.45359237", "[oz_av]": "0.028349523125"},
        "length": {"m": "1", "cm": "0.01", "mm": "0.001", "[in_i]": "0.0254", "[ft_i]": "0.3048"},
        "pressure": {"mm[Hg]": "1", "kPa": "7.5006157584566"},
        "volume": {"L": "1", "dL": "0.1", "mL": "0.001", "uL": "0.000001", "fL": "0.000000000000001"},
        "flow": {"L/min": "1", "L/s": "60", "mL/min": "0.001", "mL/s": "0.06"},
        "rate": {"/min": "1", "/s": "60", "Hz": "60"},
    }.items()
    for code, factor in codes.items()
}

# Grams per mole by LOINC code of the analyte. This material contains content from LOINC (http://loinc.org), which is
# copyright Regenstrief Institute, Inc. and the LOINC Committee, available at no cost under the licence at
# http://loinc.org/license.
_MOLAR_MASS: dict[str, Decimal] = {
    code: Decimal(mass)
    for mass, codes in {
        "180.156": ("2345-7", "2339-0", "1558-6"),  # glucose
        "386.65": ("2093-3", "2085-9", "13457-7", "18262-6"),  # cholesterol
        "885.4": ("2571-8",),  # triglycerides, as triolein
        "113.12": ("2160-0", "38483-4"),  # creatinine
        "28.0134": ("3094-0", "6299-2"),  # urea nitrogen
        "584.66": ("1975-2",),  # bilirubin
        "40.078": ("17861-6", "49765-1"),  # calcium
        "16114.5": ("718-7",),  # haemoglobin, per iron
    }.items()
    for code in codes
}
_HBA1C = frozenset({"4548-4"})
_HBA1C_SLOPE, _HBA1C_INTERCEPT = Decimal("0.09148"), Decimal("2.152")


def convert(value: Decimal, unit: str, wanted: str, analyte: str = "") -> Decimal | None:
    """``value`` in ``unit`` (UCUM codes) as a number in ``wanted``; None when no exact relation is known.

    ``analyte`` is the LOINC code of the test, or ``system|code`` with it: between mass and moles it decides.
    """
    source, target = _plain(unit), _plain(wanted)
    if source == target:
        return value
    code = analyte.rpartition("|")[2]
    if code in _HBA1C and {source, target} == {"%", "mmol/mol"}:
        if target == "%":
            return value * _HBA1C_SLOPE + _HBA1C_INTERCEPT
        return (value - _HBA1C_INTERCEPT) / _HBA1C_SLOPE
    if {source, target} == {"Cel", "[degF]"}:
        return value * 9 / 5 + 32 if target == "[degF]" else (value - 32) * 5 / 9
    if source not in _UNITS or target not in _UNITS:
        return None
    (dimension, factor), (other, divisor) = _UNITS[source], _UNITS[target]
    if dimension == other:
        return value * factor / divisor
    mass = _MOLAR_MASS.get(code)
    if mass is None or {dimension, other} != {"mass concentration", "substance concentration"}:
        return None
    # The base units are g/L and mmol/L.
    millimoles = value * factor / mass * 1000 if dimension == "mass concentration" else value * factor * mass / 1000
    return millimoles / divisor


def rounded_like(value: Decimal, example: Decimal) -> Decimal:
    """``value`` with as many decimals as ``example`` has: a conversion must not look more precise than the test."""
    exponent = example.as_tuple().exponent
    # Python's own precision of 28 digits refuses to round what is longer.
    with localcontext(prec=_PRECISION):
        return value.quantize(Decimal(1).scaleb(exponent if isinstance(exponent, int) and exponent < 0 else 0))


def _plain(unit: str) -> str:
    """A UCUM code without annotations in braces, which say what was counted and not how.

    An annotation alone is UCUM's one; no unit at all may be any.
    """
    return (_ANNOTATION.sub("", unit).rstrip("/") or "1") if unit else ""
