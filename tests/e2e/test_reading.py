"""Every page by axe, at 320 pixels, with text at twice its size, without scripts, and with the keyboard alone."""

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from kernel import clock
from kernel.accounts.models import Factor
from tenants.records.bundles import read_json, write_json
from tenants.records.models import Resource
from tests.e2e.conftest import Furnished
from tests.e2e.pages import HELPER_PAGES, OWN_PAGES, PATIENT_PAGES, PUBLIC_PAGES, STAFF_PAGES, address_of

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
}
# Hospital and mode: each hospital, each mode and each direction once (pairwise); the full matrix is in make test-full.
CASES = [
    ("northfield", "normal.normal.auto.light.full.on", "james", {**PATIENT_PAGES, **OWN_PAGES}, "osei"),
    ("santalucia", "normal.normal.auto.dark.full.on", "carmen", {**PATIENT_PAGES, **HELPER_PAGES}, "robledo"),
    ("alwaha", "normal.more.auto.light.full.on", "layla", {**PATIENT_PAGES, **OWN_PAGES}, "najjar"),
]


def browser_of(chromium: Any, place: Furnished, login: str = "", reading: str = "", **options: Any) -> Any:
    """A page of a fresh browser in which ``login`` has signed in; colours are read at rest, not in a transition."""
    resting = {"viewport": {"width": 390, "height": 844}, "reduced_motion": "reduce"}
    context = chromium.new_context(**{**resting, **options})
    if login:
        context.add_cookies([place.session(login)])
    if reading:
        context.add_cookies([place.reading(reading)])
    return context.new_page()


