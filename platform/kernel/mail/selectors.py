"""Letters for the outbox page of a machine for development."""

from django.db.models import QuerySet

from kernel.mail.models import OutgoingMail

MOST = 100


def latest_letters() -> "QuerySet[OutgoingMail]":
    """The letters of the scope in context, newest first. Only the outbox page may show them."""
    return OutgoingMail.objects.order_by("-written_at", "-id")[:MOST]
