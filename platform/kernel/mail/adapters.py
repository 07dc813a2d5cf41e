"""The port to the postman: a real one by SMTP, and none on a machine for development."""

from email.utils import formataddr
from typing import Protocol
from urllib.parse import parse_qs, unquote, urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.smtp import EmailBackend

from kernel.mail.models import OutgoingMail
from kernel.tenancy.scope import current_scope

SECONDS = 10


class Postman(Protocol):
    """What takes a letter. ``leaves`` False: it stays on the outbox page."""

    leaves: bool

    def take(self, mail: OutgoingMail) -> None:
        """Send the letter or raise OSError (smtplib's errors are OSErrors); it will be tried again."""
        ...


class OutboxPage:
    """Sends nothing. The letter is read at ``/_outbox/`` of the host that wrote it."""

    leaves = False

    def take(self, mail: OutgoingMail) -> None:
        """Leave the letter where it is."""


class SmtpPostman:
    """Sends by SMTP. ``url``: ``smtp://user:password@host:port``, ``smtps://`` for TLS from the first byte;
    ``?starttls=1`` to switch to it, ``?from=`` for the sender's address."""

    leaves = True

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
            raise ImproperlyConfigured("EMAIL_URL must be smtp:// or smtps:// with a host")
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.sender = asked.get("from") or f"no-reply@{settings.BASE_DOMAIN}"
        self._connection = EmailBackend(
            host=parts.hostname,
            port=parts.port or (465 if parts.scheme == "smtps" else 587),
            username=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            use_tls=asked.get("starttls") == "1",
            use_ssl=parts.scheme == "smtps",
            timeout=SECONDS,
        )

    def take(self, mail: OutgoingMail) -> None:
        """Send the letter. A second attempt carries the same Message-ID, by which mail servers know it."""
        hospital = current_scope().hospital
        sender = hospital.name if hospital is not None else "Portico"
        message = EmailMultiAlternatives(
            subject=mail.subject,
            body=mail.text,
            from_email=formataddr((sender, self.sender)),
            to=[mail.recipient],
            headers={
                "Message-ID": f"<{mail.pk}@{self.sender.partition('@')[2]}>",
                "Auto-Submitted": "auto-generated",
                "Content-Language": mail.language or "en",
            },
            connection=self._connection,
        )
        if mail.html:
            message.attach_alternative(mail.html, "text/html")
        message.send()


def postman() -> Postman:
    """The adapter of this process: SMTP when ``EMAIL_URL`` is set, the outbox page where demonstrations are allowed."""
    if settings.EMAIL_URL:
        return SmtpPostman(settings.EMAIL_URL)
    if settings.DEMO_ALLOWED:
        return OutboxPage()
    raise ImproperlyConfigured("EMAIL_URL is not set, so letters cannot leave")
