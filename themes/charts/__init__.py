"""Charts drawn by us as SVG: no library, no script, no inline style, the reader's direction and digits."""

from themes.charts.digits import write_numbers
from themes.charts.range_bar import RangeBar, Zone
from themes.charts.small import meter, sparkline
from themes.charts.trend import Point, TrendChart

__all__ = [
    "Point",
    "RangeBar",
    "TrendChart",
    "Zone",
    "meter",
    "sparkline",
    "write_numbers",
]
