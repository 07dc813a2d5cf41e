"""The devices on which somebody is signed in."""

from django.db import transaction

from kernel import audit
from kernel.accounts.models import Account, Device, Session
from kernel.accounts.sessions import delete_sessions
from kernel.permissions import Access


def end_session(*, access: Access, session: Session) -> None:
    """Sign one device out, at once."""
    with transaction.atomic():
        if session.device_id is not None:
            Device.objects.filter(pk=session.device_id).update(trusted_until=None)
        audit.record(access, action="accounts.session_ended", target=session)
        Session.objects.filter(pk=session.pk).delete()


def forget_device(*, access: Access, device: Device) -> None:
    """From now on the second step is asked on this device again."""
    with transaction.atomic():
        Device.objects.filter(pk=device.pk).update(trusted_until=None)
        audit.record(access, action="accounts.device_forgotten", target=device)


def end_other_sessions(*, access: Access, account: Account, keep_session: str | None) -> int:
    """Sign every other device out; returns how many were signed in."""
    with transaction.atomic():
        ended = delete_sessions(account.pk, but=keep_session)
        account.devices.update(trusted_until=None)
        audit.record(access, action="accounts.other_sessions_ended", target=account, detail={"sessions_ended": ended})
    return ended
