"""What a hospital chooses. Seven values, each a plain colour or one of a few words.

A brand never holds CSS, markup or an address: that is the whole defence against a hospital (or somebody in its name)
writing rules into other people's pages, so everything that is not exactly a colour or a known word is refused.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Literal, get_args

from themes.compiler.color import HEX_COLOR

Letters = Literal["round", "clear", "classic", "arabic", "system"]
Corners = Literal["sharp", "soft", "round"]
Motif = Literal["none", "arcs", "contours", "lattice", "waves", "dots"]
Tint = Literal["faint", "gentle", "strong"]

CHOICES: dict[str, tuple[str, ...]] = {
    "letters": get_args(Letters),
    "corners": get_args(Corners),
    "motif": get_args(Motif),
    "tint": get_args(Tint),
}
LOGO = re.compile(r"mark:[a-z][a-z0-9-]{0,39}|upload:[0-9a-f]{64}|monogram")


class BrandInvalid(ValueError):
    """A value of a brand is not a plain colour or a known choice. ``field`` and ``reason`` say which and why."""

    def __init__(self, field: str, reason: Literal["color", "choice", "logo", "missing"]) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Brand:
    """The seven choices.

    ``main`` and ``accent`` are ``#rrggbb``; ``logo`` is ``mark:<name>`` (drawn by us, in a theme package),
    ``upload:<sha256 of the cleaned file>`` or ``monogram`` (the first letters of the hospital's name).
    """

    main: str
    accent: str
    letters: Letters = "clear"
    corners: Corners = "soft"
    motif: Motif = "none"
    logo: str = "monogram"
    tint: Tint = "gentle"

    def __post_init__(self) -> None:
        for name in ("main", "accent"):
            value = getattr(self, name)
            if not isinstance(value, str) or not HEX_COLOR.fullmatch(value.lower()):
                raise BrandInvalid(name, "color")
            object.__setattr__(self, name, value.lower())
        for name, allowed in CHOICES.items():
            if getattr(self, name) not in allowed:
                raise BrandInvalid(name, "choice")
        if not isinstance(self.logo, str) or not LOGO.fullmatch(self.logo):
            raise BrandInvalid("logo", "logo")

    @classmethod
    def from_mapping(cls, values: Mapping[str, object]) -> "Brand":
        """A brand out of stored JSON. Keys that are no choice (name, tagline ...) are left alone.

        Raises BrandInvalid when a colour is missing or a value is not exactly what it may be.
        """
        for name in ("main", "accent"):
            if name not in values:
                raise BrandInvalid(name, "missing")
        chosen = {field.name: values[field.name] for field in fields(cls) if field.name in values}
        return cls(**chosen)  # type: ignore[arg-type]  # __post_init__ checks each value at run time

    def as_mapping(self) -> dict[str, str]:
        """The brand as plain values for a JSON field."""
        return asdict(self)
