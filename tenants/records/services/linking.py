"""References between stored resources: given their local form, or kept as unresolved until their target arrives.

A step of an import, not an act of its own.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import tzinfo
from typing import Any
from uuid import UUID

from tenants.records.bundles import read_json
from tenants.records.indexing import token
from tenants.records.models import Resource, UnresolvedReference
from tenants.records.references import (
    LOCAL,
    SEARCH,
    URN,
    needs_a_target,
    paths_to,
    reference_holders,
    replace_references,
    url_key,
)
from tenants.records.services.storing import Draft, in_chunks, replace_resources

_PATH_LENGTH = 200
_TARGET_LENGTH = 400


def resolve_references(drafts: Sequence[Draft], present: set[str]) -> list[UnresolvedReference]:
    """Give what refers to stored resources in other words its local form, and list what leads nowhere yet.

    The digest stays that of the source's words, so the same bundle is unchanged the next time.
    """
    wanted: dict[UUID, set[str]] = {}
    for draft in drafts:
        targets = {holder["reference"] for holder in reference_holders(draft.resource)}
        missing = {target for target in targets if target not in present and needs_a_target(target)}
        if missing:
            wanted[draft.key] = missing
    if not wanted:
        return []
    found = _find_targets(set().union(*wanted.values()), drafts)
    unresolved = []
    for draft in drafts:
        missing = wanted.get(draft.key, set())
        lost = {target for target in missing if target not in found}
        replace_references(draft.resource, {target: found[target] for target in missing - lost})
        unresolved += [
            UnresolvedReference(
                resource_id=draft.key, path=path[:_PATH_LENGTH], target=url_key(target)[:_TARGET_LENGTH]
            )
            for path, target in paths_to(draft.resource, lost)
        ]
    return unresolved


def resolve_waiting(created: Sequence[Draft], *, zone: tzinfo) -> None:
    """Resolve what has been waiting for these resources. Waiting words (urn, search) become local references.

    What waited still comes from the source that sent it, when it sent it.
    """
    names: dict[str, str] = {}
    for draft in created:
        address = f"{draft.type}/{draft.fhir_id}"
        for name in (address, f"{URN}{draft.fhir_id.lower()}", *_identifier_searches(draft.resource)):
            names[name[:_TARGET_LENGTH]] = address
    waiting = [row for some in in_chunks(names) for row in UnresolvedReference.objects.filter(target__in=some)]
    reworded = [row for row in waiting if row.target != names[row.target]]
    replacements: dict[UUID, dict[str, str]] = defaultdict(dict)
    for row in reworded:
        replacements[row.resource_id][row.target] = names[row.target]
    drafts = []
    for stored in Resource.objects.filter(pk__in=replacements):
        resource = read_json(bytes(stored.content))
        words = {holder["reference"] for holder in reference_holders(resource)}
        known = replacements[stored.pk]
        replace_references(resource, {word: known[url_key(word)] for word in words if url_key(word) in known})
        drafts.append(
            Draft(
                stored.pk,
                resource,
                stored.patient_id,
                stored.version + 1,
                bytes(stored.digest),
                stored.source,
                stored.received_at,
                stored.source_updated_at,
            )
        )
    replace_resources(drafts, zone=zone)
    UnresolvedReference.objects.filter(pk__in=[row.pk for row in waiting]).delete()


def _find_targets(targets: set[str], drafts: Sequence[Draft]) -> dict[str, str]:
    """The local form of each wanted reference whose target is stored or in this bundle, and is the only one."""
    local = {target: f"{match[1]}/{match[2]}" for target in targets if (match := LOCAL.fullmatch(target))}
    urns = {target: url_key(target).removeprefix(URN) for target in targets if target.startswith(URN)}
    types: dict[str, set[str]] = defaultdict(set)
    for some in in_chunks({address.partition("/")[2] for address in local.values()} | set(urns.values())):
        for kind, fhir_id in Resource.objects.filter(fhir_id__in=some).values_list("type", "fhir_id"):
            types[fhir_id].add(kind)
    found = {
        target: target
        for target, address in local.items()
        if address.partition("/")[0] in types[address.partition("/")[2]]
    }
    for target, fhir_id in urns.items():
        if len(types[fhir_id]) == 1:
            found[target] = f"{next(iter(types[fhir_id]))}/{fhir_id}"
    found.update(_find_by_identifier({target for target in targets if SEARCH.fullmatch(target)}, drafts))
    return found


def _find_by_identifier(searches: set[str], drafts: Sequence[Draft]) -> dict[str, str]:
    if not searches:
        return {}
    owners: dict[str, set[str]] = defaultdict(set)
    for draft in drafts:
        for search in _identifier_searches(draft.resource):
            owners[search].add(f"{draft.type}/{draft.fhir_id}")
    tokens = {token("identifier", search.partition("?identifier=")[2]): search for search in searches}
    kinds = {search.partition("?")[0] for search in searches}
    rows = Resource.objects.filter(type__in=kinds, tokens__overlap=list(tokens)).values_list(
        "type", "fhir_id", "tokens"
    )
    for kind, fhir_id, entries in rows:
        for entry in entries:
            if tokens.get(entry, "").startswith(f"{kind}?"):
                owners[tokens[entry]].add(f"{kind}/{fhir_id}")
    return {search: next(iter(owners[search])) for search in searches if len(owners[search]) == 1}


def _identifier_searches(resource: dict[str, Any]) -> list[str]:
    """The searches by which others may refer to this resource."""
    identifiers = resource.get("identifier", [])
    return [
        f"{resource['resourceType']}?identifier={one['system']}|{one['value']}"
        for one in (identifiers if isinstance(identifiers, list) else [identifiers])
        if one.get("system") and one.get("value")
    ]
