"""Small pictures for tables: a line without numbers and a share of a whole. The number always stands beside them."""

from collections.abc import Sequence

from django.utils.safestring import SafeString, mark_safe


def sparkline(values: Sequence[float], *, rtl: bool) -> SafeString:
    """A line of at least two values, oldest first; hidden from readers, since its cell says the same in words."""
    low, high = min(values), max(values)
    span = (high - low) or 1
    last = max(len(values) - 1, 1)
    places = [(last - index if rtl else index) / last * 70 + 1 for index in range(len(values))]
    heights = [21 - (value - low) / span * 18 if high > low else 20.0 for value in values]
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(places, heights, strict=True))
    return mark_safe(  # noqa: S308  # numbers only
        '<svg class="spark" viewBox="0 0 72 22" aria-hidden="true" focusable="false">'
        f'<polyline points="{points}"/></svg>'
    )


def meter(share: float, *, rtl: bool, tone: str = "fill") -> SafeString:
    """A bar of ``share`` (0 to 1) of its width; ``tone`` is ``fill``, ``warn`` or ``crit``."""
    width = min(max(share, 0.0), 1.0) * 100
    start = 100 - width if rtl else 0
    css = tone if tone in {"fill", "warn", "crit"} else "fill"
    return mark_safe(  # noqa: S308  # numbers and a checked word only
        '<svg aria-hidden="true" focusable="false"><rect class="m-rail" width="100%" height="100%"/>'
        f'<rect class="m-{css}" x="{start:.1f}%" width="{width:.1f}%" height="100%"/></svg>'
    )
