"""Writing a letter in the transaction of the act that causes it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.template import TemplateDoesNotExist
from django.template.loader import render_to_string
from django.utils import translation

from kernel import clock
from kernel.events import publish
from kernel.tenancy.scope import current_scope

NO_DELAY = timedelta(0)


def send_mail_later(
    to: str, template: str, context: Mapping[str, Any], *, language: str = "", delay: timedelta = NO_DELAY
) -> UUID:
    """Write a letter to the address ``to``; returns the id of its event, by which ``withdraw`` takes it back.

    ``template`` names ``<template>_subject.txt``, ``<template>.txt`` and, if there is one, ``<template>.html``. They
    are rendered now, in ``language`` or the hospital's own. A letter is plain post: no clinical words, no names of
    other people; it tells its reader to sign in.
    """
    hospital = current_scope().hospital
    chosen = language or (hospital.language if hospital is not None else "en")
    values = {**context, "hospital": hospital, "language": chosen}
    with translation.override(chosen):
        subject = " ".join(render_to_string(f"{template}_subject.txt", values).split())
        text = render_to_string(f"{template}.txt", values)
        try:
            html = render_to_string(f"{template}.html", values)
        except TemplateDoesNotExist:
            html = None
    return write_letter(to=to, subject=subject, text=text, html=html, template=template, language=chosen, delay=delay)


def write_letter(
    *,
    to: str,
    subject: str,
    text: str,
    html: str | None = None,
    template: str = "",
    language: str = "",
    delay: timedelta = NO_DELAY,
) -> UUID:
    """Put a finished letter into the outbox; returns the id of its event."""
    from kernel.mail.events import MailWritten
    from kernel.mail.models import OutgoingMail

    mail = OutgoingMail(
        recipient=to,
        subject=subject[:200],
        text=text,
        html=html,
        template=template,
        language=language,
        written_at=clock.now(),
    )
    mail.save(force_insert=True)
    return publish(MailWritten(mail.pk), delay=delay)
