"""Guessing is slowed: by login, by address and by hospital, with delays that grow. The counters are in PostgreSQL.

An attempt is charged before it is checked and refunded when it was right, so that a hundred guesses sent at once are a
hundred guesses. Nobody waits in a thread: too early means refused, with the seconds that remain.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from kernel import clock
from kernel.accounts.doors import address_block
from kernel.accounts.models import Account, Device, Throttle
from kernel.errors import DomainError
from kernel.i18n.formats import in_digits


@dataclass(frozen=True, slots=True)
class Rule:
    """``free`` failures cost nothing; then the delay doubles from ``first`` to ``longest`` seconds.

    After ``forget`` seconds without a failure the count begins anew; None keeps it until a success. What is beyond
    ``most`` failures is refused whatever was typed.
    """

    name: str
    free: int
    first: float
    longest: float
    forget: float | None
    most: int | None = None


# How long a counter stays that nothing was added to.
KEPT = timedelta(days=30)
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
# NIST SP 800-63B-4 section 3.2.2 allows 100 consecutive failures; the next one needs recovery or a known device.
MOST_FAILURES = 100
# An account has two names, its login and its e-mail address. They are counted apart: one count for both would tell a
# stranger that they belong together.
LOGIN = Rule("login", free=5, first=2, longest=900, forget=None, most=MOST_FAILURES // 2)
DEVICE = Rule("device", free=5, first=2, longest=900, forget=None, most=MOST_FAILURES)
# Codes to sign in with that were asked for since the last right one: five tries each. MESSAGES slows them.
CODES = Rule("codes", free=0, first=0, longest=0, forget=None, most=MOST_FAILURES // 2 // 5)
ADDRESS = Rule("address", free=20, first=2, longest=300, forget=900)
# All strangers of a hospital together: one attempt every few seconds is left, so that nobody can shut the door.
HOSPITAL = Rule("hospital", free=200, first=1, longest=4, forget=600)
# Messages that a stranger can make us send.
MESSAGES = Rule("messages", free=3, first=60, longest=3600, forget=3600)
ADDRESS_MESSAGES = Rule("address-messages", free=20, first=30, longest=3600, forget=3600)
# What browsers report that was blocked: a page of ours that breaks a rule does so at every visit.
ADDRESS_REPORTS = Rule("address-reports", free=20, first=2, longest=300, forget=300)
HOST_REPORTS = Rule("host-reports", free=200, first=1, longest=4, forget=300)


class TooManyAttempts(DomainError):
    """Refused without looking; ``seconds`` says when to come back."""

    code = "too-many-attempts"

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        if seconds < 90:
            sentence = ngettext(
                "Too many attempts. Please wait %(count)d second and try again.",
                "Too many attempts. Please wait %(count)d seconds and try again.",
                seconds,
            ) % {"count": seconds}
        else:
            minutes = -(-seconds // 60)
            sentence = ngettext(
                "Too many attempts. Please wait %(count)d minute and try again.",
                "Too many attempts. Please wait %(count)d minutes and try again.",
                minutes,
            ) % {"count": minutes}
        super().__init__(in_digits(sentence))


class RecoveryNeeded(DomainError):
    """Refused without looking, until the account is recovered or a known device is used."""

    message = _("Too many wrong attempts. Choose a new password by e-mail, or use a device you signed in with before.")
    code = "recovery-needed"


@dataclass(frozen=True, slots=True)
class Bucket:
    """One counter: a rule and what it counts for, hashed, because logins and addresses are personal."""

    rule: Rule
    key: str

    @property
    def name(self) -> str:
        """The name of the row."""
        return f"{self.rule.name}:{hashlib.sha256(self.key.encode()).hexdigest()[:48]}"

    def delay(self, failures: int) -> float:
        """Seconds to wait after this many failures."""
        beyond = failures - self.rule.free
        return 0.0 if beyond <= 0 else min(self.rule.first * 2.0 ** min(beyond - 1, 32), self.rule.longest)


def sign_in_buckets(*, login: str, address: str, device_id: object = None) -> list[Bucket]:
    """What an attempt to sign in is counted under. A known device of the account answers only for itself."""
    if device_id is not None:
        return [Bucket(DEVICE, str(device_id))]
    return [Bucket(LOGIN, login), Bucket(ADDRESS, address_block(address)), Bucket(HOSPITAL, "all")]


def second_step_buckets(*, account_id: UUID, address: str, device_id: object = None) -> list[Bucket]:
    """What a second factor is counted under.

    Never under what the first one is: each right password would forgive the wrong codes that follow it.
    """
    return sign_in_buckets(
        login=f"second:{account_id}", address=address, device_id=None if device_id is None else f"second:{device_id}"
    )


def message_buckets(*, login: str, address: str, device_id: object = None) -> list[Bucket]:
    """What a code sent by e-mail is counted under. A known device does not wait for what strangers asked for."""
    name = login if device_id is None else f"device:{device_id}"
    return [Bucket(MESSAGES, name), Bucket(ADDRESS_MESSAGES, address_block(address))]


def report_buckets(*, address: str) -> list[Bucket]:
    """What a browser's report is counted under, at the host that is asked."""
    return [Bucket(ADDRESS_REPORTS, address_block(address)), Bucket(HOST_REPORTS, "all")]


