"""How a value moved: few points, each with its number printed, a goal band, and a table behind it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString, mark_safe

from themes.charts.digits import write_numbers
from themes.charts.drawing import Pen, ticks


@dataclass(frozen=True)
class Point:
    """One measurement. ``label`` is its time in short words, ``text`` the value as printed (Latin digits).

    ``is_here`` marks the one that the page is about; the newest when none is marked. ``lower`` is the second value of
    what is measured in two that lie apart, as blood pressure is; all points of a chart have one, or none.
    """

    label: str
    value: float
    text: str
    full_label: str = ""
    note: str = ""
    is_here: bool = False
    lower: float | None = None
    lower_text: str = ""
    lower_note: str = ""


@dataclass(frozen=True)
class TrendChart:
    """Measurements from oldest to newest, evenly spaced; at most a dozen can be read on a phone.

    ``tick`` formats a number of the scale: ``"{:g}%"``, or a function that knows the reader's separators. The goal
    band is drawn when ``goal_label`` is given, between ``goal_low`` and ``goal_high`` (either may be missing).
    ``name`` must be unique on the page. ``line_names`` are written at the lines of points with two values, the upper
    one's first; ``lower_heading`` heads the second column of their table, and ``unit`` stands below both headings.
    """

    points: Sequence[Point]
    title: str
    summary: str
    tick: str | Callable[[float], str] = "{:g}"
    goal_low: float | None = None
    goal_high: float | None = None
    goal_label: str = ""
    name: str = "trend"
    value_heading: str = ""
    lower_heading: str = ""
    unit: str = ""
    line_names: tuple[str, str] = ("", "")

    def _scale(self) -> Sequence[float]:
        numbers = [point.value for point in self.points]
        lower = [point.lower for point in self.points if point.lower is not None]
        if lower:
            spread = (max(numbers) - min(lower)) or 1
            # Values and names stand above the upper line and below the lower one.
            return ticks(max(min(lower) - spread * 0.45, 0), max(numbers) + spread * 0.25, most=8)
        numbers += [goal for goal in (self.goal_low, self.goal_high) if goal is not None]
        spread = (max(numbers) - min(numbers)) or abs(max(numbers)) * 0.1 or 1
        low = min(numbers) - spread * 0.35
        if self.goal_low is None and self.goal_high is not None:
            low -= spread * 0.75  # the band below a goal is seen as a band
        return ticks(max(low, 0) if min(numbers) >= 0 else low, max(numbers) + spread * 0.2)

    def _anchor(self, index: int, words: str) -> str:
        """Where words stand at a point: long ones at the ends run inward, or they would leave the picture."""
        if len(words) <= 4 or len(self.points) == 1:
            return "middle"
        return "start" if index == 0 else "end" if index == len(self.points) - 1 else "middle"

    def svg(self, *, rtl: bool, digits: str) -> SafeString:
        """The picture, 17 to 19 lines of text high."""
        pen = Pen(rtl=rtl)
        scale = self._scale()
        low, high = scale[0], scale[-1]
        write = self.tick.format if isinstance(self.tick, str) else self.tick
        labels = [write_numbers(write(number), digits) for number in scale]
        # The words of the goal stand above the picture, where no line and no value can run into them.
        top = 3.2 if self.goal_label else 1.2
        bottom = top + 13.0
        left = max(7.0, 2.4 + 2.6 * max(map(len, labels)))
        right = 97.0

        def height_of(value: float) -> float:
            return bottom - (value - low) / (high - low) * (bottom - top)

        if self.goal_label:
            upper = self.goal_high if self.goal_high is not None else high
            lower = self.goal_low if self.goal_low is not None else low
            pen.rect(left, height_of(upper), right - left, height_of(lower) - height_of(upper), css="c-goal")
        for number in scale:
            pen.line(left, height_of(number), right, height_of(number), css="c-grid")
        if self.goal_label:
            for goal in (self.goal_low, self.goal_high):
                if goal is not None:
                    pen.line(left, height_of(goal), right, height_of(goal), css="c-goal-edge")
            pen.words(0, 0.95, write_numbers(self.goal_label, digits), css="c-goal-words", anchor="start")
        # After the lines, which large letters cover where they reach into the picture.
        for number, label in zip(scale, labels, strict=True):
            pen.words(0, height_of(number) + 0.35, label, css="c-soft", anchor="start")
        count = len(self.points)
        inset = 8.0
        places = [
            left + inset + (right - left - inset) * (index / (count - 1) if count > 1 else 0.5)
            for index in range(count)
        ]
        # Of each line: heights of its points, their words, and how far below a point these and the line's name stand.
        lines = [([height_of(point.value) for point in self.points], [point.text for point in self.points], -1.0, -2.3)]
        under = [height_of(point.lower) for point in self.points if point.lower is not None]
        if under:
            lines.append((under, [point.lower_text for point in self.points], 1.75, 2.95))
        here = next((index for index, point in enumerate(self.points) if point.is_here), count - 1)
        for (heights, texts, below, name_below), line_name in zip(lines, self.line_names, strict=False):
            for index in range(1, count):
                pen.line(places[index - 1], heights[index - 1], places[index], heights[index], css="c-line")
            if line_name:
                pen.words(left + 1, heights[0] + name_below, line_name, css="c-soft", anchor="start")
            for index, (y, text, place) in enumerate(zip(heights, texts, places, strict=True)):
                pen.circle(place, y, 8.5 if index == here else 5.5, css="c-last" if index == here else "c-point")
                pen.words(
                    place,
                    y + below,
                    write_numbers(text, digits),
                    css="c-big" if index == here else "c-strong",
                    anchor=self._anchor(index, text),
                )
        for index, (point, place) in enumerate(zip(self.points, places, strict=True)):
            marked = "c-strong" if point.is_here and index != count - 1 else "c-soft"
            pen.words(place, bottom + 1.7, write_numbers(point.label, digits), css=marked)
        picture = pen.finish(
            height=bottom + 2.3, title=self.title, summary=write_numbers(self.summary, digits), name=self.name
        )
        return mark_safe(picture)  # noqa: S308  # the pen escapes every word it is given
