"""The session store: one row a session, found by the hash of its key, with the times that end it."""

import hashlib
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError
from django.db import IntegrityError, transaction

from kernel import clock
from kernel.accounts.doors import scope_label
from kernel.accounts.models import Account, Session

# S21. Before sign-in a session only remembers how far somebody has come; as long as the longest code works.
VISITOR_IDLE, VISITOR_LIMIT = timedelta(minutes=30), timedelta(hours=1)
PATIENT_IDLE, PATIENT_LIMIT = timedelta(minutes=30), timedelta(hours=24)
STAFF_IDLE, STAFF_LIMIT = timedelta(minutes=15), timedelta(hours=12)
# A row is not rewritten for every request of a busy page.
SEEN_EVERY = timedelta(seconds=30)

ACCOUNT, AS_STAFF, SIGNED_IN_AT, CONFIRMED_AT, METHODS, DEVICE, IDLE, EXPIRES = (
    "account",
    "as_staff",
    "signed_in_at",
    "confirmed_at",
    "methods",
    "device",
    "idle_seconds",
    "expires_at",
)


def key_hash(key: str) -> str:
    """How a session key is stored: who reads the table cannot use what is in it, nor move the row to another hospital
    (S04). Raises NoScope."""
    return hashlib.sha256(f"portico-session:{scope_label()}:{key}".encode()).hexdigest()


class SessionStore(SessionBase):
    """Django's session interface on ``Session``. ``door`` and ``address`` are set by the middleware.

    ``ended_by`` says why the key signs nobody in any more: ``idle``, ``limit``, ``roles``, or ``elsewhere`` for what
    the row cannot tell, because it is gone. A request that only ``looks`` leaves it to the next one to say so.
    """

    def __init__(
        self, session_key: str | None = None, *, door: str = "hospital", address: str = "", looks: bool = False
    ) -> None:
        super().__init__(session_key)
        self.door = door
        self.address = address
        self.looks = looks
        self.row: Session | None = None
        self.ended_by = ""

    def load(self) -> dict[str, Any]:
        """The content of a live session of this door; anything else is an empty new one."""
        row = (
            Session.objects.select_related("account")
            .filter(key_hash=key_hash(self.session_key or ""), door=self.door)
            .first()
        )
        if row is not None and not self._is_over(row):
            self.row = row
            return dict(row.content)
        if row is None and self.session_key:
            self.ended_by = "elsewhere"
        self._session_key = None
        return {}

    def _is_over(self, row: Session) -> bool:
        now = clock.now()
        if row.account is not None and not row.account.is_active:
            reason = "elsewhere"
        elif now >= row.expires_at:
            reason = "limit"
        elif now >= row.last_seen_at + timedelta(seconds=row.idle_seconds):
            reason = "idle"
        else:
            return False
        # Who was only on the way in has not been signed out.
        self.ended_by = reason if row.account_id is not None else ""
        if not self.looks:
            Session.objects.filter(pk=row.pk).delete()
        return True

    @property
    def account(self) -> Account | None:
        """Whose session this is; None before sign-in is complete. Costs nothing after the load."""
        if ACCOUNT not in self:
            return None
        return self.row.account if self.row is not None else None

    def exists(self, session_key: str) -> bool:
        return Session.objects.filter(key_hash=key_hash(session_key)).exists()

    def create(self) -> None:
        while True:
            self._session_key = self._get_new_session_key()  # type: ignore[attr-defined]  # not in the stubs
            try:
                self.save(must_create=True)
            except CreateError:
                continue
            self.modified = True
            return

    def _columns(self, content: dict[str, Any], now: datetime) -> dict[str, Any]:
        expires = content.get(EXPIRES)
        return {
            "content": content,
            "door": self.door,
            "account_id": UUID(content[ACCOUNT]) if ACCOUNT in content else None,
            "device_id": UUID(content[DEVICE]) if DEVICE in content else None,
            "address": self.address,
            "last_seen_at": now,
            "idle_seconds": content.get(IDLE, int(VISITOR_IDLE.total_seconds())),
            "expires_at": datetime.fromisoformat(expires) if expires else now + VISITOR_LIMIT,
        }

    def save(self, must_create: bool = False) -> None:
        if self.session_key is None:
            self.create()
            return
        content = dict(self._get_session(no_load=must_create))  # type: ignore[attr-defined]  # not in the stubs
        now = clock.now()
        columns = self._columns(content, now)
        if must_create:
            row = Session(key_hash=key_hash(self.session_key), created_at=now, **columns)
            try:
                with transaction.atomic():
                    row.save(force_insert=True)
            except IntegrityError as error:
                raise CreateError from error
            self.row = row
            return
        if not Session.objects.filter(key_hash=key_hash(self.session_key), door=self.door).update(**columns):
            # Ended from another device while this request ran: it must not come back to life.
            raise UpdateError

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is not None:
            Session.objects.filter(key_hash=key_hash(key)).delete()

    def touch(self) -> None:
        """Note that somebody is there, so that the idle time begins anew."""
        row, now = self.row, clock.now()
        if row is not None and now - row.last_seen_at >= SEEN_EVERY:
            Session.objects.filter(pk=row.pk).update(last_seen_at=now, address=self.address)
            row.last_seen_at = now

    def seconds_left(self) -> int:
        """Whole seconds until the session ends if nothing more happens; 0 for visitors."""
        if self.row is None or self.row.account_id is None:
            return 0
        idle_end = self.row.last_seen_at + timedelta(seconds=self.row.idle_seconds)
        return max(0, int((min(idle_end, self.row.expires_at) - clock.now()).total_seconds()))

    @classmethod
    def clear_expired(cls) -> None:
        now = clock.now()
        Session.objects.filter(expires_at__lt=now).delete()


def delete_sessions(account_id: UUID, *, but: str | None = None) -> int:
    """End the account's sessions at once, except the one with the key ``but``. Returns how many ended."""
    rows = Session.objects.filter(account=account_id)
    if but is not None:
        rows = rows.exclude(key_hash=key_hash(but))
    return rows.delete()[0]
