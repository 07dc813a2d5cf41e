"""Every page where room is short: a window of 320 pixels, and text at twice its size or the largest of ours at 390."""

from collections.abc import Callable, Iterable
from contextvars import Context
from typing import Any

import pytest

from kernel.tenancy.context import HospitalContext
from kernel.web.cookies import LANGUAGE
from tests.clients import console_client
from tests.e2e import pages
from tests.e2e.conftest import Furnished
from tests.e2e.test_reading import browser_of
from tests.e2e.test_screens import CONSOLE, LANGUAGES, WHO, arrange, cookie_of, end_access

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

# Name: width of the window, our size of text, and whether the browser's own size is doubled.
SETTINGS = {"320": (320, "normal", 100), "390 doubled": (390, "normal", 200), "390 largest": (390, "largest", 0)}
SIZE = """([size, percent]) => {
  document.documentElement.setAttribute('data-size', size);
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(percent ? `html { font-size: ${percent}% !important }` : '');
  document.adoptedStyleSheets = [sheet];
}"""
# Words that leave the box that holds them or the window; what scrolls in a box of its own may go on in there.
CUT = """() => {
  const width = document.documentElement.clientWidth, found = new Set();
  if (document.documentElement.scrollWidth > width) found.add('the page scrolls sideways');
  const boxes = 'td, th, .card, .row, .button, .status, .badge, .avatar, .choice, .tabbar a';
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const words = walker.currentNode.textContent.trim(), range = document.createRange();
    if (!words || !walker.currentNode.parentElement.checkVisibility()) continue;
    range.selectNodeContents(walker.currentNode);
    const lines = [...range.getClientRects()].filter(line => line.width > 1);
    for (let box = walker.currentNode.parentElement; box; box = box.parentElement) {
      const style = getComputedStyle(box), { left, right } = box.getBoundingClientRect();
      if (style.clipPath !== 'none') break;
      if (box === document.body || box.matches(boxes) || ['hidden', 'clip'].includes(style.overflowX)) {
        if (lines.some(line => line.right > right + 1.5 || line.left < left - 1.5)) found.add('cut: ' + words);
      }
      if (box.matches('.table-frame:not(:has(.table-cards)), pre') && box.scrollWidth > box.clientWidth) break;
    }
  }
  return [...found];
}"""
BAR = """() => { const bar = document.querySelector('.tabbar');
  return getComputedStyle(bar).position === 'sticky' ? bar.offsetHeight / innerHeight : 0; }"""


def cut_on(page: Any, addresses: Iterable[tuple[str, str]]) -> list[str]:
    """What is cut on the pages (name and address), at each of the settings."""
    found = []
    for name, address in addresses:
        page.goto(address)
        for setting, (width, size, percent) in SETTINGS.items():
            page.set_viewport_size({"width": width, "height": 844})
            page.evaluate(SIZE, [size, percent])
            found += [f"{name}, {setting}: {words}" for words in page.evaluate(CUT)]
    return found


@pytest.mark.requirement("M57")
@pytest.mark.parametrize("kind", LANGUAGES.values())
def test_nothing_of_a_hospital_is_cut_where_text_is_large(
    kind: str, chromium: Any, furnish: Callable[[str], Furnished]
) -> None:
    place = furnish(kind)
    found = []
    for login, names in (*WHO[kind], ("", {**pages.PUBLIC_PAGES, **pages.SIGNED_OUT_PAGES})):
        page = browser_of(chromium, place, login)
        addresses = [(name, place.origin + pages.address_of(place, name)) for name in names if name != "api-docs"]
        found += cut_on(page, addresses)
        page.context.close()
    assert "\n".join(found) == ""


@pytest.mark.requirement("M57")
def test_nothing_of_the_console_is_cut_where_text_is_large(
    chromium: Any, new_hospital: Callable[..., HospitalContext], furnish: Callable[[str], Furnished], port: int
) -> None:
    place = furnish("northfield")
    made = Context().run(arrange, place.context.slug)
    found = []
    try:
        origin = f"http://{CONSOLE.host}:{port}"
        name, value = cookie_of(console_client(), made["full"], CONSOLE)
        secure = {"url": origin.replace("http:", "https:"), "secure": True, "sameSite": "Lax"}
        addresses = [(key, origin + address.format(**made)) for key, (address, _status) in pages.CONSOLE_PAGES.items()]
        for language in LANGUAGES:
            context = chromium.new_context(reduced_motion="reduce")
            context.add_cookies([{"name": name, "value": value, **secure}])
            context.add_cookies([{"name": LANGUAGE, "value": language, **secure}])
            found += [f"{language}: {line}" for line in cut_on(context.new_page(), addresses)]
            context.close()
    finally:
        Context().run(end_access, made["full"], made["reader"], made["admin"])
    assert "\n".join(found) == ""


@pytest.mark.parametrize("size", ["normal", "large", "larger", "largest"])
def test_the_bar_at_the_bottom_leaves_the_window_to_the_page(
    size: str, chromium: Any, furnish: Callable[[str], Furnished]
) -> None:
    place = furnish("santalucia")
    page = browser_of(chromium, place, "carmen")
    page.goto(place.origin + "/")
    page.evaluate(SIZE, [size, 0])
    covered = {}
    for width, height in ((320, 640), (390, 844), (412, 915), (844, 390), (600, 960)):
        page.set_viewport_size({"width": width, "height": height})
        covered[width, height] = page.evaluate(BAR)
    page.context.close()
    assert {window: share for window, share in covered.items() if share > 0.13} == {}


def test_filters_fold_on_a_telephone_and_stand_in_a_line_where_there_is_room(
    chromium: Any, furnish: Callable[[str], Furnished]
) -> None:
    place = furnish("northfield")
    page = browser_of(chromium, place, "admin", java_script_enabled=False)
    page.goto(place.origin + "/manage/audit/")
    result = page.locator("#list-result")
    assert page.locator("#list-search").is_visible()
    assert not result.is_visible()

    page.locator(".filters summary").focus()
    page.keyboard.press("Enter")
    assert result.is_visible()

    result.select_option(index=1)
    page.locator(".filters button").click()
    assert result.is_visible()
    assert page.locator("#list-result").input_value() != ""

    page.goto(place.origin + "/manage/audit/")
    page.set_viewport_size({"width": 1440, "height": 900})
    assert result.is_visible()
    assert not page.locator(".filters summary").is_visible()
    tops = {page.locator(f"#list-{name}").bounding_box()["y"] for name in ("search", "result")}
    page.context.close()
    assert len(tops) == 1
