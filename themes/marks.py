"""Logos as inline SVG: our own marks, cleaned uploads, and a monogram where a hospital has neither.

An uploaded SVG is the one place where a hospital hands us markup. It is parsed and written anew from a list of what
is allowed; what is not on the list (scripts, styles, links, outside addresses, entities) refuses the whole file
rather than being cut out, so that nobody is surprised by half a logo.
"""

import re
from functools import lru_cache
from xml.etree import ElementTree

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from themes.compiler import Brand
from themes.registry import THEMES

MAX_BYTES = 60_000
MAX_ELEMENTS = 500
SVG = "{http://www.w3.org/2000/svg}"

SHAPES = {"svg", "g", "path", "circle", "ellipse", "rect", "line", "polyline", "polygon", "title", "desc"}
NUMBERS = re.compile(r"[0-9eE.,+\-\s%]{0,400}")
PATH = re.compile(r"[MmLlHhVvCcSsQqTtAaZz0-9eE.,+\-\s]{0,20000}")
COLOR = re.compile(r"none|currentColor|#[0-9a-fA-F]{3}|#[0-9a-fA-F]{6}|[a-z]{3,20}|rgb\([0-9 ,.%]{5,40}\)")
TRANSFORM = re.compile(r"(?:(?:translate|scale|rotate|matrix|skewX|skewY)\([0-9eE.,+\-\s]{1,120}\)\s*){1,8}")
WORD = re.compile(r"[a-z-]{1,20}")
ATTRIBUTES: dict[str, re.Pattern[str]] = {
    "d": PATH,
    "points": re.compile(r"[0-9eE.,+\-\s]{0,20000}"),
    "fill": COLOR,
    "stroke": COLOR,
    "transform": TRANSFORM,
    "fill-rule": WORD,
    "clip-rule": WORD,
    "stroke-linecap": WORD,
    "stroke-linejoin": WORD,
    **dict.fromkeys(
        ("viewBox", "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "ry", "width", "height"), NUMBERS
    ),
    **dict.fromkeys(("stroke-width", "stroke-miterlimit", "opacity", "fill-opacity", "stroke-opacity"), NUMBERS),
}
# Left out without a word: they change nothing that is seen and every drawing program writes them.
HARMLESS = {"id", "version", "baseProfile", "class", "enable-background"}


class LogoRefused(ValueError):
    """The file is no plain drawing. ``reason`` is one of ``size``, ``syntax``, ``content``, ``box``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def clean_svg(text: str) -> str:
    """The same drawing written anew from allowed shapes and attributes.

    Raises LogoRefused for files above 60 kB, broken XML, a document type or entity, any element or attribute that is
    not a plain shape, and drawings without a ``viewBox``.
    """
    if len(text.encode()) > MAX_BYTES:
        raise LogoRefused("size")
    if re.search(r"<!\s*(DOCTYPE|ENTITY)|<\?xml-stylesheet", text, re.IGNORECASE):
        raise LogoRefused("content")
    try:
        root = ElementTree.fromstring(text)  # noqa: S314  # document types are refused above: no entities
    except ElementTree.ParseError as error:
        raise LogoRefused("syntax") from error
    if _local_name(root) != "svg":
        raise LogoRefused("content")
    elements = list(root.iter())
    if len(elements) > MAX_ELEMENTS:
        raise LogoRefused("size")
    if "viewBox" not in root.attrib:
        raise LogoRefused("box")
    cleaned = _copy(root)
    cleaned.attrib.pop("width", None)
    cleaned.attrib.pop("height", None)
    return ElementTree.tostring(cleaned, encoding="unicode")


def _local_name(element: ElementTree.Element) -> str:
    name = element.tag.removeprefix(SVG) if isinstance(element.tag, str) else ""
    if name not in SHAPES:
        raise LogoRefused("content")
    return name


def _copy(element: ElementTree.Element) -> ElementTree.Element:
    name = _local_name(element)
    kept = {}
    for attribute, value in element.attrib.items():
        if attribute in HARMLESS or attribute.startswith("{http://www.w3.org/XML/1998/namespace}"):
            continue
        allowed = ATTRIBUTES.get(attribute)
        if allowed is None or not allowed.fullmatch(value.strip()):
            raise LogoRefused("content")
        kept[attribute] = value.strip()
    made = ElementTree.Element(name, kept)
    if name in {"title", "desc"}:
        made.text = element.text
    made.extend([_copy(child) for child in element])
    return made


@lru_cache(maxsize=32)
def _own_mark(key: str) -> SafeString:
    # Safe because the file is committed by us; a test reads each one and allows only shapes and mark-* classes.
    drawing = THEMES[key].mark().strip()
    return mark_safe(drawing.replace("<svg ", '<svg class="mark" aria-hidden="true" focusable="false" ', 1))  # noqa: S308


# What stands before a name and is none. In Arabic a letter and a stroke or point (د. أ.د. م/), or the whole word.
_TITLE = re.compile(
    r"(?:(?:Dr|Dra|Drs|Prof|Profa|Mr|Mrs|Ms|Sr|Sra|Srta)\.?|Doctor|Doctora|Professor|Profesor|Profesora"
    r"|[دأام](?:[./](?:[دأام][./]?)?)?|الدكتور|الدكتورة|دكتور|دكتورة|الأستاذ|الأستاذة|الطبيب|الطبيبة)",
    re.IGNORECASE,
)


def initials(name: str) -> str:
    """At most two first letters of a name, for monograms and avatars, titles left out; Arabic names give one, as
    letters join."""
    words = [word for word in re.split(r"[\s\-·]+", name) if word and word[0].isalnum()]
    words = [word for word in words if not _TITLE.fullmatch(word)] or words
    words = [word for word in words if word[0].isupper()] or words
    letters = "".join(word[0] for word in (words if len(words) < 2 else [words[0], words[-1]]))
    return letters[:1] if re.search(r"[\u0590-\u08ff]", letters) else letters.upper()


def monogram(name: str) -> SafeString:
    """A square with the first letters of the hospital's name."""
    return format_html(
        '<svg class="mark" viewBox="0 0 40 40" aria-hidden="true" focusable="false">'
        '<rect class="mark-main" width="40" height="40" rx="9"/>'
        '<text class="mark-on mark-letters" x="20" y="26" text-anchor="middle">{}</text></svg>',
        initials(name),
    )


def logo_svg(brand: Brand, *, name: str, upload: str = "") -> SafeString:
    """The hospital's logo for the inside of a page; decorative, as the name always stands beside it.

    ``upload`` is the stored text of an uploaded SVG; it is cleaned again here, whatever was done when it was stored.
    """
    kind, _, key = brand.logo.partition(":")
    if kind == "mark" and key in THEMES:
        return _own_mark(key)
    if kind == "upload" and upload:
        drawing = clean_svg(upload)
        return mark_safe(drawing.replace("<svg", '<svg class="mark" aria-hidden="true" focusable="false"', 1))  # noqa: S308
    return monogram(name)


def _in_own_colors(brand: Brand, *, name: str, upload: str = "") -> str:
    drawing = str(logo_svg(brand, name=name, upload=upload))
    colors = {"mark-main": brand.main, "mark-accent": brand.accent, "mark-on": "#ffffff"}
    colors |= {"mark-ink": "#191d2c", "mark-paper": "#ffffff"}
    for word, color in colors.items():
        drawing = re.sub(rf'class="{word}(?: mark-letters)?"', f'fill="{color}"', drawing)
    letters = ' font-family="sans-serif" font-weight="700" font-size="17" text-anchor'
    return drawing.replace(" text-anchor", letters)


def colored_mark(brand: Brand, *, name: str, upload: str = "") -> SafeString:
    """The mark with the brand's colors written into it, for the inside of pages that have another brand."""
    # Safe as logo_svg is; the colors were checked to be #rrggbb when the brand was read.
    drawing = _in_own_colors(brand, name=name, upload=upload)
    return mark_safe(drawing.replace('class="mark"', 'class="mark mark-own"', 1))  # noqa: S308


def icon_svg(brand: Brand, *, name: str) -> str:
    """The mark as a file of its own (browser tab, app icon): classes become real colours."""
    drawing = _in_own_colors(brand, name=name)
    drawing = drawing.replace(' class="mark" aria-hidden="true" focusable="false"', "")
    return drawing.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
