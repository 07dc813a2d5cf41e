"""Northfield, an academic medical center in English: classic heads, contour lines, navy and crimson."""

from pathlib import Path

from themes.compiler import Brand
from themes.theme import Theme

THEME = Theme(
    key="northfield",
    brand=Brand(
        main="#1f3f77",
        accent="#a4243b",
        letters="classic",
        corners="soft",
        motif="contours",
        logo="mark:northfield",
        tint="faint",
    ),
    folder=Path(__file__).parent,
    names={"en": "Northfield", "es": "Northfield", "ar": "نورثفيلد"},
    taglines={
        "en": "University Medical Center",
        "es": "Centro Médico Universitario",
        "ar": "المركز الطبي الجامعي",
    },
)
