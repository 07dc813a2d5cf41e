"""The console's pages: who may open them, what they say, what they refuse."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.urls import URLPattern, reverse

from control_plane.console.urls import urlpatterns
from control_plane.hospitals.models import HospitalReport
from control_plane.operators.ranks import FULL
from kernel import audit, clock
from kernel.accounts.models import Account
from kernel.audit.models import AuditEntry
from kernel.ids import uuid7
from kernel.permissions import Access
from kernel.tenancy.models import Cell, Hospital, Network, Provisioning
from tests.clients import HostClient, client_for, console_client
from tests.factories.staff import staff_account

URLCONF = "config.urls_console"


def url(name: str, *args: object, **kwargs: object) -> str:
    return reverse(f"console:{name}", urlconf=URLCONF, args=args, kwargs=kwargs)


LOOKS = [
    ("overview", ()), ("search", ()), ("hospitals", ()), ("hospital", ("northfield",)),
    ("hospital_tab", ("northfield", "health")), ("hospital_tab", ("northfield", "people")),
    ("hospital_tab", ("northfield", "events")), ("networks", ()), ("network", ("demo",)),
    ("operators", ()), ("audit", ()), ("health", ()),
]  # fmt: skip
CHANGES = [
    ("hospital_add", ()), ("hospital_slug_check", ()), ("hospital_suspend", ("northfield",)),
    ("hospital_resume", ("northfield",)), ("hospital_rename", ("northfield",)), ("hospital_telephone", ("northfield",)),
    ("hospital_invitation", ("northfield",)), ("operator_invite", ()),
]  # fmt: skip
POSTS_OF_READERS_REFUSED = [
    ("hospital_retry", (uuid7(),)), ("hospital_discard", (uuid7(),)), ("hospital_add", ()),
    ("hospital_suspend", ("northfield",)), ("hospital_rename", ("northfield",)), ("operator_invite", ()),
    ("hospital_invitation", ("northfield",)), ("hospital_telephone", ("northfield",)),
]  # fmt: skip
GOOD = {
    "name": "Mercy Coast", "slug": "mercy", "network": "+", "network_name": "Coast", "country": "US",
    "time_zone": "America/Los_Angeles", "currency": "USD", "language": "en", "languages": ["es"], "digits": "latn",
    "theme": "northfield", "admin_name": "Ada Boss", "admin_email": "Ada@Example.org",
    "phone": "(312) 555-0142",
}  # fmt: skip


@pytest.mark.requirement("S26")
def test_every_route_of_the_console_declares_its_permission() -> None:
    undeclared = [
        route.name for route in urlpatterns
        if isinstance(route, URLPattern) and not hasattr(_innermost(route.callback), "portico_permission")
    ]  # fmt: skip

    assert undeclared == []


def _innermost(view: Callable[..., Any]) -> Callable[..., Any]:
    while not hasattr(view, "portico_permission") and hasattr(view, "__wrapped__"):
        view = view.__wrapped__
    return view


@pytest.mark.requirement("S27")
@pytest.mark.parametrize(("name", "args"), LOOKS)
def test_both_kinds_of_operators_may_look(
    console: HostClient, reading_console: HostClient, name: str, args: tuple[object, ...]
) -> None:
    assert console.get(url(name, *args)).status_code == 200
    assert reading_console.get(url(name, *args)).status_code == 200


@pytest.mark.requirement("S27")
@pytest.mark.parametrize(("name", "args"), CHANGES)
def test_only_full_operators_open_the_forms_that_change(
    console: HostClient, reading_console: HostClient, name: str, args: tuple[object, ...]
) -> None:
    assert console.get(url(name, *args)).status_code == 200
    assert reading_console.get(url(name, *args)).status_code == 403


@pytest.mark.requirement("S27")
@pytest.mark.parametrize(("name", "args"), POSTS_OF_READERS_REFUSED)
def test_who_may_only_look_sends_nothing(reading_console: HostClient, name: str, args: tuple[object, ...]) -> None:
    assert reading_console.post(url(name, *args), GOOD).status_code == 403
    assert Hospital.objects.get(slug="northfield").name == "Northfield University Medical Center"
    assert not Provisioning.objects.filter(slug="mercy").exists()


@pytest.mark.requirement("S26")
@pytest.mark.parametrize(("name", "args"), [*LOOKS, *CHANGES])
def test_visitors_are_sent_to_sign_in(in_shared: None, name: str, args: tuple[object, ...]) -> None:
    answer = console_client().get(url(name, *args))

    assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/sign-in/")


@pytest.mark.requirement("S01")
def test_a_hospitals_host_knows_nothing_of_the_console(in_shared: None) -> None:
    assert client_for("northfield").get(url("hospitals")).status_code == 404


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("hospital", ("nobody",)), ("hospital_tab", ("nobody", "people")), ("hospital_suspend", ("nobody",)),
        ("hospital_rename", ("nobody",)), ("hospital_making", (uuid7(),)), ("network", ("nobody",)),
        ("operator_end", (uuid7(),)), ("hospital_invitation", ("nobody",)), ("hospital_telephone", ("nobody",)),
    ],
)  # fmt: skip
def test_what_does_not_exist_is_not_found(console: HostClient, name: str, args: tuple[object, ...]) -> None:
    assert console.get(url(name, *args)).status_code == 404


def test_the_list_shows_what_hospitals_reported(console: HostClient) -> None:
    row = Hospital.objects.get(slug="northfield")
    HospitalReport.objects.update_or_create(
        hospital=row, defaults={"accounts": 48210, "patients": 1234567, "reported_at": clock.now()}
    )

    page = console.get(url("hospitals")).content.decode()

    assert "48,210" in page
    assert "1,234,567" in page
    assert "northfield.localhost" in page


def test_that_nobody_has_signed_in_is_said_of_the_time_of_counting(console: HostClient) -> None:
    counted = datetime(2026, 11, 23, 6, 5, tzinfo=UTC)
    facts = {"accounts": 1, "last_activity_at": None, "reported_at": counted}
    HospitalReport.objects.update_or_create(hospital=Hospital.objects.get(slug="northfield"), defaults=facts)

    for page in (
        console.get(url("hospitals") + "?q=northfield"),
        console.get(url("hospital_tab", "northfield", "people")),
    ):
        said = page.content.decode().partition("Nobody yet")[2]
        assert "6:05" in said[:200].partition("Counted Nov 23")[2]


def test_a_filter_that_finds_nothing_says_so_and_offers_the_way_back(console: HostClient) -> None:
    page = console.get(url("hospitals") + "?q=zzz").content.decode()

    assert "Nothing fits the search and the filters." in page
    assert "Show everything" in page


def test_the_acts_to_choose_from_stand_under_headings(console: HostClient) -> None:
    page = console.get(url("audit") + "?action=hospitals.renamed").content.decode()

    group = page.partition('<optgroup label="Hospitals">')[2].partition("</optgroup>")[0]
    assert '<option value="hospitals.renamed" selected>Renamed a hospital</option>' in group
    assert "signed_in" not in group
    assert page.count('value="hospitals.renamed"') == 1


@pytest.mark.requirement("S39")
def test_hostile_queries_are_plain_pages(console: HostClient) -> None:
    for query in (
        "?sort=password",
        "?q=%00%27%22",
        "?page=99999999999999999999",
        "?size=-1",
        "?since=2026-99-99&until=x",
    ):
        assert console.get(url("hospitals") + query).status_code == 200
        assert console.get(url("audit") + query).status_code == 200
        assert console.get(url("networks") + query).status_code == 200
        assert console.get(url("operators") + query).status_code == 200


def test_adding_leads_to_the_page_of_its_progress(console: HostClient) -> None:
    answer = console.post(url("hospital_add"), GOOD)

    row = Provisioning.objects.get(slug="mercy")
    assert answer["Location"] == url("hospital_making", row.pk)
    assert row.request["network_slug"] == "coast"
    assert row.request["languages"] == ["en", "es"]
    assert row.request["brand"]["logo"] == "monogram"
    assert row.request["brand"]["name"] == "Mercy Coast"
    assert row.request["extra"]["first_administrator"] == {"name": "Ada Boss", "email": "ada@example.org"}
    assert "Making Mercy Coast" in console.get(answer["Location"]).content.decode()


def test_the_form_sent_twice_leads_to_the_same_page(console: HostClient) -> None:
    assert console.post(url("hospital_add"), GOOD)["Location"] == console.post(url("hospital_add"), GOOD)["Location"]


def test_a_refused_form_keeps_what_was_typed(console: HostClient) -> None:
    answer = console.post(url("hospital_add"), {**GOOD, "slug": "admin"})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "This address is reserved. Please choose another." in page
    assert 'value="Mercy Coast"' in page
    assert not Provisioning.objects.filter(slug="admin").exists()


@pytest.mark.parametrize(
    ("slug", "sentence"),
    [
        ("northfield", "Another hospital already has this address."),
        ("admin", "This address is reserved."),
        ("Clínica", "Use 1 to 40 small letters, digits and hyphens."),
        ("mercy", "is free."),
    ],
)
def test_an_address_is_checked_while_it_is_typed(console: HostClient, slug: str, sentence: str) -> None:
    fragment = console.get(url("hospital_slug_check"), {"slug": slug}, headers={"HX-Request": "true"}).content.decode()

    assert sentence in fragment
    assert "<html" not in fragment


def test_enter_adds_the_hospital_and_nothing_typed_gets_into_an_address(console: HostClient) -> None:
    """The first button of a form is pressed by Enter; one that sends it as GET writes it all into the history."""
    page = console.get(url("hospital_add")).content.decode()
    form = page[page.index('class="stack stack-loose form-wide"') :].partition("</form>")[0]

    assert form.index("Add this hospital") > form.rindex("<button")
    assert form.count("<button") == 1
    assert "formaction" not in form


def test_the_check_of_another_address_takes_the_place_of_what_was_wrong_with_the_first(console: HostClient) -> None:
    first = console.get(url("hospital_add")).content.decode()
    refused = console.post(url("hospital_add"), {**GOOD, "slug": "platform"}).content.decode()

    assert 'hx-target="#slug-check"' in first
    assert ('hx-target="#id_slug_error"' in refused, 'id="id_slug_error"' in refused) == (True, True)
    assert "This address is reserved." in refused


def test_an_address_is_shown_as_it_will_be_and_is_no_longer_than_one_can_be(console: HostClient) -> None:
    empty = console.get(url("hospital_add")).content.decode()
    page = console.post(url("hospital_add"), {**GOOD, "name": ""}).content.decode()
    long = console.post(url("hospital_add"), {**GOOD, "slug": "a" * 41}).content.decode()

    assert re.search(r"It will answer at <bdi>https?://…\.", empty)
    assert re.search(r"It will answer at <bdi>https?://mercy\.", page)
    assert "Use 1 to 40 small letters, digits and hyphens." in long
    assert 'maxlength="40"' in empty


def test_a_country_with_one_time_zone_and_one_currency_needs_neither_chosen(console: HostClient) -> None:
    place = {"country": "PE", "time_zone": "", "currency": ""}
    assert console.post(url("hospital_add"), {**GOOD, **place}).status_code == 302

    asked = Provisioning.objects.get(slug="mercy").request
    assert (asked["time_zone"], asked["currency"]) == ("America/Lima", "PEN")

    answer = console.post(url("hospital_add"), {**GOOD, **place, "slug": "other", "name": "Other", "country": "ES"})
    page = answer.content.decode()
    assert (answer.status_code, "Choose a time zone." in page, "Choose a currency." in page) == (422, True, False)
    zones = page.partition('id="id_time_zone"')[2].partition("</select>")[0]
    assert re.findall(r'value="([^"]*)"', zones)[:5] == [
        "", "Africa/Ceuta", "Atlantic/Canary", "Europe/Madrid", "Africa/Abidjan",
    ]  # fmt: skip
    assert '<option value="EUR" selected>' in page


def test_a_new_network_needs_a_name(console: HostClient) -> None:
    answer = console.post(url("hospital_add"), {**GOOD, "network_name": ""})

    assert answer.status_code == 422
    assert "Write the name of the new network, or choose one of the list." in answer.content.decode()


def test_a_network_in_other_letters_gets_a_short_name_of_its_own(console: HostClient) -> None:
    console.post(url("hospital_add"), {**GOOD, "network_name": "شبكة الواحة"})

    slug = Provisioning.objects.get(slug="mercy").request["network_slug"]
    assert slug.startswith("network-")
    Network(slug=slug, name="شبكة الواحة").clean_fields()


def test_the_progress_names_the_failed_step_and_offers_two_ways_on(console: HostClient) -> None:
    console.post(url("hospital_add"), GOOD)
    row = Provisioning.objects.get(slug="mercy")
    Provisioning.objects.filter(pk=row.pk).update(state="failed", failure="roles: OperationalError")

    page = console.get(url("hospital_making", row.pk)).content.decode()

    assert "Writing the roles" in page
    assert "Failed" in page
    assert url("hospital_retry", row.pk) in page
    assert url("hospital_discard", row.pk) in page
    assert console.post(url("hospital_retry", row.pk)).status_code == 302
    assert Provisioning.objects.get(pk=row.pk).state == "waiting"


def test_a_moving_progress_asks_again_by_itself_and_a_finished_one_does_not(console: HostClient) -> None:
    console.post(url("hospital_add"), GOOD)
    row = Provisioning.objects.get(slug="mercy")

    moving = console.get(url("hospital_making", row.pk), headers={"HX-Request": "true"}).content.decode()
    Provisioning.objects.filter(pk=row.pk).update(state="done")
    done = console.get(url("hospital_making", row.pk), headers={"HX-Request": "true"}).content.decode()

    assert 'hx-trigger="every 1s"' in moving
    assert "hx-trigger" not in done
    assert "mercy.localhost" in done


def test_what_is_missing_to_suspend_is_listed_as_the_page_asks_for_it(console: HostClient) -> None:
    page = console.post(url("hospital_suspend", "northfield"), {"typed": "", "reason": ""}).content.decode()

    assert re.findall(r'<a href="#id_(\w+)">', page) == ["reason", "typed"]


def test_suspending_asks_for_the_address_typed_by_hand(console: HostClient) -> None:
    answer = console.post(url("hospital_suspend", "northfield"), {"typed": "northfeld", "reason": "Contract ended"})

    assert answer.status_code == 422
    assert "Contract ended" in answer.content.decode()
    assert Hospital.objects.get(slug="northfield").state == "active"


def test_suspending_and_opening_again_from_the_pages(console: HostClient) -> None:
    console.post(url("hospital_suspend", "northfield"), {"typed": "northfield", "reason": "Contract ended"})

    page = console.get(url("hospital", "northfield")).content.decode()
    assert "Contract ended" in page
    assert url("hospital_resume", "northfield") in page
    console.post(url("hospital_resume", "northfield"), {"typed": "northfield", "reason": "Paid"})
    assert Hospital.objects.get(slug="northfield").state == "active"


def test_search_finds_hospitals_and_networks(console: HostClient) -> None:
    page = console.get(url("search"), {"q": "demo"}).content.decode()

    assert url("network", "demo") in page
    assert url("hospital", "northfield") in page
    assert "No hospital and no network has" in console.get(url("search"), {"q": "zzz"}).content.decode()
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert "search-page" in ids
    assert len(ids) == len(set(ids))


def test_a_name_is_text_and_never_markup(console: HostClient) -> None:
    Hospital.objects.filter(slug="northfield").update(name='<script>alert(1)</script>"')

    for name, args in (("hospitals", ()), ("hospital", ("northfield",)), ("overview", ()), ("network", ("demo",))):
        assert "<script>alert" not in console.get(url(name, *args)).content.decode()


@pytest.mark.parametrize(("name", "most"), [("hospitals", 16), ("networks", 10), ("overview", 14), ("operators", 10)])
def test_the_number_of_statements_does_not_grow_with_the_rows(
    console: HostClient, operator: Account, name: str, most: int, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    console.get(url(name))
    with django_assert_max_num_queries(most) as few:
        console.get(url(name))
    cell = Cell.objects.get(name="main")
    for number in range(20):
        network = Network.objects.create(slug=f"n{number}", name=f"Network {number}")
        Hospital.objects.create(
            slug=f"x{number}", name=f"Extra {number}", schema_name=f"h_x{number}", role_name=f"pt_x{number}",
            network=network, cell=cell, country="US", time_zone="UTC", currency="USD", languages=["en"],
        )  # fmt: skip
    with django_assert_max_num_queries(most) as many:
        console.get(url(name))

    assert len(many.captured_queries) == len(few.captured_queries)


@pytest.mark.requirement("S37")
def test_no_page_carries_style_or_script_of_its_own(console: HostClient) -> None:
    for name, args in [*LOOKS, *CHANGES]:
        if name.endswith("export"):
            continue
        page = console.get(url(name, *args)).content.decode()
        assert "style=" not in page
        assert "<script>" not in page
        assert "onclick" not in page


def test_language_and_reading_are_chosen_before_signing_in_and_kept(in_shared: None) -> None:
    browser = console_client()
    choices = {"language": "ar", "mode": "dark", "size": "large", "contrast": "more", "motion": "less", "keys": "on"}

    assert browser.post(url("reading"), choices).status_code == 302

    page = browser.get(url("reading")).content.decode()
    tag = " ".join(page.partition("<html")[2].partition(">")[0].split())
    assert tag.startswith(
        'lang="ar" dir="rtl" data-size="large" data-contrast="more" data-motion="less" data-mode="dark"'
    )


@pytest.mark.requirement("S39")
def test_a_made_up_reading_cookie_is_the_usual_reading(in_shared: None) -> None:
    browser = console_client()
    browser.cookies["__Host-portico-reading"] = '"><script>.x.y.z'

    page = browser.get(url("reading")).content.decode()

    assert 'data-size="normal"' in page
    assert "<script>." not in page


@pytest.mark.requirement("S10", "S46")
def test_the_page_of_health_shows_every_probe_of_the_guard_and_marks_the_one_that_fails(
    console: HostClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    questions = (
        "Is set_config taken away from the login role?", "Are parameters bound by the server?",
        "Is the login role without special rights?", "Does the login role inherit nothing?",
        "Is the public schema gone?", "Is this a supported PostgreSQL (15 to 18)?",
    )  # fmt: skip

    page = console.get(url("health")).content.decode()
    rows = [row for row in page.split("<li") if any(question in row for question in questions)]
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "server_side_binding", False)
    weakened = console.get(url("health")).content.decode()

    assert len(rows) == len(questions)
    assert all("status-ok" in row and "status-crit" not in row for row in rows)
    failing = [row for row in weakened.split("<li") if "status-crit" in row]
    assert [questions[1] in row for row in failing] == [True]


def test_the_list_shows_each_hospitals_own_mark_and_how_old_its_numbers_are(console: HostClient) -> None:
    Hospital.objects.filter(slug="northfield").update(
        brand={"main": "#1f3f77", "accent": "#a4243b", "logo": "mark:northfield"}
    )
    page = console.get(url("hospitals")).content.decode()

    assert 'class="mark mark-own"' in page
    assert 'fill="#1f3f77"' in page
    assert "the report that each hospital makes every hour" in page


@pytest.mark.parametrize("name", ["hospitals", "networks", "operators", "audit"])
def test_every_list_has_search_sort_size_export_and_keys(console: HostClient, name: str) -> None:
    page = console.get(url(name)).content.decode()

    assert "data-list-search" in page
    assert 'name="size"' in page
    assert "aria-sort=" in page
    assert f'action="{url(name)}export.csv?"' in page
    assert 'id="keys"' in page
    answer = console.post(f"{url(name)}export.csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert console.get(f"{url(name)}export.csv").status_code == 405


def test_an_entry_of_the_trail_opens_with_all_that_was_recorded(console: HostClient) -> None:
    console.post("/hospitals/at/northfield/suspend/", {"reason": "Drill", "typed": "northfield"})
    entry = AuditEntry.objects.get(action="hospitals.suspended")

    page = console.get(f"/audit/{entry.pk}/").content.decode()

    assert "Suspended a hospital" in page
    assert "Drill" in page
    assert entry.request_id in page
    assert f'href="/audit/{entry.pk}/"' in console.get("/audit/").content.decode()
    assert '<bdi class="block">Northfield' in console.get("/audit/").content.decode()
    assert console.get("/audit/00000000-0000-7000-8000-000000000000/").status_code == 404


def test_the_trail_is_searched_by_what_was_done_to(console: HostClient, access: Access) -> None:
    northfield = Hospital.objects.get(slug="northfield")
    Network.objects.filter(slug="demo").update(name="Lakeside Care")
    changed, ruled, ended, other = (
        audit.record(access, **line)
        for line in (
            {
                "action": "hospitals.telephone_changed",
                "target": northfield,
                "detail": {"before": "", "after": "555 01"},
            },
            {"action": "preferences.network_ruled", "target": northfield.network},
            {
                "action": "networks.admin_ended",
                "target": staff_account(FULL, name="Nora"),
                "detail": {"network": "demo"},
            },
            {"action": "hospitals.telephone_changed", "target": ("tenancy.Hospital", uuid7())},
        )
    )

    def found(words: str) -> list[str]:
        page = console.get("/audit/", {"q": words}).content.decode()
        return re.findall(r'href="/audit/([0-9a-f-]{36})/"', page)

    assert found("Northfield") == found("northfield") == found("555 01") == [str(changed.pk)]
    assert found("lakeside") == found("demo") == [str(ended.pk), str(ruled.pk)]
    assert found("Nora") == [str(ended.pk)]
    assert str(other.pk) in found("telephone")


def test_the_first_page_tells_acts_and_not_that_the_trail_was_read(console: HostClient, access: Access) -> None:
    audit.record(access, action="hospitals.renamed", detail={"before": "Mercy", "after": "Mercy Coast"})
    for _number in range(10):
        console.get("/audit/")

    page = console.get("/").content.decode()

    assert ("Mercy Coast" in page, "Read the audit log" in page) == (True, False)
    assert "Read the audit log" in console.get("/audit/").content.decode()


def test_days_in_the_wrong_order_are_named(console: HostClient) -> None:
    page = console.get("/audit/?since=2026-03-02&until=2026-03-01").content.decode()

    assert "The first day is after the last one" in page
    assert "Enter days as year, month and day" in console.get("/audit/?since=yesterday").content.decode()


def test_an_operator_with_a_language_of_their_own_chooses_another(console: HostClient, operator: Account) -> None:
    Account.objects.filter(pk=operator.pk).update(language="en")
    chosen = {"language": "ar", "mode": "auto", "size": "normal", "contrast": "auto", "motion": "auto", "keys": "on"}

    assert console.post("/reading/", chosen).status_code == 302

    page = console.get("/hospitals/")
    assert page["Content-Language"] == "ar"
    assert 'dir="rtl"' in page.content.decode()


def test_a_kept_language_is_told_as_it_is_kept_and_found_in_the_consoles_trail(console: HostClient) -> None:
    chosen = {"language": "en", "mode": "auto", "size": "normal", "contrast": "auto", "motion": "auto", "keys": "on"}
    visitor = console_client().post("/reading/", chosen, follow=True).content.decode()
    signed_in = console.post("/reading/", chosen, follow=True).content.decode()

    assert "Your choices are kept on this device." in visitor
    assert "The language is kept on your account, your other choices on this device." in signed_in
    assert '<option value="accounts.reading_changed"' in console.get("/audit/").content.decode()


def test_a_hospital_whose_making_invited_nobody_does_not_speak_of_an_invitation(console: HostClient) -> None:
    page = console.get("/hospitals/at/northfield/invitation/").content.decode()

    assert "There is no invitation to show." in page
    assert "Show the invitation once" not in page


def test_the_telephone_that_patients_call_is_asked_for_and_kept(console: HostClient) -> None:
    """Pages say "call": without a number nobody could."""
    for typed in ("", "call us", "12", "+0034 900 555 014", "+34 900", "1" * 16):
        answer = console.post(url("hospital_add"), {**GOOD, "phone": typed})
        assert answer.status_code == 422
        assert 'aria-invalid="true"' in answer.content.decode()

    console.post(url("hospital_add"), {**GOOD, "phone": " +٣٤  900 555 0142"})

    assert Provisioning.objects.get(slug="mercy").request["brand"]["phone"] == "+34 900 555 0142"


def test_a_hospital_without_a_telephone_is_given_one(console: HostClient) -> None:
    Hospital.objects.filter(slug="northfield").update(brand={"name": "Northfield"})
    assert "Pages tell patients no number to call." in console.get(url("hospital", "northfield")).content.decode()
    for typed, words in (
        ("", "Write the number that patients call."),
        ("call us", "Write a telephone number of digits"),
    ):
        answer = console.post(url("hospital_telephone", "northfield"), {"phone": typed})
        assert answer.status_code == 422
        assert words in answer.content.decode()
    assert Hospital.objects.get(slug="northfield").brand == {"name": "Northfield"}

    answer = console.post(url("hospital_telephone", "northfield"), {"phone": " +٣٤  900 555 0142"}, follow=True)

    assert Hospital.objects.get(slug="northfield").brand == {"name": "Northfield", "phone": "+34 900 555 0142"}
    page = answer.content.decode()
    assert ("The telephone was changed." in page, "+34 900 555 0142" in page) == (True, True)
    assert "Pages tell patients no number to call." not in page


def test_what_is_needed_is_not_called_optional_and_no_union_is_a_country(console: HostClient) -> None:
    page = console.get(url("hospital_add")).content.decode()

    label = re.search(r'<label[^>]*for="id_network_name".*?</label>', page, re.DOTALL)
    assert label is not None
    assert "optional" not in label[0]
    refused = console.post(url("hospital_add"), {**GOOD, "network": "demo", "name": ""}).content.decode()
    assert "optional" not in refused.partition('for="id_network_name"')[2].partition("</label>")[0]
    assert '<option value="ES"' in page
    assert '<option value="EU"' not in page


@pytest.mark.parametrize("typed", ["Coast", " COAST!", "Küste"])
def test_a_new_network_that_is_there_is_not_joined_by_mistake(console: HostClient, typed: str) -> None:
    Network.objects.create(slug="coast", name="Coast")
    Network.objects.create(slug="network-of-the-north", name="KÜSTE")

    answer = console.post(url("hospital_add"), {**GOOD, "network_name": typed})

    assert answer.status_code == 422
    page = answer.content.decode()
    known = "KÜSTE" if typed == "Küste" else "Coast"
    assert f"There is already a network called {known}. Choose it from the list." in page
    assert f'value="{typed}"' in page
    assert not Provisioning.objects.filter(slug="mercy").exists()
    answer = console.post(url("hospital_add"), {**GOOD, "network": "coast", "network_name": ""})
    assert answer.status_code == 302


def test_a_failed_making_that_founded_its_network_is_asked_for_again(console: HostClient) -> None:
    console.post(url("hospital_add"), GOOD)
    Provisioning.objects.filter(slug="mercy").update(state=Provisioning.State.FAILED)
    Network.objects.create(slug="coast", name="Coast")

    assert console.post(url("hospital_add"), GOOD).status_code == 302
    assert Provisioning.objects.get(slug="mercy").state == Provisioning.State.WAITING


def test_a_name_that_another_hospital_of_the_network_has_is_told_at_the_name(console: HostClient) -> None:
    joining = {**GOOD, "network": Hospital.objects.get(slug="northfield").network.slug}
    console.post(url("hospital_add"), joining)

    answer = console.post(url("hospital_add"), {**joining, "slug": "mercy-two", "name": "MERCY  coast"})

    assert answer.status_code == 422
    assert "A hospital of this network already has this name." in answer.content.decode()
    assert not Provisioning.objects.filter(slug="mercy-two").exists()


def test_the_file_of_the_trail_says_that_its_times_are_utc(console: HostClient) -> None:
    head = console.post("/audit/export.csv").content.decode("utf-8-sig").splitlines()[0]

    assert head.startswith("When (UTC),Who,What,On what,Result,time,")


def test_the_summary_of_errors_follows_the_fields_of_the_page(console: HostClient) -> None:
    page = console.post("/hospitals/add/", {"network": "+"}).content.decode()

    summary = page.partition('class="errors"')[2].partition("</ul>")[0]
    below = page.partition('class="errors"')[2].partition("</ul>")[2]
    told = re.findall(r'href="#(id_[a-z_]+?)(?:_0)?"', summary)
    assert {"id_name", "id_phone", "id_slug", "id_network_name", "id_admin_email"} <= set(told)
    places = [re.search(rf'id="{one}(?:_0)?"', below) for one in told if one != "id_theme"]
    starts = [place.start() for place in places if place]
    assert starts == sorted(starts)
    assert len(starts) == len(places)


def test_the_health_of_a_hospital_is_no_patients_health(console: HostClient) -> None:
    page = console.get("/hospitals/at/northfield/", headers={"Accept-Language": "ar"}).content.decode()

    assert "الحالة الفنية" in page
    assert "صحتي" not in page
