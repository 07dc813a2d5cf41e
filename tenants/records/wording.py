"""Plain words for coded things: the plain name first, the laboratory's second (UX section 5).

Only names are given here, never advice. What a code is not listed for keeps the words that its source sent.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Tone = Literal["", "ok", "warn", "crit", "info"]

LOINC = "http://loinc.org"

# LOINC code: plain name, short laboratory name. A laboratory name stays as it is in every language.
TESTS: Mapping[str, tuple[str | Promise, str]] = {
    "4548-4": (_("Average blood sugar"), "Hemoglobin A1c (HbA1c)"),
    "17856-6": (_("Average blood sugar"), "Hemoglobin A1c (HbA1c)"),
    "59261-8": (_("Average blood sugar"), "Hemoglobin A1c (HbA1c)"),
    "2339-0": (_("Blood sugar"), "Glucose"),
    "2345-7": (_("Blood sugar"), "Glucose"),
    "1558-6": (_("Blood sugar before eating"), "Fasting glucose"),
    "14749-6": (_("Blood sugar"), "Glucose"),
    "6690-2": (_("White blood cells"), "Leukocytes"),
    "789-8": (_("Red blood cells"), "Erythrocytes"),
    "718-7": (_("Hemoglobin, which carries oxygen"), "Hemoglobin"),
    "4544-3": (_("Share of red cells in the blood"), "Hematocrit"),
    "20570-8": (_("Share of red cells in the blood"), "Hematocrit"),
    "787-2": (_("Size of red blood cells"), "MCV"),
    "785-6": (_("Hemoglobin in each red cell"), "MCH"),
    "786-4": (_("Concentration of hemoglobin in red cells"), "MCHC"),
    "21000-5": (_("How much red cells differ in size"), "RDW"),
    "788-0": (_("How much red cells differ in size"), "RDW"),
    "777-3": (_("Platelets, which help blood to clot"), "Platelets"),
    "32207-3": (_("How much platelets differ in size"), "PDW"),
    "32623-1": (_("Size of platelets"), "MPV"),
    "2093-3": (_("Cholesterol, all kinds"), "Total cholesterol"),
    "2571-8": (_("Fats in the blood"), "Triglycerides"),
    "18262-6": (_("LDL cholesterol"), "LDL"),
    "13457-7": (_("LDL cholesterol"), "LDL"),
    "2089-1": (_("LDL cholesterol"), "LDL"),
    "2085-9": (_("HDL cholesterol"), "HDL"),
    "6299-2": (_("Kidney test: urea"), "Urea nitrogen (BUN)"),
    "3094-0": (_("Kidney test: urea"), "Urea nitrogen (BUN)"),
    "38483-4": (_("Kidney test: creatinine"), "Creatinine"),
    "2160-0": (_("Kidney test: creatinine"), "Creatinine"),
    "33914-3": (_("How well the kidneys filter"), "eGFR"),
    "62238-1": (_("How well the kidneys filter"), "eGFR"),
    "98979-8": (_("How well the kidneys filter"), "eGFR"),
    "48642-3": (_("How well the kidneys filter"), "eGFR"),
    "14959-1": (_("Protein in the urine"), "Albumin/creatinine ratio"),
    "9318-7": (_("Protein in the urine"), "Albumin/creatinine ratio"),
    "49765-1": (_("Calcium"), "Calcium"),
    "17861-6": (_("Calcium"), "Calcium"),
    "2947-0": (_("Salt in the blood: sodium"), "Sodium"),
    "2951-2": (_("Salt in the blood: sodium"), "Sodium"),
    "6298-4": (_("Potassium"), "Potassium"),
    "2823-3": (_("Potassium"), "Potassium"),
    "2069-3": (_("Chloride"), "Chloride"),
    "2075-0": (_("Chloride"), "Chloride"),
    "20565-8": (_("Carbon dioxide"), "Carbon dioxide"),
    "2028-9": (_("Carbon dioxide"), "Carbon dioxide"),
    "1742-6": (_("Liver test: ALT"), "ALT"),
    "1920-8": (_("Liver test: AST"), "AST"),
    "6768-6": (_("Liver and bone test: ALP"), "Alkaline phosphatase"),
    "1975-2": (_("Liver test: bilirubin"), "Bilirubin"),
    "1751-7": (_("Albumin, a blood protein"), "Albumin"),
    "2885-2": (_("Protein in the blood"), "Total protein"),
    "3016-3": (_("Thyroid test"), "TSH"),
    "2276-4": (_("Iron stores"), "Ferritin"),
    "2132-9": (_("Vitamin B12"), "Cobalamin"),
    "1989-3": (_("Vitamin D"), "25-hydroxyvitamin D"),
    "1988-5": (_("Sign of inflammation"), "C-reactive protein (CRP)"),
    "19113-0": (_("Allergy antibodies"), "Total IgE"),
    "8302-2": (_("Height"), "Body height"),
    "29463-7": (_("Weight"), "Body weight"),
    "39156-5": (_("Body mass index"), "BMI"),
    "55284-4": (_("Blood pressure"), "Blood pressure"),
    "85354-9": (_("Blood pressure"), "Blood pressure"),
    "8480-6": (_("Upper value"), "Systolic"),
    "8462-4": (_("Lower value"), "Diastolic"),
    "8867-4": (_("Heart rate"), "Heart rate"),
    "9279-1": (_("Breaths a minute"), "Respiratory rate"),
    "8331-1": (_("Temperature"), "Oral temperature"),
    "8310-5": (_("Temperature"), "Body temperature"),
    "2708-6": (_("Oxygen in the blood"), "Oxygen saturation"),
    "59408-5": (_("Oxygen in the blood"), "Oxygen saturation"),
    "72514-3": (_("Pain from 0 to 10"), "Pain severity"),
    "58410-2": (_("Blood count"), "Complete blood count"),
    "57698-3": (_("Fats and cholesterol"), "Lipid panel"),
    "51990-0": (_("Basic blood tests"), "Basic metabolic panel"),
    "24323-8": (_("General blood tests"), "Comprehensive metabolic panel"),
}

# HL7 v3 ObservationInterpretation: words and tone. Red means "act now" and needs a verb and a number to call, which
# no code carries, so it is never used here.
INTERPRETATIONS: Mapping[str, tuple[str | Promise, Tone]] = {
    "N": (_("In the usual range"), "ok"),
    "H": (_("Above the usual range"), "warn"),
    "HU": (_("Well above the usual range"), "warn"),
    "HH": (_("Well above the usual range"), "warn"),
    "L": (_("Below the usual range"), "warn"),
    "LU": (_("Well below the usual range"), "warn"),
    "LL": (_("Well below the usual range"), "warn"),
    "A": (_("Outside the usual range"), "warn"),
    "AA": (_("Well outside the usual range"), "warn"),
    "POS": (pgettext_lazy("test result", "Found"), "info"),
    "DET": (pgettext_lazy("test result", "Found"), "info"),
    "NEG": (pgettext_lazy("test result", "Not found"), "info"),
    "ND": (pgettext_lazy("test result", "Not found"), "info"),
}

STATUSES: Mapping[str, tuple[str | Promise, Tone]] = {
    # visits
    "proposed": (_("Asked for"), "info"),
    "pending": (_("Waiting to be confirmed"), "info"),
    "booked": (_("Booked"), "ok"),
    "waitlist": (_("On the waiting list"), "info"),
    "arrived": (_("Arrived"), "ok"),
    "checked-in": (_("Checked in"), "ok"),
    "fulfilled": (_("Took place"), ""),
    "cancelled": (_("Canceled"), "warn"),
    "noshow": (_("Missed"), "warn"),
    "planned": (_("Planned"), "info"),
    "triaged": (_("Arrived"), "ok"),
    "in-progress": (_("Going on now"), "info"),
    "onleave": (_("Going on now"), "info"),
    "finished": (_("Took place"), ""),
    # record
    "active": (_("Current"), "info"),
    "recurrence": (_("Came back"), "info"),
    "relapse": (_("Came back"), "info"),
    "inactive": (_("Not current"), ""),
    "remission": (_("In remission"), ""),
    "resolved": (_("Resolved"), ""),
    "completed": (_("Done"), ""),
    "not-done": (_("Not done"), ""),
    "stopped": (_("Stopped"), ""),
    "on-hold": (_("Paused"), "warn"),
    "preparation": (_("Being prepared"), "info"),
    "draft": (_("Being prepared"), "info"),
    "current": (_("Current"), ""),
    "superseded": (_("Replaced by a newer one"), ""),
}

VISIT_CLASSES: Mapping[str, str | Promise] = {
    "AMB": _("Visit at the hospital"),
    "VR": _("Video or telephone visit"),
    "HH": _("Visit at home"),
    "EMER": _("Emergency visit"),
    "IMP": _("Hospital stay"),
    "ACUTE": _("Hospital stay"),
    "NONAC": _("Hospital stay"),
    "OBSENC": _("Short hospital stay"),
    "SS": _("Short hospital stay"),
    "PRENC": _("Before a hospital stay"),
}

ALLERGY_KINDS: Mapping[str, str | Promise] = {
    "food": _("Food"),
    "medication": _("Medicine"),
    "environment": _("Surroundings"),
    "biologic": _("Biological product"),
}

# SNOMED writes what kind of thing a name is in brackets at its end; nobody needs to read it.
_TAG = re.compile(
    r"\s*\((?:disorder|procedure|finding|situation|regime/therapy|substance|product|event|observable entity|morphologic"
    r" abnormality|qualifier value|body structure|organism|environment|person|record artifact)\)\s*\Z"
)


@dataclass(frozen=True, slots=True)
class Name:
    """What to call a coded thing. ``medical`` is the second, smaller name, empty when it would repeat the first.

    ``is_source`` says that ``plain`` is in the source's language and not necessarily in the reader's.
    """

    plain: str
    medical: str = ""
    is_source: bool = True


def codings(concept: Any) -> list[dict[str, Any]]:
    """The codings of a CodeableConcept or of a single Coding."""
    if not isinstance(concept, dict):
        return []
    found = concept.get("coding", [concept] if "code" in concept else [])
    return [coding for coding in found if isinstance(coding, dict)]


def first_code(concept: Any) -> str:
    """The first code of a concept, without its system."""
    return next((str(coding["code"]) for coding in codings(concept) if coding.get("code")), "")


def text_of(concept: Any) -> str:
    """The source's words for a concept."""
    if not isinstance(concept, dict):
        return ""
    words = concept.get("text") or next((c["display"] for c in codings(concept) if c.get("display")), "")
    return _TAG.sub("", str(words or first_code(concept)))


def test_name(concept: Any) -> Name:
    """The name of a test or measurement."""
    for coding in codings(concept):
        if coding.get("system") == LOINC and coding.get("code") in TESTS:
            plain, medical = TESTS[coding["code"]]
            shown = str(plain)
            return Name(shown, medical if medical.casefold() != shown.casefold() else "", is_source=False)
    return Name(text_of(concept) or str(_("Test without a name")))


def plain_name(concept: Any) -> Name:
    """The name of a condition, medicine, vaccine or procedure: the words of its source."""
    return Name(text_of(concept) or str(_("No name was given")))


def interpretation(concepts: Any) -> tuple[str, Tone] | None:
    """The laboratory's own judgement in words; None when it gave none that we know."""
    for concept in concepts if isinstance(concepts, list) else []:
        for coding in codings(concept):
            if coding.get("code") in INTERPRETATIONS:
                words, tone = INTERPRETATIONS[coding["code"]]
                return str(words), tone
    return None


def status_words(status: str) -> tuple[str, Tone]:
    """A FHIR status in words, with its tone; an unknown one has neither."""
    words, tone = STATUSES.get(status, ("", ""))
    return str(words), tone  # type: ignore[return-value]
