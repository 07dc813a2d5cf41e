"""Tests and vital signs: drawn once a person by carebundle, moved along the course of the person's story.

The reference ranges belong to the invented laboratory.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache

import carebundle

from tenants.records.bundles import read_json
from tenants.records.demonstration import words
from tenants.records.demonstration.people import Story
from tenants.records.demonstration.record import PAST_DAYS, PersonRecord
from tenants.records.demonstration.writing import LOINC, JsonObject, concept
from tenants.records.indexing import as_decimal
from tenants.records.units import convert

_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
_HBA1C, _GLUCOSE, _PEAK_FLOW = "4548-4", "2345-7", "19935-6"
_CREATININE, _EGFR, _LDL, _HEMOGLOBIN = "2160-0", "98979-8", "13457-7", "718-7"
_HEMATOCRIT, _BLOOD_PRESSURE, _HEIGHT, _TEMPERATURE = "4544-3", "85354-9", "8302-2", "8310-5"
_POTASSIUM = "2823-3"
# HbA1c in % of each visit, oldest first, by person.
_COURSES: Mapping[str, tuple[str, ...]] = {
    "james": ("8.1", "7.6", "7.3", "6.9"),
    "layla": ("8.1", "7.6", "7.3", "6.9"),
    "rosa": ("7.4", "7.9", "8.3", "7.8"),
    "ingrid": ("6.8", "6.6", "6.7", "6.5"),
    "maryam": ("9.2", "8.6", "7.9", "7.5"),
    "hassan": ("7.1", "7.0", "7.2", "7.0"),
}
# Whose first value another laboratory reported in mmol/mol, as happens when people move.
_MOVED = ("rosa", "hassan")
_PROFILES: Mapping[Story, tuple[str, tuple[str, ...]]] = {
    Story.DIABETES: ("type2_diabetes", ("cmp", "lipid", "hba1c", "albuminuria")),
    Story.PRESSURE: ("hypertension", ("cmp", "lipid")),
    Story.KIDNEY: ("ckd_stage3", ("cmp", "cbc", "albuminuria")),
    Story.BLOOD: ("anaemia", ("cbc",)),
    Story.CHECKUP: ("healthy", ("cmp", "cbc", "lipid")),
}
_URGENT_UNITS: Mapping[str, str] = {_POTASSIUM: "mmol/L", _HEMOGLOBIN: "g/dL"}
# How earlier values relate to the newest one, oldest first.
_DRIFTS: Mapping[tuple[Story, str], tuple[str, ...]] = {
    (Story.KIDNEY, _CREATININE): ("0.90", "0.94", "0.97", "1"),
    (Story.KIDNEY, _EGFR): ("1.11", "1.06", "1.03", "1"),
    (Story.BLOOD, _HEMOGLOBIN): ("0.86", "0.91", "0.96", "1"),
    (Story.DIABETES, _LDL): ("1.24", "1.12", "1.05", "1"),
    (Story.PRESSURE, _LDL): ("1.18", "1.10", "1.04", "1"),
    (Story.PRESSURE, _BLOOD_PRESSURE): ("1.13", "1.08", "1.03", "1"),
}
# LOINC code: lowest and highest usual value, in the unit in which carebundle gives it; empty where there is no end.
_ADULT_RANGES: Mapping[str, tuple[str, str]] = {
    "2951-2": ("136", "145"), _POTASSIUM: ("3.5", "5.1"), "2075-0": ("98", "107"), "2028-9": ("22", "29"),
    "17861-6": ("8.6", "10.3"), "1751-7": ("3.5", "5.0"), "3094-0": ("7", "20"), _CREATININE: ("0.6", "1.2"),
    _EGFR: ("60", ""), _GLUCOSE: ("70", "99"), "1742-6": ("", "40"), "1920-8": ("", "40"), "6768-6": ("40", "130"),
    "1975-2": ("0.2", "1.2"), _HEMOGLOBIN: ("12.0", "17.5"), _HEMATOCRIT: ("36", "53"), "789-8": ("3.8", "5.9"),
    "6690-2": ("4.0", "11.0"), "777-3": ("150", "400"), "2093-3": ("", "200"), "2085-9": ("40", ""),
    _LDL: ("", "130"), "2571-8": ("", "150"), _HBA1C: ("4.0", "5.6"), "9318-7": ("", "30"),
}  # fmt: skip
_CHILD_RANGES: Mapping[str, tuple[str, str]] = {
    _HEMOGLOBIN: ("11.5", "15.5"), _HEMATOCRIT: ("34", "45"), "789-8": ("3.9", "5.3"), "6690-2": ("4.5", "13.5"),
    "777-3": ("150", "450"), _POTASSIUM: ("3.4", "4.7"),
}  # fmt: skip


def add_measurements(record: PersonRecord, number: int, day: date, encounter: JsonObject) -> None:
    """Tests and vital signs of one visit, from the one draw of this person, moved along the course of the story."""
    renamed: dict[str, str] = {}
    kept: list[JsonObject] = []
    for entry in draw_of(record)["entry"]:
        resource = entry["resource"]
        if resource["resourceType"] not in {"Observation", "DiagnosticReport"}:
            continue
        code = resource["code"]["coding"][0]["code"]
        if record.is_child and number < 2 and not _is_vital(resource):
            continue  # children are spared the needle on their first two visits
        role = (resource["resourceType"].lower(), number, code)
        renamed[entry["fullUrl"]] = f"{resource['resourceType']}/{record.id(record.person.key, *role)}"
        kept.append({**resource, "id": record.id(record.person.key, *role)})
    for resource in kept:
        if resource["resourceType"] == "Observation":
            _adapt_observation(record, resource, number, day)
        else:
            resource["result"] = [
                {"reference": renamed[one["reference"]]} for one in resource["result"] if one["reference"] in renamed
            ]
            resource["issued"] = record.at(day, 13, 30)
            resource["performer"] = [{"reference": f"Organization/{record.id('organization')}"}]
        resource.pop("text", None)
        code = resource["code"]["coding"][0]["code"]
        resource["code"]["text"] = record.say(words.TESTS, code)
        resource["subject"], resource["encounter"] = record.subject, encounter
        resource["effectiveDateTime"] = record.at(day, 8, 40)
        record.resources.append(resource)
    if record.person.story is Story.ASTHMA:
        _add_peak_flow(record, number, day, encounter)


def add_urgent_result(record: PersonRecord) -> None:
    """Yesterday's value far outside the range, of which the laboratory says so, and after which none was measured."""
    if record.person.urgent is None:
        return
    code, number = record.person.urgent
    day, unit = record.anchor - timedelta(days=1), _URGENT_UNITS[code]
    quantity = {"value": Decimal(number), "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}
    ranges = _ranges(record, code, quantity)
    is_low = quantity["value"] < ranges[0]["low"]["value"]
    record.add(
        "Observation",
        ("observation", "urgent", code),
        status="final",
        category=[{"coding": [{"system": _CATEGORY, "code": "laboratory"}]}],
        code={"coding": [{"system": LOINC, "code": code}], "text": record.say(words.TESTS, code)},
        subject=record.subject,
        effectiveDateTime=record.at(day, 15, 40),
        issued=record.at(day, 16, 30),
        performer=[{"reference": f"Organization/{record.id('organization')}"}],
        valueQuantity=quantity,
        interpretation=[concept("v3-ObservationInterpretation", "LL" if is_low else "HH")],
        referenceRange=ranges,
    )


def draw_of(record: PersonRecord) -> JsonObject:
    """What carebundle drew for the person: a bundle of conditions, medicines, allergies and values, free to change."""
    profile, panels = ("healthy", ("cbc",)) if record.is_child else _PROFILES[record.person.story]
    seed = record.seed * 1000 + record.position
    drawn: JsonObject = read_json(_draw_once(profile, seed, record.person.sex, max(record.person.age, 18), panels))
    return drawn


def _is_vital(resource: JsonObject) -> bool:
    return any(coding["code"] == "vital-signs" for category in resource["category"] for coding in category["coding"])


def _adapt_observation(record: PersonRecord, resource: JsonObject, number: int, day: date) -> None:
    code = resource["code"]["coding"][0]["code"]
    resource["issued"] = record.at(day, 13, 0)
    if _is_vital(resource):
        resource["performer"] = [record.practitioner()]
    else:
        resource["performer"] = [{"reference": f"Organization/{record.id('organization')}"}]
    for part in resource.get("component", []):
        kind = part["code"]["coding"][0]["code"]
        part["code"]["text"] = record.say(words.TESTS, kind)
        _adapt_value(record, part["valueQuantity"], code, number, kind)
    if "valueQuantity" not in resource:
        return
    quantity = resource["valueQuantity"]
    _adapt_value(record, quantity, code, number, code)
    ranges = _ranges(record, code, quantity)
    if ranges:
        resource["referenceRange"] = ranges
        resource["interpretation"] = [_interpretation(as_decimal(quantity["value"]), ranges[0])]
    if code == _HBA1C and number == len(PAST_DAYS) - 1:
        resource["note"] = [record.note(record.say(words.SENTENCES, "improved"), day)]


def _adapt_value(record: PersonRecord, quantity: JsonObject, code: str, number: int, kind: str) -> None:
    value = as_decimal(quantity["value"])
    course = _COURSES.get(record.person.key)
    if record.is_child:
        value = _childs_value(record, kind, value, number)
    elif code == _HBA1C and course:
        value = Decimal(course[number])
    elif code == _GLUCOSE and course:
        # ADAG: estimated average glucose in mg/dL is 28.7 times HbA1c less 46.7.
        value = (Decimal(course[number]) * Decimal("28.7") - Decimal("46.7")).quantize(Decimal(1))
    elif kind not in {_HEIGHT, _TEMPERATURE}:
        drift = Decimal(_DRIFTS.get((record.person.story, code), ("1", "1", "1", "1"))[number])
        wobble = Decimal(1) if number == len(PAST_DAYS) - 1 else _near_one(record.chance(kind, number))
        value = (value * drift * wobble).quantize(value)
    quantity["value"] = value
    if code == _HBA1C and number == 0 and record.person.key in _MOVED:
        moved = convert(value, "%", "mmol/mol", _HBA1C)
        assert moved is not None  # noqa: S101 -- the table of units has this pair
        quantity.update(value=moved.quantize(Decimal(1)), unit="mmol/mol", code="mmol/mol")
    if quantity.get("unit") == "Cel":
        quantity["unit"] = "°C"


def _childs_value(record: PersonRecord, code: str, value: Decimal, number: int) -> Decimal:
    """What is usual for the age; an anaemic child's haemoglobin climbs back into the range."""
    age = Decimal(record.person.age)
    height = Decimal("75") + (age - 1) * Decimal("6.3") - (3 - number)
    weight = (age + 4) * 2 if age <= 10 else age * Decimal("3.4")
    usual: dict[str, Decimal] = {
        _HEIGHT: height.quantize(Decimal(1)),
        "29463-7": weight.quantize(Decimal("0.1")),  # weight in kg
        "39156-5": (weight / (height / 100) ** 2).quantize(Decimal("0.1")),  # body mass index
        "8867-4": (Decimal(112) - age * 3).quantize(Decimal(1)),  # heartbeats a minute
        "9279-1": (Decimal(28) - age * Decimal("0.7")).quantize(Decimal(1)),  # breaths a minute
        _TEMPERATURE: Decimal("36.7"),
        "59408-5": Decimal(98),  # oxygen saturation in %
        "8480-6": (Decimal(90) + age * 2).quantize(Decimal(1)),  # systolic pressure
        "8462-4": (Decimal(54) + age).quantize(Decimal(1)),  # diastolic pressure
    }
    if code in usual:
        return usual[code]
    low, high = (Decimal(bound) for bound in _CHILD_RANGES[code])
    middle = low + (high - low) * Decimal("0.5") * _near_one(record.chance(code, number), Decimal("0.3"))
    if record.person.story is Story.BLOOD and code in {_HEMOGLOBIN, _HEMATOCRIT}:
        middle = low * Decimal(("0.84", "0.88", "0.94", "1.03")[number])
    return middle.quantize(value)


def _ranges(record: PersonRecord, code: str, quantity: JsonObject) -> list[JsonObject]:
    bounds = (_CHILD_RANGES if record.is_child else _ADULT_RANGES).get(code)
    if bounds is None or quantity["code"] == "mmol/mol":
        return []
    unit = {name: quantity[name] for name in ("unit", "system", "code")}
    low, high = bounds
    usual: JsonObject = {"type": concept("referencerange-meaning", "normal")}
    if low:
        usual["low"] = {"value": Decimal(low), **unit}
    if high:
        usual["high"] = {"value": Decimal(high), **unit}
    ranges = [usual]
    if code == _HBA1C:
        goal = {"type": concept("referencerange-meaning", "therapeutic"), "high": {"value": Decimal("7.0"), **unit}}
        ranges.append({**goal, "text": record.say(words.SENTENCES, "goal")})
    return ranges


def _add_peak_flow(record: PersonRecord, number: int, day: date, encounter: JsonObject) -> None:
    expected = Decimal(100 + max(record.person.age * 17, 60))
    share = Decimal(("0.72", "0.80", "0.88", "0.95")[number]) * _near_one(
        record.chance("flow", number), Decimal("0.04")
    )
    value = (expected * share / 5).quantize(Decimal(1)) * 5
    unit = {"unit": "L/min", "system": "http://unitsofmeasure.org", "code": "L/min"}
    usual = {
        "type": concept("referencerange-meaning", "normal"),
        "low": {"value": (expected * Decimal("0.8")).quantize(Decimal(1)), **unit},
    }
    resource = record.add(
        "Observation",
        ("observation", number, _PEAK_FLOW),
        status="final",
        category=[{"coding": [{"system": _CATEGORY, "code": "laboratory"}]}],
        code={
            "coding": [{"system": LOINC, "code": _PEAK_FLOW}],
            "text": record.say(words.TESTS, _PEAK_FLOW),
        },
        subject=record.subject,
        encounter=encounter,
        effectiveDateTime=record.at(day, 10, 30),
        issued=record.at(day, 10, 45),
        performer=[record.practitioner()],
        valueQuantity={"value": value, **unit},
        interpretation=[_interpretation(value, usual)],
        referenceRange=[usual],
    )
    if number == len(PAST_DAYS) - 1:
        resource["note"] = [record.note(record.say(words.SENTENCES, "breathing"), day)]


@lru_cache(maxsize=64)
def _draw_once(profile: str, seed: int, sex: str, age: int, panels: tuple[str, ...]) -> bytes:
    """One visit as carebundle draws it. Its dates are replaced by ours, so one draw serves every visit and anchor."""
    made = carebundle.generate_bundle(profile=profile, seed=seed, sex=sex, age_range=(age, age), panels=panels)
    return str(carebundle.to_json(made)).encode()


def _interpretation(value: Decimal, usual: JsonObject) -> JsonObject:
    code = "N"
    if "low" in usual and value < usual["low"]["value"]:
        code = "L"
    elif "high" in usual and value > usual["high"]["value"]:
        code = "H"
    return concept("v3-ObservationInterpretation", code)


def _near_one(chance: float, width: Decimal = Decimal("0.06")) -> Decimal:
    """A factor within ``width`` around one."""
    return 1 + (Decimal(repr(round(chance, 6))) - Decimal("0.5")) * width