def codes_buckets(account: Account) -> list[Bucket]:
    """What codes to sign in with are counted under, by either name."""
    return [Bucket(CODES, name) for name in (account.login, account.email) if name]


def recovered_buckets(account: Account) -> list[Bucket]:
    """What a new password by e-mail forgives: guesses at passwords and codes, not those at a second step."""
    names = (account.login, account.email, f"present:{account.pk}", f"email:{account.pk}")
    return [*(Bucket(LOGIN, name) for name in names if name), *codes_buckets(account)]


def charge(buckets: Iterable[Bucket]) -> None:
    """Count one attempt everywhere. Raises TooManyAttempts, and then counts nothing, when one bucket is waiting.

    Raises RecoveryNeeded when one has counted more than its rule allows.
    """
    # Always in one order: two attempts that share buckets must not wait for each other crosswise.
    wanted = sorted(buckets, key=lambda bucket: bucket.name)
    with transaction.atomic():
        Throttle.objects.bulk_create(
            [Throttle(bucket=bucket.name, last_at=_LONG_AGO, blocked_until=_LONG_AGO) for bucket in wanted],
            ignore_conflicts=True,
        )
        rows = {
            row.bucket: row
            for row in Throttle.objects.select_for_update()
            .filter(bucket__in=[bucket.name for bucket in wanted])
            .order_by("bucket")
        }
        # Read once the rows are ours: who waited for them must not be refused for having come earlier.
        now = clock.now()
        waits = [(rows[bucket.name].blocked_until - now).total_seconds() for bucket in wanted]
        if max(waits) > 0:
            raise TooManyAttempts(max(1, round(max(waits))))
        for bucket in wanted:
            row = rows[bucket.name]
            forget = bucket.rule.forget
            if forget is not None and now - row.last_at > timedelta(seconds=forget):
                row.failures = 0
            row.failures += 1
            row.last_at = now
            delay = bucket.delay(row.failures)
            row.blocked_until = now + timedelta(seconds=delay) if delay else _LONG_AGO
        Throttle.objects.bulk_update(rows.values(), ["failures", "last_at", "blocked_until"])
    if any(bucket.rule.most is not None and rows[bucket.name].failures > bucket.rule.most for bucket in wanted):
        raise RecoveryNeeded


def refund(buckets: Iterable[Bucket]) -> None:
    """The attempt was right: the count of one person begins anew, those of many lose this one attempt."""
    with transaction.atomic():
        for bucket in sorted(buckets, key=lambda bucket: bucket.name):
            row = Throttle.objects.select_for_update().filter(bucket=bucket.name).first()
            if row is None:
                continue
            row.failures = 0 if bucket.rule.forget is None else max(0, row.failures - 1)
            row.blocked_until = _LONG_AGO
            row.save(update_fields=["failures", "blocked_until"])


def failures_of(bucket: Bucket) -> int:
    """How many failures are counted now."""
    return Throttle.objects.filter(bucket=bucket.name).values_list("failures", flat=True).first() or 0


def forget_old() -> None:
    """Remove counters that say nothing any more.

    Failures at an account stay until somebody signs in: who waits a month must not get another hundred.
    """
    old = Throttle.objects.filter(last_at__lt=clock.now() - KEPT)
    kept: set[str] = set()
    if old.filter(failures__gt=0).exists():
        for account in Account.objects.only("pk", "login", "email").iterator():
            kept.update(bucket.name for bucket in [*recovered_buckets(account), Bucket(LOGIN, f"second:{account.pk}")])
        for device in Device.objects.values_list("pk", flat=True).iterator():
            kept.update(Bucket(DEVICE, key).name for key in (str(device), f"second:{device}"))
    found = old.values_list("bucket", "failures")
    Throttle.objects.filter(bucket__in=[name for name, count in found if not (count and name in kept)]).delete()