def sideways(page: Any) -> int:
    """By how many pixels the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


@pytest.mark.requirement("M57")
@pytest.mark.parametrize(("kind", "reading", "patient", "pages", "clinician"), CASES)
def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    kind: str, reading: str, patient: str, pages: dict[str, int], clinician: str, chromium: Any,
    furnish: Callable[[str], Furnished],
) -> None:  # fmt: skip
    place = furnish(kind)
    found: list[str] = []
    for login, names in ((patient, pages), (clinician, STAFF_PAGES), ("", PUBLIC_PAGES)):
        page = browser_of(chromium, place, login, reading)
        complaints: list[str] = []
        page.on("console", lambda message, kept=complaints: kept.append(message.text))
        page.on("pageerror", lambda error, kept=complaints: kept.append(str(error)))
        for name in names:
            # High enough for the whole page: what the bar at the bottom covers for now is no small target.
            page.set_viewport_size({"width": 390, "height": 6000})
            answer = page.goto(place.origin + address_of(place, name))
            if answer.status != names[name] or "/sign-in/" in page.url:
                found.append(f"{name}: {answer.status} at {page.url}")
            for violation in Axe().run(page, options=RULES).response["violations"]:
                found += [f"{name}: {violation['id']}: {node['html'][:150]}" for node in violation["nodes"][:3]]
            page.set_viewport_size({"width": 320, "height": 800})
            if (beyond := sideways(page)) > 0:
                found.append(f"{name}: {beyond} px too wide at 320")
            page.set_viewport_size({"width": 390, "height": 844})
            page.evaluate("document.documentElement.setAttribute('data-size', 'largest')")
            if (beyond := sideways(page)) > 0:
                found.append(f"{name}: {beyond} px too wide with the largest text")
        found += [f"{login}: {words}" for words in complaints if "Content Security Policy" in words]
        page.context.close()
    assert found == []


@pytest.mark.parametrize(
    ("kind", "login", "owner"),
    [("northfield", "james", "james"), ("santalucia", "carmen", "mateo"), ("alwaha", "layla", "layla")],
)
def test_a_value_with_words_around_it_stays_on_the_page(
    kind: str, login: str, owner: str, chromium: Any, furnish: Callable[[str], Furnished]
) -> None:
    place = furnish(kind)
    patient = place.patient(owner).pk
    units = ("mL/min/{1.73_m2}", "ng/mL")

    def change() -> list[str]:
        # At one moment: neither follows the other, should they be of the same test.
        now = clock.now()
        rows = list(Resource.objects.filter(type="Observation", category="laboratory", patient=patient)[: len(units)])
        for row, unit in zip(rows, units, strict=True):
            amount = {"value": 1000, "unit": unit, "code": unit, "comparator": ">="}
            urgent = {"interpretation": [{"coding": [{"code": "HH"}]}], "effectiveDateTime": now.isoformat()}
            row.content = write_json({**read_json(bytes(row.content)), "valueQuantity": amount, **urgent})
            row.starts = now
            row.save(update_fields=["content", "starts"])
        return [f"/results/{row.pk}/" for row in rows]

    page = browser_of(chromium, place, login)
    found = {}
    for address in place.inside(change):
        assert page.goto(place.origin + address).status == 200
        assert page.locator(".figure-number-words").count() == 1
        for width in (390, 320):
            for size in ("normal", "largest"):
                page.set_viewport_size({"width": width, "height": 844})
                page.evaluate(f"document.documentElement.setAttribute('data-size', '{size}')")
                found[address, width, size] = sideways(page)
        assert page.locator(".notice-crit").count() == 1
        assert Axe().run(page, options=RULES).response["violations"] == []
    assert {place: beyond for place, beyond in found.items() if beyond > 0} == {}


def test_a_patient_reads_a_result_with_the_keyboard_alone(chromium: Any, furnish: Callable[[str], Furnished]) -> None:
    place = furnish("northfield")
    page = browser_of(chromium, place, "james")
    page.goto(place.origin + "/")

    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('href')") == "/results/":
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/results/")
    for _ in range(60):
        page.keyboard.press("Tab")
        if "Average blood sugar" in page.evaluate("document.activeElement.textContent"):
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/results/*-*/")

    assert page.locator("h1").inner_text() == "Average blood sugar"
    assert "In your goal range" in page.locator("main").inner_text()


def test_a_press_on_a_telephone_number_in_a_list_of_patients_calls(
    chromium: Any, furnish: Callable[[str], Furnished]
) -> None:
    place = furnish("northfield")
    for width in (1440, 390):
        page = browser_of(chromium, place, "osei", viewport={"width": width, "height": 900})
        page.goto(place.origin + address_of(place, "found"))
        row = page.locator("tbody tr").first
        row.scroll_into_view_if_needed()

        pressed = [
            one.evaluate(
                """(shown) => {
                    const box = shown.getBoundingClientRect();
                    const found = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
                    return found.closest("a").getAttribute("href");
                }"""
            )
            for one in (row.locator("[href^='tel:']"), row.locator("td").first)
        ]

        assert pressed == [row.locator(f"a{kind}").get_attribute("href") for kind in ("[href^='tel:']", ".row-link")]
        page.context.close()


@pytest.mark.parametrize("width", [1440, 390])
def test_the_second_steps_stand_in_one_line_with_the_buttons_below(
    width: int, chromium: Any, furnish: Callable[[str], Furnished]
) -> None:
    place = furnish("alwaha")
    owner = place.accounts["layla"].pk
    place.inside(lambda: Factor.objects.create(account_id=owner, kind=Factor.Kind.EMAIL, confirmed_at=clock.now()))
    page = browser_of(chromium, place, "layla", viewport={"width": width, "height": 900})

    page.goto(place.origin + "/account/security/")

    card = page.locator(".card").filter(has=page.locator(".row-title"))
    boxes = [card.locator(kind).first.bounding_box() for kind in ("h2", ".row-title", ".cluster .button")]
    # The page runs from right to left: lines begin at the right end.
    assert len({round(box["x"] + box["width"]) for box in boxes}) == 1


def test_the_simple_view_leaves_out_what_is_not_needed_to_act(
    chromium: Any, furnish: Callable[[str], Furnished]
) -> None:
    place = furnish("northfield")
    page = browser_of(chromium, place, "james", "normal.normal.auto.light.simple.on")
    page.goto(place.origin + "/")
    assert page.locator(".shortcut:visible").all_inner_texts() == ["Visits", "Test results", "Medicines"]

    page.goto(place.origin + address_of(place, "result"))
    assert page.locator(".figure-number").is_visible()
    assert page.locator("h2:text-is('About this result')").count() == 1
    assert not page.locator("h2:text-is('About this result')").is_visible()


def test_a_helper_changes_person_and_language_without_scripts(
    chromium: Any, furnish: Callable[[str], Furnished]
) -> None:
    place = furnish("santalucia")
    page = browser_of(chromium, place, "carmen", java_script_enabled=False)
    page.goto(place.origin + "/")

    page.click("a.switch")
    page.click("main button:not([disabled]):has-text('Sofía'), main button:has-text('Mateo')")
    changed = page.locator(".banner").inner_text()
    page.goto(place.origin + "/account/settings/")
    page.check("input[name=language][value=ar]")
    page.click("main button:has-text('Guardar ajustes')")

    assert "García Soler" in changed
    assert page.get_attribute("html", "dir") == "rtl"
    assert page.get_attribute("html", "lang") == "ar"


WORDS_CUT = """() => [...document.querySelectorAll('.hero h2')].filter(title => {
  const box = title.closest('.hero').getBoundingClientRect();
  const range = document.createRange(); range.selectNodeContents(title);
  return [...range.getClientRects()].some(line => line.right > box.right || line.left < box.left);
}).map(title => title.textContent)"""
NARROW_CAPTIONS = """() => [...document.querySelectorAll('.table caption:not(.hidden-words)')].filter(
  caption => caption.clientWidth < caption.parentElement.clientWidth * .9).map(caption => caption.textContent)"""
ICON_TO_WORDS = """button => {
  const range = document.createRange(); range.selectNodeContents(button.querySelector('span'));
  return Math.min(...[...range.getClientRects()].map(line => line.left))
    - button.querySelector('.icon').getBoundingClientRect().right; }"""


def test_words_have_room_on_a_small_telephone(chromium: Any, furnish: Callable[[str], Furnished]) -> None:
    """Titles with the largest letters, titles of tables, and buttons of two lines."""
    place = furnish("santalucia")
    page = browser_of(chromium, place, "robledo")
    page.goto(place.origin + address_of(place, "chart"))
    assert page.locator(".table caption:not(.hidden-words)").count() > 0
    assert page.evaluate(NARROW_CAPTIONS) == []
    page.context.close()

    page = browser_of(chromium, place, "carmen")
    page.set_viewport_size({"width": 320, "height": 800})
    page.goto(place.origin + address_of(place, "home"))
    page.evaluate("document.documentElement.setAttribute('data-size', 'largest')")
    page.locator(".hero h2").first.evaluate("title => { title.textContent = 'Endocrinology follow-up' }")
    assert page.evaluate(WORDS_CUT) == []
    page.context.close()

    page = browser_of(chromium, place)
    page.goto(place.origin + "/")
    call = page.locator(".button[href^='tel:']").first
    assert call.evaluate("button => button.getBoundingClientRect().height") > 50
    assert 0 < call.evaluate(ICON_TO_WORDS) < 16
