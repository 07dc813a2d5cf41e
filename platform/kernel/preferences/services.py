"""Deciding, and going back to what is inherited."""

from dataclasses import replace
from typing import Any, TypeVar
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from pydantic import ValidationError

from kernel import audit, clock
from kernel.errors import DomainError
from kernel.events import publish
from kernel.permissions import Access, NotFound
from kernel.preferences import permissions
from kernel.preferences.declarations import Level, NetworkRule, Preference
from kernel.preferences.events import PreferenceChanged
from kernel.preferences.kept import forget
from kernel.preferences.models import PreferenceValue
from kernel.preferences.resolution import Explanation, explain
from kernel.tenancy.models import Network
from kernel.tenancy.resolution import announce_change

Value = TypeVar("Value")


class ValueUnusable(DomainError):
    message = _("This value cannot be used here.")
    code = "value-unusable"


class LockedByNetwork(DomainError):
    message = _("Your network has decided this for all its hospitals.")
    code = "locked-by-network"


class OutsideTheRange(DomainError):
    message = _("Your network does not allow this value.")
    code = "outside-range"


class DecidedElsewhere(DomainError):
    message = _("This is not decided here.")
    code = "decided-elsewhere"


def _checked(preference: "Preference[Value]", value: Value) -> Any:
    try:
        return preference.to_json(preference.adapter.validate_python(value))
    except ValidationError:
        raise ValueUnusable from None


def _require_own(preference: "Preference[Any]", site: UUID | None) -> Explanation:
    """Raise unless the hospital (or the site) may decide this now."""
    level = Level.HOSPITAL if site is None else Level.SITE
    if level.rank > preference.owner_level.rank:
        raise DecidedElsewhere
    explanation = explain(preference, site=site)
    if explanation.is_locked:
        raise LockedByNetwork
    return explanation


def set_preference(
    *, access: Access, preference: "Preference[Value]", value: Value, site: UUID | None = None, reason: str = ""
) -> Explanation:
    """Decide ``preference`` for the hospital in context, or for one of its sites; returns how it stands then.

    Raises NotPermitted, ValueUnusable, LockedByNetwork, OutsideTheRange or DecidedElsewhere.
    """
    access.require(permissions.CHANGE)
    stored = _checked(preference, value)
    with transaction.atomic():
        before = _require_own(preference, site)
        if before.rule is not None and not before.rule.allows(stored):
            raise OutsideTheRange
        PreferenceValue.objects.update_or_create(
            key=preference.key,
            site_id=site,
            defaults={
                "value": stored,
                "set_by": access.actor.account_id,
                "set_by_name": access.actor.display_name[:200],
                "reason": reason[:300],
                "set_at": clock.now(),
            },
        )
        forget()
        _note(access, preference, site, before, stored, reason)
    return explain(preference, site=site)


def inherit_preference(
    *, access: Access, preference: "Preference[Any]", site: UUID | None = None, reason: str = ""
) -> Explanation:
    """Take the hospital's (or the site's) own decision back. Nothing happens when there is none."""
    access.require(permissions.CHANGE)
    with transaction.atomic():
        before = explain(preference, site=site)
        removed, _by_model = PreferenceValue.objects.filter(key=preference.key, site_id=site).delete()
        if removed:
            forget()
            _note(access, preference, site, before, None, reason)
    return explain(preference, site=site)


def _note(
    access: Access, preference: "Preference[Any]", site: UUID | None, before: Explanation, stored: Any, reason: str
) -> None:
    audit.record(
        access,
        action="preferences.changed" if stored is not None else "preferences.inherited",
        target=("preference", preference.key),
        reason=reason,
        detail={
            "site": str(site) if site else "",
            "before": preference.to_json(before.value),
            "source_before": before.source.value,
            "after": stored,
        },
    )
    publish(PreferenceChanged(preference.key, site))


def rule_network(
    *, access: Access, network_id: UUID, preference: "Preference[Any]", rule: NetworkRule | None, reason: str = ""
) -> Network:
    """Decide ``preference`` for all hospitals of a network, under ``shared()``; None takes the rule back.

    The caller has checked that the access covers this network. Raises NotPermitted, NotFound, ValueUnusable when the
    value, a bound or a choice is of the wrong type, DecidedElsewhere when networks have no say.
    """
    access.require(permissions.RULE)
    if Level.NETWORK.rank > preference.owner_level.rank:
        raise DecidedElsewhere
    if rule is not None:
        if rule.is_locked and rule.value is None:
            rule = replace(rule, value=preference.to_json(preference.default))
        for given in (rule.value, rule.minimum, rule.maximum, *rule.choices):
            if given is not None:
                _checked(preference, given)
        if rule.value is not None and not rule.allows(rule.value):
            raise OutsideTheRange
        rule = replace(rule, by=access.actor.display_name, at=clock.now().isoformat(), reason=reason)
    with transaction.atomic():
        network = Network.objects.select_for_update().filter(pk=network_id).first()
        if network is None:
            raise NotFound
        before = network.settings.get(preference.key)
        kept = {key: value for key, value in network.settings.items() if key != preference.key}
        network.settings = kept if rule is None else {**kept, preference.key: rule.as_stored()}
        network.save(update_fields=["settings"])
        audit.record(
            access,
            action="preferences.network_ruled",
            target=network,
            reason=reason,
            detail={"setting": preference.key, "before": before, "after": network.settings.get(preference.key)},
        )
        announce_change()
    return network
