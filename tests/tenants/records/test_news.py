"""What is new to somebody: results and reports, until they are opened."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kernel import clock
from kernel.accounts.models import Account
from kernel.permissions import Access
from tenants.records.models import Resource
from tenants.records.services import looking
from tests.factories.access import own
from tests.tenants.records.samples import fhir_id, observation, quantity, without
from tests.tenants.records.test_selectors import report

pytestmark = pytest.mark.usefixtures("in_northfield")

FORM = [{"contentType": "application/pdf", "data": "cGRm"}]


def days_ago(days: int) -> str:
    """The day so many days ago."""
    return f"{clock.now().date() - timedelta(days=days)}"


def key_of(role: str) -> UUID:
    """The key of a stored resource."""
    return Resource.objects.get(fhir_id=fhir_id(role)).pk


@pytest.fixture
def account() -> Account:
    """Ana's account."""
    return Account.objects.create(login="ana", display_name="Ana", password="!")


def shown(access: Access, patient: UUID) -> tuple[list[str], bool]:
    """What the home page lists, and whether it calls that new."""
    found = looking.newest(access=access, patient=patient, limit=2)
    return [one.origin.fhir_id for one in found.entries], found.is_news


def test_home_lists_what_was_not_opened_yet_and_without_that_the_newest(
    store: Callable[..., UUID], account: Account
) -> None:
    ana = store(
        *(observation(f"{days} days", effectiveDateTime=days_ago(days)) for days in (1, 2, 3, 4, 89, 200)),
        report("X-ray", effectiveDateTime=days_ago(3)),
    )
    access = own(ana, account.pk)
    assert shown(access, ana) == ([fhir_id("X-ray"), fhir_id("1 days")], True)

    for days in (1, 2, 3, 4):
        looking.look_at_result(access=access, key=key_of(f"{days} days"))
    assert shown(access, ana) == ([fhir_id("X-ray"), fhir_id("89 days")], True)
    looking.look_at_result(access=access, key=key_of("89 days"))
    assert shown(access, ana) == ([fhir_id("X-ray")], True)
    looking.look_at_results(access=access, patient=ana)

    assert shown(access, ana) == ([fhir_id("1 days"), fhir_id("2 days")], False)
    assert shown(own(ana), ana) == ([fhir_id("X-ray"), fhir_id("1 days")], True)


def interpreted(code: str) -> list[dict[str, object]]:
    """What a laboratory says of a value in a code of HL7."""
    system = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
    return [{"coding": [{"system": system, "code": code}]}]


def test_of_what_is_new_home_lists_the_most_serious_first_and_how_many_more_there_are(
    store: Callable[..., UUID], account: Account
) -> None:
    ana = store(
        *(
            observation(f"fine {days}", effectiveDateTime=days_ago(days), interpretation=interpreted("N"))
            for days in (1, 2, 3)
        ),
        report("X-ray", effectiveDateTime=days_ago(4)),
        observation("high", effectiveDateTime=days_ago(5), interpretation=interpreted("H")),
        observation("critical", effectiveDateTime=days_ago(6), interpretation=interpreted("LL")),
        observation("very high", effectiveDateTime=days_ago(7), interpretation=interpreted("HU")),
    )
    access = own(ana, account.pk)

    found = looking.newest(access=access, patient=ana, limit=5)
    few = looking.newest(access=access, patient=ana, limit=7)

    assert [one.origin.fhir_id for one in found.entries] == [
        fhir_id(role) for role in ("critical", "very high", "X-ray", "high", "fine 1")
    ]
    assert (found.more, found.is_more_than) == (2, False)
    assert (len(few.entries), few.more) == (7, 0)


