"""Al-Waha, "the oasis", a hospital in Arabic from right to left: star lattice, palm green and gold."""

from pathlib import Path

from themes.compiler import Brand
from themes.theme import Theme

THEME = Theme(
    key="alwaha",
    brand=Brand(
        main="#17694d",
        accent="#d9a441",
        letters="arabic",
        corners="round",
        motif="lattice",
        logo="mark:alwaha",
        tint="gentle",
    ),
    folder=Path(__file__).parent,
    names={"ar": "مستشفى الواحة", "en": "Al-Waha Hospital", "es": "Hospital Al-Waha"},
    taglines={"ar": "رعاية تقربك من أهلك", "en": "Care close to family", "es": "Cuidado cerca de los tuyos"},
)
