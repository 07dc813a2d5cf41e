"""The provider's own look: the console and the networks' pages. Calm, clear letters, no motif."""

from pathlib import Path

from themes.compiler import Brand
from themes.theme import Theme

THEME = Theme(
    key="provider",
    brand=Brand(
        main="#3d4fd1",
        accent="#12a594",
        letters="clear",
        corners="soft",
        motif="none",
        logo="mark:provider",
        tint="faint",
    ),
    folder=Path(__file__).parent,
    names={"en": "Console", "es": "Consola", "ar": "لوحة التحكم"},
    taglines={"en": "Provider", "es": "Proveedor", "ar": "المزوّد"},
)
