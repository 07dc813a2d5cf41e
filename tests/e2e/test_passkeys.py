"""A passkey is made in a browser, with a device that the browser pretends to have."""

from collections.abc import Callable
from typing import Any

import pytest

from kernel.accounts.models import Factor
from tests.e2e.conftest import Furnished
from tests.e2e.test_session_end import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300), pytest.mark.requirement("S19")]
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def test_a_passkey_is_made_with_a_name_and_a_second_one_on_the_same_device_is_refused_in_words(
    chromium: Any, furnish: Callable[[str], Furnished], settings: Any
) -> None:
    place = furnish("northfield")
    settings.PUBLIC_SCHEME, settings.PUBLIC_PORT = "http", str(place.port)
    context = chromium.new_context()
    sign_in(context, place, "james")
    page = context.new_page()
    browser = context.new_cdp_session(page)
    browser.send("WebAuthn.enable")
    browser.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    page.goto(place.origin + "/account/security/passkey/")
    assert page.get_by_label("Name of the passkey").input_value() == "Chrome, Linux"
    page.get_by_label("Name of the passkey").fill("Key ring")

    page.get_by_role("button", name="Make a passkey").click()
    page.wait_for_url("**/account/security/recovery-codes/")

    assert place.inside(lambda: Factor.objects.get().name) == "Key ring"
    page.goto(place.origin + "/account/security/passkey/")
    page.get_by_role("button", name="Make a passkey").click()
    page.get_by_text("This device already has a passkey for your account.").wait_for()
    context.close()
