"""Letters are written with their act and sent after it."""

import email
import email.policy
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import time_machine
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMultiAlternatives, send_mail
from django.db import connection, transaction

from config.runtime.processes import free_port
from kernel.events.models import OutboxEvent
from kernel.events.publishing import withdraw
from kernel.events.relay import relay_waiting
from kernel.mail import send_mail_later
from kernel.mail.adapters import SmtpPostman, postman
from kernel.mail.models import OutgoingMail
from kernel.mail.tasks import remove_old
from kernel.mail.writing import write_letter
from kernel.tenancy.context import HospitalContext
from kernel.tenancy.scope import hospital
from tests.clients import client_for

pytestmark = pytest.mark.requirement("S51")


class Inbox:
    """What a mail server got; it refuses the first ``busy`` letters."""

    def __init__(self) -> None:
        self.letters: list[tuple[list[str], EmailMessage]] = []
        self.busy = 0

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.busy:
            self.busy -= 1
            return "451 try again later"
        content = envelope.original_content or b""
        message = email.message_from_bytes(content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        self.letters.append((envelope.rcpt_tos, message))
        return "250 OK"


@pytest.fixture
def inbox(settings: Any) -> Iterator[Inbox]:
    """A real SMTP server, to which letters of this test go."""
    inbox, port = Inbox(), free_port()
    controller = Controller(inbox, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_URL = f"smtp://127.0.0.1:{port}?from=portal@northfield.example"
    yield inbox
    controller.stop()


@pytest.fixture
def templates(settings: Any, tmp_path: Path) -> None:
    """A letter in two parts."""
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters/hello_subject.txt").write_text("Hello from\n{{ hospital.name }}\n")
    (tmp_path / "letters/hello.txt").write_text("{{ code }}, {{ language }}")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]


def test_a_letter_leaves_by_smtp_and_is_emptied(in_northfield: HospitalContext, inbox: Inbox, templates: None) -> None:
    send_mail_later("ana@example.org", "letters/hello", {"code": "123 456"}, language="es")
    assert inbox.letters == []

    relay_waiting()

    ((recipients, message),) = inbox.letters
    mail = OutgoingMail.objects.get()
    assert recipients == ["ana@example.org"]
    sender = message["From"].addresses[0]
    assert (sender.display_name, sender.addr_spec) == (in_northfield.name, "portal@northfield.example")
    assert message["Message-ID"] == f"<{mail.pk}@northfield.example>"
    assert message["Subject"] == "Hello from Northfield University Medical Center"
    assert message.get_content().strip() == "123 456, es"
    assert (mail.state, mail.text, mail.html) == ("sent", "", None)
    assert "123 456" not in str(OutboxEvent.objects.values())


def test_a_letter_of_a_rolled_back_act_is_not_sent(in_northfield: HospitalContext, templates: None) -> None:
    def act() -> None:
        with transaction.atomic():
            send_mail_later("ana@example.org", "letters/hello", {"code": "1"})
            raise KeyError

    with pytest.raises(KeyError):
        act()

    assert OutgoingMail.objects.count() == 0
    assert OutboxEvent.objects.count() == 0


def test_a_busy_mail_server_gets_the_same_letter_again(
    in_northfield: HospitalContext, inbox: Inbox, templates: None
) -> None:
    inbox.busy = 1
    with time_machine.travel(datetime(2027, 1, 1, tzinfo=UTC), tick=False) as time:
        send_mail_later("ana@example.org", "letters/hello", {"code": "1"})
        relay_waiting()
        assert OutgoingMail.objects.get().state == "waiting"
        time.shift(timedelta(minutes=1))
        relay_waiting()
        relay_waiting()

    assert len(inbox.letters) == 1
    assert OutgoingMail.objects.get().state == "sent"


def test_a_letter_can_be_taken_back_for_ten_seconds(
    in_northfield: HospitalContext, inbox: Inbox, templates: None
) -> None:
    event_id = send_mail_later("ana@example.org", "letters/hello", {"code": "1"}, delay=timedelta(seconds=10))

    assert withdraw(event_id)
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=11)):
        relay_waiting()

    assert inbox.letters == []


def test_what_libraries_send_goes_through_the_outbox(in_northfield: HospitalContext, settings: Any) -> None:
    settings.EMAIL_BACKEND = "kernel.mail.backend.OutboxBackend"
    message = EmailMultiAlternatives("Your\ncode", "the text", None, ["ana@example.org"], bcc=["ben@example.org"])
    message.attach_alternative("<p>the text</p>", "text/html")

    message.send()
    send_mail("Hello", "plain", None, ["cid@example.org"])

    found = OutgoingMail.objects.order_by("recipient")
    assert [(mail.recipient, mail.subject, mail.text, mail.html) for mail in found] == [
        ("ana@example.org", "Your code", "the text", "<p>the text</p>"),
        ("ben@example.org", "Your code", "the text", "<p>the text</p>"),
        ("cid@example.org", "Hello", "plain", None),
    ]
    relay_waiting()
    assert set(OutgoingMail.objects.values_list("state", flat=True)) == {"shown"}


def test_letters_are_forgotten_after_two_weeks(in_northfield: HospitalContext) -> None:
    with time_machine.travel(datetime(2027, 1, 1, tzinfo=UTC), tick=False) as time:
        for name in ("ana", "ben"):
            write_letter(to=f"{name}@example.org", subject="Hello", text="Hello")
            time.shift(timedelta(days=13))
        remove_old()

    assert [mail.recipient for mail in OutgoingMail.objects.all()] == ["ben@example.org"]


def test_in_production_no_letter_stays_behind_unnoticed(in_northfield: HospitalContext, settings: Any) -> None:
    settings.DEMO_ALLOWED = False

    with pytest.raises(ImproperlyConfigured):
        postman()
    with pytest.raises(ImproperlyConfigured):
        SmtpPostman("https://mail.example.org")


def test_what_a_waiting_letter_says_is_not_readable_in_the_database(
    in_northfield: HospitalContext, templates: None
) -> None:
    send_mail_later("ana@example.org", "letters/hello", {"code": "123 456"})

    with connection.cursor() as cursor:
        cursor.execute("SELECT mail::text FROM mail_outgoingmail AS mail")
        assert b"123 456".hex() not in cursor.fetchone()[0]


def test_the_outbox_page_says_dates_as_the_reader_reads_them(in_northfield: HospitalContext) -> None:
    write_letter(to="ana@example.org", subject="Hello", text="Hello")
    OutgoingMail.objects.update(written_at=datetime(2026, 7, 2, 3, 5, tzinfo=UTC))

    page = client_for("northfield").get("/_outbox/", headers={"Accept-Language": "es"}).content.decode()

    # The evening before in Chicago.
    said = page.partition("1 de julio a las 10:05")[2]
    assert "<bdi>Chicago</bdi>" in said.partition("</time>")[0]


def test_the_outbox_page_shows_the_letters_of_its_own_hospital(
    hospital_context: Callable[[str], HospitalContext], settings: Any
) -> None:
    for slug in ("northfield", "alwaha"):
        with hospital(hospital_context(slug)):
            write_letter(to=f"ana@{slug}.example", subject=f"From {slug}", text="Go to https://portal.example/ now")

    answer = client_for("northfield").get("/_outbox/")

    assert answer.status_code == 200
    page = answer.content.decode()
    assert "From northfield" in page
    assert 'href="https://portal.example/"' in page
    assert "alwaha" not in page
    settings.DEMO_ALLOWED = False
    assert client_for("northfield").get("/_outbox/").status_code == 404
