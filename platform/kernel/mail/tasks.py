"""Letters leave when their act is committed."""

from kernel import clock
from kernel.events import on
from kernel.mail.adapters import postman
from kernel.mail.events import MailWritten
from kernel.mail.models import OutgoingMail


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
