"""Pictures of every page for people to look at.

``PORTICO_SCREENS=folder python -m pytest tests/e2e/test_screens.py``; ``PORTICO_SCREEN_MODES``,
``PORTICO_SCREEN_WIDTHS`` and ``PORTICO_SCREEN_PAGES`` choose some.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Furnished
from tests.e2e.pages import PATIENT_PAGES, PUBLIC_PAGES, STAFF_PAGES, address_of

pytestmark = [pytest.mark.browser, pytest.mark.full]

WIDTHS = (390, 1440)
# Name: what the cookie of reading says.
MODES = {
    "light": "normal.normal.auto.light.full.on",
    "dark": "normal.normal.auto.dark.full.on",
    "contrast": "normal.more.auto.light.full.on",
    "contrast-dark": "normal.more.auto.dark.full.on",
}
WHO = {
    "northfield": (("james", PATIENT_PAGES), ("osei", STAFF_PAGES), ("", PUBLIC_PAGES)),
    "santalucia": (("carmen", PATIENT_PAGES), ("robledo", STAFF_PAGES), ("", PUBLIC_PAGES)),
    "alwaha": (("layla", PATIENT_PAGES), ("najjar", STAFF_PAGES), ("", PUBLIC_PAGES)),
}


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("kind", list(WHO))
def test_every_page_is_drawn(kind: str, chromium: Any, furnish: Callable[[str], Furnished]) -> None:
    if "PORTICO_SCREENS" not in os.environ:
        pytest.skip("pictures are drawn only when PORTICO_SCREENS names a folder")
    folder = Path(os.environ["PORTICO_SCREENS"])
    modes = os.environ.get("PORTICO_SCREEN_MODES", ",".join(MODES)).split(",")
    widths = [int(width) for width in os.environ.get("PORTICO_SCREEN_WIDTHS", "390,1440").split(",")]
    only = os.environ.get("PORTICO_SCREEN_PAGES", "")
    place = furnish(kind)
    pages = 0
    for login, names in WHO[kind]:
        for mode in modes:
            for width in widths:
                context = chromium.new_context(viewport={"width": width, "height": 844 if width < 600 else 1000})
                if login:
                    context.add_cookies([place.session(login)])
                context.add_cookies([place.reading(MODES[mode])])
                page = context.new_page()
                for name in names:
                    if only and name not in only.split(","):
                        continue
                    answer = page.goto(place.origin + address_of(place, name))
                    assert answer.status == names[name], (name, answer.status)
                    target = folder / f"{kind}-{name}-{width}-{mode}.png"
                    target.parent.mkdir(parents=True, exist_ok=True)
                    page.screenshot(path=target, full_page=True)
                    pages += 1
                context.close()
    assert pages > 0
