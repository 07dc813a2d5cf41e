"""What recorded actions are called in plain language, for patients and for those who watch over a hospital."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kernel.registries import Registry


@dataclass(frozen=True)
class ActionSentence:
    """``name`` is the recorded action, ``sentence`` what a patient reads; not ``is_shown``: it is off their page."""

    name: str
    sentence: str | Promise
    is_shown: bool = True
    order: int = 100


sentences: Registry[ActionSentence] = Registry("sentences of audited actions")


def sentence_of(action: str) -> str | Promise:
    """The sentence declared for ``action``, else a general one: the trail never hides what has no words yet."""
    return sentences.get(action).sentence if action in sentences else _("Used your record")
