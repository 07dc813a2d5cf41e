"""What recorded actions are called in plain language, for patients and for those who watch over a hospital."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kernel.audit.targets import declare_target
from kernel.registries import Registry

# Whose trail an act can stand in: each hospital's own, the provider's, or either.
Side = Literal["hospital", "provider", "both"]


@dataclass(frozen=True)
class ActionSentence:
    """``name`` is the recorded action, ``sentence`` what a patient reads; not ``is_shown``: it is off their page.

    ``in_trail`` is what those read who search the trail, where the patient's words would not fit them. ``side`` says
    in whose trail it is looked for.
    """

    name: str
    sentence: str | Promise
    is_shown: bool = True
    in_trail: str | Promise = ""
    side: Side = "hospital"
    order: int = 100


sentences: Registry[ActionSentence] = Registry("sentences of audited actions")


def sentence_of(action: str) -> str | Promise:
    """The sentence declared for ``action``, else a general one: the trail never hides what has no words yet."""
    return sentences.get(action).sentence if action in sentences else _("Used your record")


def words_of(action: str) -> str:
    """``action`` for those who search the trail; the recorded name where nothing was declared."""
    if action not in sentences:
        return action
    declared = sentences.get(action)
    return str(declared.in_trail or declared.sentence)


@dataclass(frozen=True)
class Area:
    """What the acts whose names begin with ``name`` and a dot are about, as a heading over them."""

    name: str
    words: str | Promise
    order: int = 100


areas: Registry[Area] = Registry("areas of audited actions")


def area_of(action: str) -> str:
    """The heading under which ``action`` is offered; empty where none was declared."""
    name = action.partition(".")[0]
    return str(areas.get(name).words) if name in areas else ""


def declare(words: Mapping[str, str | Promise], *, side: Side) -> None:
    """Sentences of acts that are nothing to a patient's record: they stand in the trail and on no patient's page."""
    for name, sentence in words.items():
        sentences.register(ActionSentence(name, sentence, is_shown=False, side=side))


# Stored files have no app of their own that could say it.
declare({"files.downloaded": _("Downloaded a file")}, side="both")
declare_target("audit.AuditEntry", _("An entry of the audit log"))
