"""How much a first visit brings over the line (UX section 6.9; PERFORMANCE vii)."""

import gzip
from collections.abc import Callable
from typing import Any

import pytest

from tests.e2e.conftest import Furnished
from tests.e2e.pages import address_of
from tests.e2e.test_reading import browser_of

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

REQUESTS = 10
SCRIPTS = 25_000
FONTS = 100_000
# The sign-in page is what everybody waits for; the others may be somebody's first.
PAGES = {"sign-in": 50_000, "front-door": 100_000, "home": 100_000, "results": 100_000, "result": 100_000}
WHO = {"northfield": "james", "alwaha": "layla", "santalucia": "carmen"}


def weigh(page: Any, address: str) -> dict[str, list[int]]:
    """Bytes of every answer by its kind, as they go over the line: files are compressed when they are collected."""
    answers: list[Any] = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto(address, wait_until="networkidle")
    found: dict[str, list[int]] = {}
    for answer in answers:
        body = answer.body()
        kind = answer.request.resource_type
        if kind in ("script", "stylesheet", "document") or answer.url.endswith(".svg"):
            body = gzip.compress(body, 6)
        found.setdefault(kind, []).append(len(body))
    return found


@pytest.mark.parametrize("kind", list(WHO))
def test_a_first_visit_is_light(kind: str, chromium: Any, furnish: Callable[[str], Furnished]) -> None:
    place = furnish(kind)
    found: list[str] = []
    for name, budget in PAGES.items():
        is_open = name in ("sign-in", "front-door")
        page = browser_of(chromium, place, "" if is_open else WHO[kind])
        answers = weigh(page, place.origin + ("/sign-in/" if name == "sign-in" else address_of(place, name)))
        page.context.close()
        fonts, scripts = sum(answers.pop("font", [])), sum(answers.get("script", []))
        count = sum(map(len, answers.values()))
        total = sum(map(sum, answers.values()))
        if total > budget:
            found.append(f"{name}: {total} bytes")
        if scripts > SCRIPTS:
            found.append(f"{name}: {scripts} bytes of scripts")
        if fonts > FONTS:
            found.append(f"{name}: {fonts} bytes of fonts")
        if count > REQUESTS:
            found.append(f"{name}: {count} requests")

    assert found == []


def test_who_saves_data_gets_no_fonts(chromium: Any, furnish: Callable[[str], Furnished]) -> None:
    place = furnish("northfield")
    page = browser_of(chromium, place, extra_http_headers={"Save-Data": "on"})

    assert "font" not in weigh(page, place.origin + "/sign-in/")
    page.context.close()


def test_paper_shows_whose_record_it_is_and_every_value(chromium: Any, furnish: Callable[[str], Furnished]) -> None:
    place = furnish("northfield")
    page = browser_of(chromium, place, "james", "normal.normal.auto.dark.full.on")
    page.goto(place.origin + address_of(place, "result"))
    page.emulate_media(media="print")
    seen = page.evaluate(
        "() => Object.fromEntries(Object.entries({person: '.print-only', menu: '.tabbar', table: '.more .table',"
        " button: '.button'}).map(([name, css]) => [name, document.querySelector(css).checkVisibility("
        "{contentVisibilityAuto: true, opacityProperty: true, visibilityProperty: true})]))"
    )

    assert seen == {"person": True, "menu": False, "table": True, "button": False}
    assert page.locator(".print-only").inner_text() == "Record of James Whitlock"
    assert page.evaluate("getComputedStyle(document.querySelector('h1')).color") == "rgb(22, 30, 44)"
    page.context.close()
