"""What browsers report that was blocked: who may send how much, and what of it is kept."""

from typing import Any

import orjson
import pytest
import structlog
import time_machine

from kernel.accounts.throttles import ADDRESS_REPORTS, HOST_REPORTS
from tests.clients import HostClient, client_for, console_client, network_client

REPORT = {
    "csp-report": {
        "effective-directive": "script-src",
        "document-uri": "https://northfield.localhost/staff/patients/?q=Quispe",
        "blocked-uri": "https://example.org/?name=Quispe",
        "script-sample": "Quispe",
    }
}


def send(client: HostClient, address: str = "192.0.2.1") -> Any:
    return client.post("/csp-report", orjson.dumps(REPORT), content_type="application/csp-report", REMOTE_ADDR=address)


def test_a_report_is_noted_without_addresses_of_pages_and_answered_with_nothing(db: None) -> None:
    for client in (client_for("northfield"), console_client(), network_client()):
        with structlog.testing.capture_logs() as lines:
            answer = send(client)

        assert (answer.status_code, answer.content) == (204, b"")
        assert [line for line in lines if line["event"] == "csp_violation"] == [
            {"event": "csp_violation", "effective_directive": "script-src", "log_level": "warning"}
        ]
        assert "Quispe" not in str(lines)


@pytest.mark.requirement("S40")
def test_an_address_that_reports_without_end_is_slowed_and_others_are_not(db: None) -> None:
    client = client_for("northfield")
    with time_machine.travel("2027-01-05T12:00:00Z", tick=False) as clock, structlog.testing.capture_logs() as lines:
        answers = [send(client).status_code for _report in range(ADDRESS_REPORTS.free + 3)]
        assert answers == [204] * (ADDRESS_REPORTS.free + 1) + [429] * 2
        refused = send(client)
        assert (refused.content, refused["Retry-After"]) == (b"", "2")
        assert send(client, "192.0.2.2").status_code == 204
        assert send(client_for("santalucia")).status_code == 204
        clock.shift((ADDRESS_REPORTS.forget or 0) + 1)
        assert send(client).status_code == 204

    assert len([line for line in lines if line["event"] == "csp_violation"]) == ADDRESS_REPORTS.free + 4


@pytest.mark.requirement("S40")
def test_many_addresses_together_are_slowed_at_the_host(db: None) -> None:
    client = client_for("northfield")
    with time_machine.travel("2027-01-05T12:00:00Z", tick=False):
        answers = [send(client, f"198.51.100.{number}").status_code for number in range(HOST_REPORTS.free + 2)]

    assert answers == [204] * (HOST_REPORTS.free + 1) + [429]
