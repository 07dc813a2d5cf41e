"""How far somebody has come in signing in, kept in the visitor's session; and where they go afterwards."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from kernel import clock
from kernel.accounts import codes
from kernel.accounts.models import Account
from kernel.accounts.requests import DoorRequest
from kernel.accounts.selectors import active_account
from kernel.accounts.services.sign_in import Origin

KEY = "sign_in"
# The button that has another code sent, on the pages that wait for one.
ANOTHER = "another"
ANOTHER_SENT = _("A new code is on its way. The one before does not work any more.")
DEVICE_COOKIE = "__Host-portico-device"
DEVICE_COOKIE_AGE = 60 * 60 * 24 * 365
# Half-way through signing in is worth something to whoever sits down at the same screen next.
LIFETIME = timedelta(minutes=10)
# Waiting for a code is worth nothing without it; the page must last as long as the code that the letter promises.
CODE_LIFETIME = max(codes.LIFETIME.values())


@dataclass
class Progress:
    """``account_id`` is set once a first factor was right; ``code_id`` while a code is awaited, known login or not."""

    account_id: UUID | None = None
    methods: list[str] = field(default_factory=list)
    code_id: UUID | None = None
    next: str = ""
    begun_at: datetime = field(default_factory=clock.now)

    @classmethod
    def of(cls, request: DoorRequest) -> "Progress":
        """What the session remembers; a new beginning when it is too old."""
        kept = request.session.get(KEY)
        lifetime = LIFETIME if kept and kept["account_id"] else CODE_LIFETIME
        if not kept or clock.now() - datetime.fromisoformat(kept["begun_at"]) > lifetime:
            return cls()
        return cls(
            account_id=UUID(kept["account_id"]) if kept["account_id"] else None,
            methods=list(kept["methods"]),
            code_id=UUID(kept["code_id"]) if kept["code_id"] else None,
            next=kept["next"],
            begun_at=datetime.fromisoformat(kept["begun_at"]),
        )

    def keep(self, request: DoorRequest) -> None:
        """Remember it in the visitor's session."""
        request.session[KEY] = {
            "account_id": str(self.account_id) if self.account_id else "",
            "methods": self.methods,
            "code_id": str(self.code_id) if self.code_id else "",
            "next": self.next,
            "begun_at": self.begun_at.isoformat(),
        }

    def account(self) -> Account | None:
        """The active account whose first factor was right."""
        if self.account_id is None:
            return None
        return active_account(self.account_id)


def origin_of(request: DoorRequest) -> Origin:
    """Where this request comes from, as the services of sign-in want to know it."""
    return Origin(
        door=request.door,
        channel=request.access.channel,
        agent=request.headers.get("User-Agent", "")[:500],
        device_token=request.COOKIES.get(DEVICE_COOKIE, "")[:128],
    )


def safe_next(request: DoorRequest, wanted: str | None = None) -> str:
    """The address to go to afterwards: a path on this very host, or empty (S25)."""
    address = wanted if wanted is not None else request.GET.get("next", request.POST.get("next", ""))
    # A session cannot keep signs that nobody can see, and no address of ours has them.
    if not address.startswith("/") or len(address) > 2000 or not address.isprintable():
        return ""
    allowed = url_has_allowed_host_and_scheme(address, allowed_hosts=None, require_https=False)
    return address if allowed else ""
