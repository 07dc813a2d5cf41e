"""Tests and measurements that we know by their LOINC codes: what they are called, and what kind they are of."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

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
    "14957-5": (_("Albumin in urine"), "Albumin"),
    "1754-1": (_("Albumin in urine"), "Albumin"),
    "19935-6": (_("Peak breathing flow"), "Peak expiratory flow"),
    "33452-4": (_("Peak breathing flow"), "Peak expiratory flow"),
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

# Systolic before diastolic, whatever the order of the source: the only parts that are read as one, ``120/80``.
PRESSURES = (f"{LOINC}|8480-6", f"{LOINC}|8462-4")

# The codes of R4's profile of vital signs, with those that were or are used beside them.
VITAL_SIGNS = frozenset(
    """
    85353-1 9279-1 8867-4 2708-6 59408-5 8310-5 8331-1 8302-2 9843-4 29463-7 39156-5 85354-9 55284-4 8480-6 8462-4
    """.split()  # noqa: SIM905
)
# Neither of a laboratory nor a vital sign: breathing flow, and what people say of their pain.
LABORATORY_TESTS = frozenset(TESTS) - VITAL_SIGNS - {"19935-6", "33452-4", "72514-3"}
