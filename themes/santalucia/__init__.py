"""Santa Lucía, a children's hospital in Spanish: round letters, arcs of a rising sun, teal and warm yellow."""

from pathlib import Path

from themes.compiler import Brand
from themes.theme import Theme

THEME = Theme(
    key="santalucia",
    brand=Brand(
        main="#0f7f86",
        accent="#ffb938",
        letters="round",
        corners="round",
        motif="arcs",
        logo="mark:santalucia",
        tint="strong",
    ),
    folder=Path(__file__).parent,
    names={"es": "Santa Lucía", "en": "Santa Lucía", "ar": "سانتا لوسيا"},
    taglines={"es": "Hospital Infantil", "en": "Children's Hospital", "ar": "مستشفى الأطفال"},
)
