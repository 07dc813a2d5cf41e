"""Colour arithmetic: sRGB, OKLCH and the WCAG contrast ratio.

The matrices are those of Björn Ottosson's OKLab (2020) and the contrast formula is WCAG 2.2, "relative luminance".
Everything is measured on the eight-bit colour that is really written into the CSS, never on the exact one before
rounding, so that a ratio we promise is the ratio a browser shows.
"""

import math
import re
from dataclasses import dataclass
from functools import lru_cache

HEX_COLOR = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True, slots=True)
class Oklch:
    """A colour as lightness (0 to 1), chroma (0 to about 0.37) and hue (degrees)."""

    lightness: float
    chroma: float
    hue: float


def channels(color: str) -> tuple[int, int, int]:
    """The red, green and blue (0 to 255) of a colour written as ``#rrggbb``."""
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _gamma(channel: float) -> float:
    return 12.92 * channel if channel <= 0.0031308 else 1.055 * channel ** (1 / 2.4) - 0.055


_LINEAR = tuple(_linear(value / 255) for value in range(256))


def to_oklch(color: str) -> Oklch:
    """``#rrggbb`` as OKLCH. A grey has chroma 0 and hue 0, because its measured hue is only rounding noise."""
    red, green, blue = (_LINEAR[value] for value in channels(color))
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    middle = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    lightness = 0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short
    a = 1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short
    chroma = math.hypot(a, b)
    if chroma < 0.002:
        return Oklch(lightness, 0.0, 0.0)
    return Oklch(lightness, chroma, math.degrees(math.atan2(b, a)) % 360)


def _to_linear_rgb(lightness: float, chroma: float, cosine: float, sine: float) -> tuple[float, float, float]:
    a, b = chroma * cosine, chroma * sine
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )


def _is_shown(rgb: tuple[float, float, float]) -> bool:
    return all(-0.0005 <= channel <= 1.0005 for channel in rgb)


@lru_cache(maxsize=4096)
def to_hex(lightness: float, chroma: float, hue: float) -> str:
    """The nearest colour that sRGB can show: lightness and hue are kept and chroma gives way."""
    lightness = min(max(lightness, 0.0), 1.0)
    cosine, sine = math.cos(math.radians(hue)), math.sin(math.radians(hue))
    rgb = _to_linear_rgb(lightness, chroma, cosine, sine)
    if not _is_shown(rgb):
        low, high = 0.0, chroma
        for _ in range(11):
            middle = (low + high) / 2
            if _is_shown(_to_linear_rgb(lightness, middle, cosine, sine)):
                low = middle
            else:
                high = middle
        rgb = _to_linear_rgb(lightness, low, cosine, sine)
    return "#" + "".join(f"{round(_gamma(min(max(channel, 0.0), 1.0)) * 255):02x}" for channel in rgb)


@lru_cache(maxsize=4096)
def luminance(color: str) -> float:
    """WCAG relative luminance, 0 (black) to 1 (white)."""
    red, green, blue = (_LINEAR[value] for value in channels(color))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    """The WCAG contrast ratio of two colours, 1 to 21; the order does not matter."""
    darker, lighter = sorted((luminance(first), luminance(second)))
    return (lighter + 0.05) / (darker + 0.05)


def veil(color: str, share: float) -> str:
    """``color`` under white of the given opacity (0 to 1), as a browser paints it."""
    return "#" + "".join(f"{round(value + (255 - value) * share):02x}" for value in channels(color))
