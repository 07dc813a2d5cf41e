"""What people set for themselves."""

from django.db import transaction
from themes.shell import Reading

from kernel import audit
from kernel.accounts.models import Account
from kernel.permissions import Access, NotPermitted
from tenants.portal.models import ReadingChoice
from tenants.portal.reading import NAMES


def keep_reading(*, access: Access, reading: Reading, language: str) -> None:
    """Remember how the acting account reads, and in which language.

    ``language`` is a code that the hospital speaks; the caller's form has checked it.
    Raises NotPermitted for visitors: theirs is kept in a cookie only.
    """
    account_id = access.actor.account_id
    if account_id is None:
        raise NotPermitted
    with transaction.atomic():
        ReadingChoice.objects.update_or_create(
            account_id=account_id, defaults={name: getattr(reading, name) for name in NAMES}
        )
        Account.objects.filter(pk=account_id).update(language=language)
        audit.record(access, action="accounts.reading_changed", target=("accounts.Account", account_id))
