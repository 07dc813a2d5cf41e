"""Tags that components and pages use: icons, charts, digits and forms."""

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from django import template
from django.http import QueryDict
from django.utils.html import conditional_escape as escape
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language_bidi
from lucide.templatetags.lucide import lucide as draw_icon

from kernel.i18n import formats
from kernel.i18n.digits import write_digits
from themes import marks
from themes.charts import RangeBar, TrendChart, write_numbers
from themes.charts import meter as draw_meter
from themes.charts import sparkline as draw_sparkline

register = template.Library()

TONES = ("ok", "warn", "crit", "info")

_ATTRIBUTE = re.compile(r"[a-z][a-z0-9:.\-]*")

# Arrows follow the direction of reading; clocks, checks and everything that shows a thing do not.
FLIPPING = (
    "arrow-left", "arrow-right", "chevron-left", "chevron-right", "chevrons-left", "chevrons-right", "arrow-up-right",
    "log-out", "log-in", "send", "reply", "forward", "undo", "undo-2", "redo", "corner-down-left", "external-link",
    "list", "list-checks", "text", "message-square-text", "navigation", "panel-left",
)  # fmt: skip


@cache
def _icon(name: str, extra: str) -> SafeString:
    css = " ".join(part for part in ("icon", "flips" if name in FLIPPING else "", extra) if part)
    drawing = str(draw_icon(name, size=24, aria_hidden="true", focusable="false", **{"class": css}))
    # Size and line come from the style sheet, so that icons grow with the words beside them.
    for attribute in (' width="24"', ' height="24"', ' stroke-width="2"'):
        drawing = drawing.replace(attribute, "", 1)
    return mark_safe(drawing)  # noqa: S308  # from the lucide package; the class is checked by the caller


@register.simple_tag
def icon(name: str, extra: str = "", label: str = "") -> SafeString:
    """A lucide icon as inline SVG, decorative unless ``label`` is given: only for an icon that stands alone."""
    if not all(character.isalnum() or character in "- _" for character in extra):
        raise template.TemplateSyntaxError(f"{extra!r} is no list of class names")
    drawing = _icon(name, extra)
    return format_html('{}<span class="hidden-words">{}</span>', drawing, label) if label else drawing


def _digits(context: template.Context) -> str:
    return getattr(context.get("reading"), "digits", "latn")


@register.simple_tag(takes_context=True)
def chart(context: template.Context, picture: RangeBar | TrendChart) -> SafeString:
    """Draw a range bar or a trend in the direction and digits of this page."""
    return picture.svg(rtl=get_language_bidi(), digits=_digits(context))


@register.simple_tag
def sparkline(values: Sequence[float]) -> SafeString:
    """A small line for a table cell; the cell must say the same in words or numbers."""
    return draw_sparkline(values, rtl=get_language_bidi())


@register.simple_tag
def meter(share: float, tone: str = "fill") -> SafeString:
    """A small bar for a share of 0 to 1; the number must stand beside it."""
    return draw_meter(float(share or 0), rtl=get_language_bidi(), tone=tone)


@register.simple_tag(takes_context=True)
def in_digits(context: template.Context, value: object) -> str:
    """Text with Latin digits in the digits of this page: dates, times, counts."""
    return write_digits(str(value), _digits(context))


@register.simple_tag(takes_context=True)
def in_number(context: template.Context, value: object) -> str:
    """A measured value in the digits and separators of this page; not for codes, versions or telephone numbers."""
    return write_numbers(str(value), _digits(context))


@register.simple_tag(takes_context=True)
def phone_link(context: template.Context, number: str) -> SafeString:
    """A telephone number to press, shown in the digits of this page and always read from left to right."""
    shown = write_digits(str(number), _digits(context))
    return format_html('<a href="tel:{}"><bdo dir="ltr">{}</bdo></a>', formats.dialled(number), shown)


@register.filter
def initials(name: str) -> str:
    """The letters of an avatar."""
    return marks.initials(str(name))


@register.filter
def is_box(field: Any) -> bool:
    """Whether a bound field is one check box, whose words stand behind it and not above."""
    return getattr(field.field.widget, "input_type", "") == "checkbox" and not field.use_fieldset


@register.simple_tag
def pass_on(attrs: Any) -> SafeString:
    """What a page hands to a component beyond its declared attributes (``hx-get``, ``data-...``, ``id``), escaped.

    Cotton's own ``{{ attrs }}`` writes values as they are, so a name with a quotation mark could leave its attribute;
    components use this tag instead, and a test keeps it so. Scripts and styles are refused: the page's policy would
    block them anyway.
    """
    passed = {key: value for key, value in attrs.attrs_dict().items() if value is not False and value is not None}
    for key in passed:
        if not _ATTRIBUTE.fullmatch(key) or key == "style" or key.startswith("on") or key in {"srcdoc", "formaction"}:
            raise template.TemplateSyntaxError(f"{key!r} may not be handed to a component")
    return mark_safe(  # noqa: S308  # names are checked above, values escaped below
        "".join(f" {key}" if value is True else f' {key}="{escape(value)}"' for key, value in passed.items())
    )


@register.simple_tag
def tone_of(name: str) -> str:
    """Our tone for a word of ours or of Django's messages: ``ok``, ``warn``, ``crit`` or ``info``."""
    return {"success": "ok", "warning": "warn", "error": "crit"}.get(name, name if name in TONES else "info")


@register.simple_tag(takes_context=True)
def page_address(context: template.Context, name: str, number: int) -> str:
    """The address of another page of the same list: filters and sorting in the address stay."""
    request = context.get("request")
    query = request.GET.copy() if request else QueryDict(mutable=True)
    query[name] = str(number)
    return f"?{query.urlencode()}"


@register.simple_tag(takes_context=True)
def unit_in_script(context: template.Context, unit: str) -> str:
    """A unit as this page writes it: Arabic has a percent sign of its own, other units stay."""
    return "٪" if unit == "%" and _digits(context) in {"arab", "arabext"} else unit