def test_a_part_that_is_too_high_puts_the_whole_before_what_is_as_usual(
    store: Callable[..., UUID], account: Account
) -> None:
    part = {"code": {"text": "Systolic"}, "valueQuantity": quantity(180, "mm[Hg]"), "interpretation": interpreted("H")}
    ana = store(
        observation("fine", effectiveDateTime=days_ago(1), interpretation=interpreted("N")),
        without(observation("composed", effectiveDateTime=days_ago(2), component=[part]), "valueQuantity"),
    )

    assert shown(own(ana, account.pk), ana)[0] == [fhir_id("composed"), fhir_id("fine")]


def test_of_very_many_news_home_says_that_there_are_more_than_it_counted(
    store: Callable[..., UUID], account: Account
) -> None:
    ana = store(
        *(observation(str(number), effectiveDateTime=days_ago(1)) for number in range(looking.LOOKED_THROUGH + 3))
    )

    found = looking.newest(access=own(ana, account.pk), patient=ana, limit=4)

    assert (len(found.entries), found.more, found.is_more_than) == (4, looking.LOOKED_THROUGH - 4, True)


def test_what_only_might_have_been_new_does_not_push_out_the_newest_reports(
    store: Callable[..., UUID], account: Account
) -> None:
    """A report that came now with a date of issue alone is looked through, and then no news."""
    ana = store(
        report("newest", effectiveDateTime=days_ago(100)),
        report("next", effectiveDateTime=days_ago(110)),
        *(
            without(report(f"issued {number}", issued=f"{days_ago(200 + number)}T08:00:00Z"), "effectiveDateTime")
            for number in range(2)
        ),
    )

    assert shown(own(ana, account.pk), ana) == ([fhir_id("newest"), fhir_id("next")], False)


def test_a_report_is_new_until_its_words_were_in_the_list_or_its_file_was_opened(
    store: Callable[..., UUID], account: Account
) -> None:
    first = [
        report("words", effectiveDateTime=days_ago(1), conclusion="Clear."),
        report("file", effectiveDateTime=days_ago(2), presentedForm=FORM),
        without(report("undated", issued=f"{days_ago(3)}T08:00:00Z"), "effectiveDateTime"),
        report("old", effectiveDateTime=days_ago(200)),
    ]
    ana = store(*first)
    access = own(ana, account.pk)

    def unseen() -> set[UUID]:
        return set(looking.look_at_results(access=access, patient=ana).unseen)

    assert unseen() == {key_of("words"), key_of("file"), key_of("undated")}
    assert unseen() == {key_of("file")}
    looking.download_report(access=access, key=key_of("file"))
    assert unseen() == set()
    store({**first[0], "conclusion": "Not clear."}, {**first[3], "status": "amended"})
    assert unseen() == {key_of("words"), key_of("old")}
    assert unseen() == set()


def test_a_report_of_results_is_opened_with_them_and_leaves_no_mark(
    store: Callable[..., UUID], account: Account
) -> None:
    ana = store(
        observation("one", effectiveDateTime=days_ago(1)),
        report("panel", effectiveDateTime=days_ago(1), result=[{"reference": f"Observation/{fhir_id('one')}"}]),
    )
    access = own(ana, account.pk)

    found = looking.look_at_results(access=access, patient=ana)

    assert found.unseen == {key_of("one")}
    assert not account.seen_results.exists()


def test_what_is_new_takes_as_many_statements_for_hundreds_as_for_one(
    store: Callable[..., UUID], account: Account
) -> None:
    def statements(access: Access, patient: UUID) -> int:
        with CaptureQueriesContext(connection) as found:
            looking.newest(access=access, patient=patient, limit=4)
        return len(found)

    first = [observation("0", effectiveDateTime=days_ago(1)), report("X-ray", effectiveDateTime=days_ago(1))]
    access = own(store(*first), account.pk)
    ana = next(iter(access.patients))
    few = statements(access, ana)
    store(
        *(observation(str(number), effectiveDateTime=days_ago(1)) for number in range(1, 200)),
        *(report(f"R{number}", effectiveDateTime=days_ago(1)) for number in range(200)),
        {**first[0], "valueQuantity": quantity(9.9)},
    )

    assert (few, statements(access, ana)) == (5, 5)
