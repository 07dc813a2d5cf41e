"""Django's own way of sending mail, led through the outbox: what libraries send is an effect of the act as well."""

from collections.abc import Sequence

from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.utils import translation

from kernel.mail.writing import write_letter


class OutboxBackend(BaseEmailBackend):
    """Writes one letter for each recipient. Nobody sees who else got it."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write the letters; they leave after the running transaction has committed."""
        with transaction.atomic():
            for message in email_messages:
                html = None
                if isinstance(message, EmailMultiAlternatives):
                    html = next((str(body) for body, kind in message.alternatives if kind == "text/html"), None)
                for recipient in message.recipients():
                    write_letter(
                        to=recipient,
                        subject=" ".join(str(message.subject).split()),
                        text=str(message.body),
                        html=html,
                        language=translation.get_language() or "",
                    )
        return len(email_messages)
