"""QR codes as inline SVG, without a style of their own."""

import segno
from django.utils.html import format_html
from django.utils.safestring import SafeString

_QUIET_ZONE = 4


def svg(text: str, *, label: str) -> SafeString:
    """``text`` as a QR code, named ``label`` for those who do not see it. Colours come from the page's style sheet.

    Dark modules are one path of unit squares; a quiet zone of four modules is part of the picture (ISO/IEC 18004).
    """
    rows = segno.make(text, error="m", micro=False).matrix
    path = "".join(
        f"M{column + _QUIET_ZONE},{line + _QUIET_ZONE}h1v1h-1z"
        for line, row in enumerate(rows)
        for column, dark in enumerate(row)
        if dark
    )
    size = len(rows) + 2 * _QUIET_ZONE
    return format_html(
        '<svg class="qr" role="img" aria-label="{}" viewBox="0 0 {} {}" width="240" height="240"'
        ' shape-rendering="crispEdges"><rect width="{}" height="{}" fill="#fff"/><path d="{}" fill="#000"/></svg>',
        label,
        size,
        size,
        size,
        size,
        path,
    )
