"""What a theme package holds: a brand, a mark drawn by us, and the words of a demonstration hospital."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from themes.compiler import Brand


@dataclass(frozen=True)
class Theme:
    """One package below ``themes/``. ``names`` and ``taglines`` are by language code; ``folder`` holds ``mark.svg``."""

    key: str
    brand: Brand
    folder: Path
    names: Mapping[str, str]
    taglines: Mapping[str, str] = field(default_factory=dict)

    def mark(self) -> str:
        """The text of the mark, as committed beside the package."""
        return (self.folder / "mark.svg").read_text(encoding="utf-8")

    def as_hospital_brand(self, *, language: str) -> dict[str, str]:
        """The brand with the name pieces in ``language``: what a demonstration hospital stores as its brand."""
        return {
            **self.brand.as_mapping(),
            "name": self.names.get(language, next(iter(self.names.values()))),
            "tagline": self.taglines.get(language, next(iter(self.taglines.values()), "")),
        }
