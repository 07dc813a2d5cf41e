"""In a browser: text becomes markup through htmx alone, every page works so, and nothing is reported."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.e2e.conftest import Furnished
from tests.e2e.pages import OWN_PAGES, PATIENT_PAGES, PUBLIC_PAGES, STAFF_PAGES, address_of

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300), pytest.mark.requirement("S37")]

WATCH = "document.addEventListener('securitypolicyviolation', (event) => report(event.violatedDirective));"
# What a script that was smuggled in would try; each must throw.
FORBIDDEN = {
    "innerHTML": "document.querySelector('main').innerHTML = '<p>planted</p>'",
    "outerHTML": "document.querySelector('main').outerHTML = '<p>planted</p>'",
    "insertAdjacentHTML": "document.querySelector('main').insertAdjacentHTML('beforeend', '<p>planted</p>')",
    "document.write": "document.write('<p>planted</p>')",
    "parseFromString": "new DOMParser().parseFromString('<p>planted</p>', 'text/html')",
    "srcdoc": "document.createElement('iframe').srcdoc = '<p>planted</p>'",
    "src of a script": "document.createElement('script').src = '/static/themes/portico.js'",
    "text of a script": "document.createElement('script').textContent = 'window.planted = 1'",
    "handler": "document.createElement('p').setAttribute('onclick', 'window.planted = 1')",
    "another policy": "trustedTypes.createPolicy('other', {createHTML: (text) => text})",
    "a default policy": "trustedTypes.createPolicy('default', {createHTML: (text) => text})",
    "the policy once more": "trustedTypes.createPolicy('portico', {createHTML: (text) => text})",
}
SWAP = "([address, target]) => htmx.ajax('GET', address, {target, swap: 'innerHTML'})"


def watched(chromium: Any, place: Furnished, login: str = "") -> tuple[Any, list[str]]:
    """A page of a fresh browser, and the list to which violations and errors of its scripts are added."""
    complaints: list[str] = []
    context = chromium.new_context()
    if login:
        context.add_cookies([place.session(login)])
    context.expose_function("report", lambda words: complaints.append(words))
    context.add_init_script(WATCH)
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return page, complaints


def test_no_page_reports_a_violation(chromium: Any, furnish: Callable[[str], Furnished]) -> None:
    place = furnish("northfield")
    people = {"james": {**PATIENT_PAGES, **OWN_PAGES}, "osei": STAFF_PAGES, "": PUBLIC_PAGES}
    for login, names in people.items():
        page, complaints = watched(chromium, place, login)
        for name, status in names.items():
            answer = page.goto(place.origin + address_of(place, name))
            assert (name, answer.status) == (name, status)
            assert (name, complaints) == (name, [])
        page.context.close()


def test_htmx_swaps_what_this_host_sends_and_never_a_script(chromium: Any, furnish: Callable[[str], Furnished]) -> None:
    place = furnish("northfield")
    page, complaints = watched(chromium, place, "james")
    page.goto(place.origin + "/health/")

    page.evaluate(SWAP, ["/results/", "#content"])

    page.wait_for_function("document.querySelectorAll('#content h1').length > 0")
    assert page.locator("#content h1").first.inner_text() == "Test results"
    assert complaints == []
    page.route(
        "**/planted",
        lambda route: route.fulfill(content_type="text/html", body="<p>said</p><script>window.planted = 1</script>"),
    )
    page.evaluate("document.body.addEventListener('htmx:error', () => { window.refused = true; })")
    page.evaluate(f"(words) => ({SWAP})(words).catch(() => {{}})", ["/planted", "#content"])
    page.wait_for_function("window.refused")
    assert page.evaluate("window.planted") is None
    assert page.locator("#content p", has_text="said").count() == 0
    page.context.close()


@pytest.mark.parametrize("login", ["james", ""])
def test_whatever_else_would_become_markup_or_script_is_refused(
    chromium: Any, furnish: Callable[[str], Furnished], login: str
) -> None:
    """With somebody signed in htmx has its policy; the pages for everybody have neither."""
    place = furnish("northfield")
    page, complaints = watched(chromium, place, login)
    page.goto(place.origin + ("/" if login else "/sign-in/"))
    assert page.evaluate("typeof htmx") == ("object" if login else "undefined")

    tried = FORBIDDEN if login else {key: act for key, act in FORBIDDEN.items() if key != "the policy once more"}
    thrown = {
        key: page.evaluate(f"() => {{ try {{ {act}; return 'done'; }} catch (error) {{ return error.name; }} }}")
        for key, act in tried.items()
    }

    assert {key: name for key, name in thrown.items() if name != "TypeError"} == {}
    assert page.evaluate("[document.body.textContent.includes('planted'), window.planted]") == [False, None]
    assert len(complaints) >= len(tried)
    page.context.close()
