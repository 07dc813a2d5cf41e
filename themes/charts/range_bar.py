"""Where one value lies between named zones: the answer to "is this good?"."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from django.utils.safestring import SafeString, mark_safe

from themes.charts.digits import write_numbers
from themes.charts.drawing import Pen

ZoneTone = Literal["ok", "warn", "crit", "info", "none"]


@dataclass(frozen=True)
class Zone:
    """A part of the scale up to ``upper`` (in the unit of the value). ``detail`` says its borders in words."""

    label: str
    upper: float
    tone: ZoneTone
    detail: str = ""


@dataclass(frozen=True)
class RangeBar:
    """A value on a scale from ``low`` through the zones.

    ``marker`` is what stands over the value ("You: 6.9%"), already formatted with Latin digits. ``name`` must be unique
    on the page, as the picture is described by elements of that id.
    """

    value: float
    low: float
    zones: Sequence[Zone]
    marker: str
    title: str
    summary: str
    name: str = "range"

    @property
    def zone(self) -> Zone:
        """The zone the value lies in; the last one also holds everything above."""
        return next((zone for zone in self.zones if self.value < zone.upper), self.zones[-1])

    def svg(self, *, rtl: bool, digits: str) -> SafeString:
        """The picture: zones wide enough for their words, and the marker inside its own zone at the right share."""
        pen = Pen(rtl=rtl)
        top, height, gap = 2.35, 1.05, 0.5
        widths = self._widths()
        start, lower = 0.0, self.low
        place = 0.0
        for zone, width in zip(self.zones, widths, strict=True):
            pen.rect(start, top, width - gap, height, css=f"z-{zone.tone}", radius=5)
            middle = start + (width - gap) / 2
            pen.words(middle, top + height + 1.25, write_numbers(zone.label, digits), css="c-strong")
            if zone.detail:
                pen.words(middle, top + height + 2.65, write_numbers(zone.detail, digits), css="c-soft")
            if zone is self.zone:
                share = (self.value - lower) / (zone.upper - lower) if zone.upper > lower else 0.5
                place = start + (width - gap) * min(max(share, 0.03), 0.97)
            start, lower = start + width, zone.upper
        pen.shape(place, top, "M-4-2h8v22h-8z", css="c-gap")
        pen.shape(place, top, "M-1.5-4h3v23h-3zM-9.500-15h19L0-4z", css="c-ink")
        anchor = "start" if place < 12 else "end" if place > 88 else "middle"
        pen.words(place, 0.95, write_numbers(self.marker, digits), css="c-strong", anchor=anchor)
        picture = pen.finish(
            height=top + height + 3.1,
            title=self.title,
            summary=write_numbers(self.summary, digits),
            name=self.name,
        )
        return mark_safe(picture)  # noqa: S308  # the pen escapes every word it is given

    def _widths(self) -> list[float]:
        """Shares of 100, true to the scale but never under 20: words must fit below each zone on a phone."""
        bounds = [self.low, *(zone.upper for zone in self.zones)]
        spans = [max(high - low, 0.0) for low, high in pairwise(bounds)]
        total = sum(spans) or 1
        least = min(22.0, 100 / len(spans))
        widths = [max(span / total * 100, least) for span in spans]
        excess = sum(widths) - 100
        room = sum(width - least for width in widths) or 1
        return [width - (width - least) / room * excess for width in widths]
