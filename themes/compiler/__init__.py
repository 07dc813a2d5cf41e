"""The theme compiler: seven choices of a hospital become every colour, length and letter of its portal.

Pure Python without Django, so that it can be tested by the thousand and used by the command line, e-mail and PDF alike.
"""

from themes.compiler.brand import CHOICES, Brand, BrandInvalid
from themes.compiler.color import contrast
from themes.compiler.tokens import MODES, PAIRS, STATUS_PAIRS, CompiledTheme, Measure, ModeName, Pair, compile_brand

__all__ = [
    "CHOICES",
    "MODES",
    "PAIRS",
    "STATUS_PAIRS",
    "Brand",
    "BrandInvalid",
    "CompiledTheme",
    "Measure",
    "ModeName",
    "Pair",
    "compile_brand",
    "contrast",
]
