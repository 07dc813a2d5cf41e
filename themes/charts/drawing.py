"""The small pen that all charts share.

Positions along the page are percentages and heights are ``em``: a chart then fills its card at any width while its
words keep their size and grow with the reader's. Right to left mirrors positions only, never words.
Colours are classes of the style sheet, so the four modes reach charts too; there is no inline style.
"""

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr


class Pen:
    """Collects SVG elements; ``x`` is 0 (where reading starts) to 100 (where it ends)."""

    def __init__(self, *, rtl: bool) -> None:
        self.rtl = rtl
        self._parts: list[str] = []

    def place(self, x: float) -> str:
        """A position along the page as a percentage, mirrored when reading runs right to left."""
        return f"{_short(100 - x if self.rtl else x)}%"

    def rect(self, x: float, y: float, width: float, height: float, *, css: str, radius: float = 0) -> None:
        """A filled rectangle; ``x`` and ``width`` in percent, ``y`` and ``height`` in em, ``radius`` in px."""
        start = self.place(x + width) if self.rtl else self.place(x)
        rounded = f' rx="{_short(radius)}"' if radius else ""
        size = f'width="{_short(width)}%" height="{_short(height)}em"'
        self._parts.append(f'<rect class="{css}" x="{start}" y="{_short(y)}em" {size}{rounded}/>')

    def line(self, x1: float, y1: float, x2: float, y2: float, *, css: str) -> None:
        """A straight line between two places."""
        self._parts.append(
            f'<line class="{css}" x1="{self.place(x1)}" y1="{_short(y1)}em" x2="{self.place(x2)}" y2="{_short(y2)}em"/>'
        )

    def circle(self, x: float, y: float, radius: float, *, css: str) -> None:
        """A point; ``radius`` in px."""
        self._parts.append(f'<circle class="{css}" cx="{self.place(x)}" cy="{_short(y)}em" r="{_short(radius)}"/>')

    def words(self, x: float, y: float, text: str, *, css: str = "", anchor: str = "middle") -> None:
        """Words at a place; ``anchor`` is ``start``, ``middle`` or ``end`` in the direction of reading."""
        # The class sits on the inner span: a letter size of the text itself would change what its own em means.
        shown = f"<tspan class={quoteattr(css)}>{escape(text)}</tspan>" if css else escape(text)
        self._parts.append(f'<text x="{self.place(x)}" y="{_short(y)}em" text-anchor="{anchor}">{shown}</text>')

    def shape(self, x: float, y: float, path: str, *, css: str) -> None:
        """A small drawing in px around a place."""
        self._parts.append(
            f'<svg x="{self.place(x)}" y="{_short(y)}em" overflow="visible"><path class="{css}" d="{path}"/></svg>'
        )

    def finish(self, *, height: float, title: str, summary: str, name: str) -> str:
        """The whole picture with its name and one-sentence summary for those who hear it."""
        return (
            f'<svg class="chart" role="img" width="100%" height="{_short(height)}em" '
            f'aria-labelledby="{name}-title {name}-summary">'
            f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-summary">{escape(summary)}</desc>'
            f"{''.join(self._parts)}</svg>"
        )


def _short(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")


def ticks(low: float, high: float, *, most: int = 6) -> Sequence[float]:
    """At most ``most`` round numbers that cover ``low`` to ``high``, in steps of 1, 2 or 5 times a power of ten."""
    span = max(high - low, abs(high) * 0.1, 1e-9)
    power = 10.0
    while power > span:
        power /= 10
    while power * 10 <= span:
        power *= 10
    for step in (power / 10, power / 5, power / 2, power, power * 2, power * 5, power * 10):
        first = int(low // step)
        last = int(-(-high // step))
        if last - first < most:
            return [round(number * step, 10) for number in range(first, last + 1)]
    return [low, high]
