"""The value that counts, and why: platform → network → hospital → site."""

from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from pydantic import ValidationError

from kernel.preferences.declarations import Level, NetworkRule, Preference
from kernel.preferences.kept import decisions
from kernel.tenancy.scope import current_hospital

Value = TypeVar("Value")


@dataclass(frozen=True)
class Layer:
    """What one level says. ``refused`` tells why it does not count: ``locked``, ``outside`` the network's range, or
    ``invalid`` because the declaration has changed since."""

    level: Level
    value: Any
    by: str = ""
    at: str = ""
    reason: str = ""
    refused: str = ""


@dataclass(frozen=True)
class Explanation:
    """The effective value with its source, who set it, when (ISO 8601) and why, and all levels that say something."""

    value: Any
    source: Level
    by: str
    at: str
    reason: str
    is_locked: bool
    rule: NetworkRule | None
    layers: tuple[Layer, ...]

    @property
    def conflicts(self) -> tuple[Layer, ...]:
        """Decisions that do not count any more."""
        return tuple(layer for layer in self.layers if layer.refused)


def explain(preference: "Preference[Any]", *, site: UUID | None = None) -> Explanation:
    """Where the value of ``preference`` comes from, for the hospital in context or one of its sites."""
    rule = NetworkRule.stored_for(preference.key, current_hospital().network_settings)
    layers = [Layer(Level.PLATFORM, preference.default, by="Portico", reason=str(_("The platform's default")))]
    if rule is not None and rule.value is not None:
        layers.append(_layer(preference, Level.NETWORK, rule.value, rule.by, rule.at, rule.reason, None))
    own = decisions()
    for level, key in ((Level.HOSPITAL, None), (Level.SITE, site)):
        decision = own.get((preference.key, key))
        if decision is None or (level is Level.SITE and site is None):
            continue
        layers.append(_layer(preference, level, decision.value, decision.by, decision.at, decision.reason, rule))
    counting = [layer for layer in layers if not layer.refused][-1]
    return Explanation(
        value=counting.value,
        source=counting.level,
        by=counting.by,
        at=counting.at,
        reason=counting.reason,
        is_locked=rule is not None and rule.is_locked,
        rule=rule,
        layers=tuple(layers),
    )


def _layer(
    preference: "Preference[Any]", level: Level, stored: Any, by: str, at: str, reason: str, rule: NetworkRule | None
) -> Layer:
    try:
        value = preference.from_json(stored)
    except ValidationError:
        return Layer(level, stored, by, at, reason, refused="invalid")
    refused = ""
    if level.rank > preference.owner_level.rank:
        refused = "level"
    elif rule is not None and rule.is_locked:
        refused = "locked"
    elif rule is not None and not rule.allows(stored):
        refused = "outside"
    return Layer(level, value, by, at, reason, refused)


def value_of(preference: "Preference[Value]", *, site: UUID | None = None) -> Value:
    """The effective value for the hospital in context, or for one of its sites."""
    value: Value = explain(preference, site=site).value
    return value
