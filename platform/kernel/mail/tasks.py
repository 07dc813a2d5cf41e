"""Letters leave when their act is committed, and are forgotten after two weeks."""

from datetime import timedelta

from kernel import clock
from kernel.events import on
from kernel.mail.adapters import postman
from kernel.mail.events import MailWritten
from kernel.mail.models import OutgoingMail
from kernel.tasks import Schedule, hospital_task, provider_task, schedules

# As long as the event that carries a letter: by then one that never left is of no use to anybody.
KEPT = timedelta(days=14)


@on(MailWritten, atomic=False)
def send(event: MailWritten) -> None:
    """Hand the letter to the postman, once as far as can be known; what was sent is emptied."""
    mail = OutgoingMail.objects.filter(pk=event.mail_id, state=OutgoingMail.State.WAITING).first()
    if mail is None:
        return
    carrier = postman()
    carrier.take(mail)
    mail.sent_at = clock.now()
    if carrier.leaves:
        mail.state, mail.text, mail.html = OutgoingMail.State.SENT, "", None
    else:
        mail.state = OutgoingMail.State.SHOWN
    mail.save()


def _remove_old() -> None:
    OutgoingMail.objects.filter(written_at__lt=clock.now() - KEPT).delete()


@hospital_task(name="mail.remove_old")
def remove_old() -> None:
    """Forget the hospital's letters, and to whom they went, after two weeks."""
    _remove_old()


@provider_task(name="mail.remove_old_shared")
def remove_old_shared() -> None:
    """Forget the provider's letters after two weeks."""
    _remove_old()


schedules.register(Schedule("mail.remove_old", remove_old, timedelta(days=1), also_suspended=True))
schedules.register(Schedule("mail.remove_old_shared", remove_old_shared, timedelta(days=1)))
