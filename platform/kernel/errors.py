"""The one family of errors that people may read."""

from typing import ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class DomainError(Exception):
    """A refusal that a person can understand and act on.

    ``message`` is a translated, safe sentence: no names of patients, no internals. Everything that is not a
    ``DomainError`` is a fault of ours and is allowed to crash.
    """

    message: ClassVar[str | Promise] = _("That did not work. Please try again.")
    code: ClassVar[str] = "refused"

    def __init__(self, message: str | Promise | None = None) -> None:
        self.sentence = message if message is not None else self.message
        super().__init__(self.sentence)

    def __str__(self) -> str:
        return str(self.sentence)


class ReasonMissing(DomainError):
    """Something was to be done that nobody does without saying why."""

    message = _("Write a reason.")
    code = "reason-missing"
