"""Finding patients. What the access does not cover is not found."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from uuid import UUID

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db import connection
from django.db.models import Case, F, IntegerField, Max, Q, QuerySet, Value, When

from kernel.permissions import Access, NotFound
from tenants.people import permissions
from tenants.people.models import ContactPoint, Patient, PatientIdentifier, PatientName
from tenants.people.names import digits, number_key, search_key

MAXIMUM_FOUND = 50
SHORTEST_NUMBER = 6
SHORTEST_TEXT = 2
# However long the way is; a circle, which merges.py lets nobody store, would have no end that it leads to.
_SURVIVORS = """
    WITH RECURSIVE way (start, step) AS (
        SELECT id, replaced_by_id FROM people_patient WHERE id = ANY(%s) AND replaced_by_id IS NOT NULL
        UNION
        SELECT way.start, patient.replaced_by_id FROM way JOIN people_patient AS patient ON patient.id = way.step
        WHERE patient.replaced_by_id IS NOT NULL
    )
    SELECT way.start, way.step FROM way JOIN people_patient AS patient ON patient.id = way.step
    WHERE patient.replaced_by_id IS NULL
"""
_REPLACED = """
    WITH RECURSIVE merged (id) AS (
        SELECT id FROM people_patient WHERE replaced_by_id = ANY(%s)
        UNION
        SELECT patient.id FROM people_patient AS patient JOIN merged ON patient.replaced_by_id = merged.id
    )
    SELECT id FROM merged
"""
_RINGS = (ContactPoint.System.PHONE, ContactPoint.System.SMS)


def patients(access: Access) -> QuerySet[Patient]:
    """All patients that the access covers; merged records are not among them."""
    return access.limit(Patient.objects.filter(replaced_by=None), to=permissions.VIEW, patient="pk")


def patient(access: Access, key: UUID) -> Patient:
    """One patient. Raises NotFound."""
    found = patients(access).filter(pk=key).first()
    if found is None:
        raise NotFound
    return found


def survivors(keys: Iterable[UUID]) -> dict[UUID, UUID]:
    """Under which patient the record of each stands today: that of a merged one, under whoever replaced them.

    One statement, however many merges lie between.
    """
    found = {key: key for key in keys}
    if found:
        with connection.cursor() as cursor:
            cursor.execute(_SURVIVORS, [list(found)])
            found.update(cursor.fetchall())
    return found


def replaced(keys: Collection[UUID]) -> set[UUID]:
    """The other way round: everybody who was merged into one of these, directly or through others. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_REPLACED, [list(keys)])
        return {key for (key,) in cursor.fetchall()}


def is_too_short(text: str) -> bool:
    """Whether ``text`` has too few letters and digits to look for anybody by it."""
    return len(search_key(text)) < SHORTEST_TEXT


def find_patients(
    access: Access, text: str, *, born_on: date | None = None, limit: int = 20, ordering: Sequence[str] = ()
) -> list[Patient]:
    """Patients by what somebody says at the desk: any spelling of a present or old name, a number, an e-mail address.

    Every word must fit: as the beginning of a word of one of the patient's names, as a misspelling of one (trigrams),
    or the whole text as an identifier or a contact point. What fits somebody merged finds whoever replaced them. Best
    fit first, or by the fields of ``ordering``; at most 50. A single letter is too little.
    """
    access.require(permissions.SEARCH)
    text = text.replace("\x00", "").strip()
    key, number = search_key(text), digits(text)
    found = access.limit(Patient.objects.filter(replaced_by=None), to=permissions.SEARCH, patient="pk")
    if born_on is not None:
        found = found.filter(born_on=born_on)
    if is_too_short(text):
        by_name = ordering or ("family_names", "given_names", "pk")
        return list(found.order_by(*by_name)[: min(limit, MAXIMUM_FOUND)]) if born_on else []
    names = PatientName.objects.filter(_fits(key)).values("patient")
    exact = Q(pk__in=PatientIdentifier.objects.filter(value__iexact=text).values("patient"))
    exact |= Q(pk__in=ContactPoint.objects.filter(search_key=text.casefold()).values("patient"))
    if len(number) >= SHORTEST_NUMBER:
        exact |= Q(pk__in=ContactPoint.objects.filter(search_key=number_key(number)).values("patient"))
    fits = exact | Q(pk__in=names)
    merged = Patient.objects.filter(fits, replaced_by__isnull=False).annotate(is_exact=Q(exact))
    if old := dict(merged.values_list("pk", "is_exact")):
        today = survivors(old)
        exact |= Q(pk__in=[today[key] for key, is_exact in old.items() if is_exact])
        fits |= Q(pk__in=today.values())
    ranked = found.filter(fits).annotate(
        is_exact=Case(When(exact, then=Value(1)), default=Value(0), output_field=IntegerField()),
        nearness=Max(TrigramWordSimilarity(key, "names__search_key")),
    )
    best_first = ("-is_exact", F("nearness").desc(nulls_last=True), "family_names", "given_names", "pk")
    return list(ranked.order_by(*(ordering or best_first))[: min(limit, MAXIMUM_FOUND)])


def telephones(access: Access, keys: Iterable[UUID]) -> dict[UUID, str]:
    """The telephone number to try first of each of the patients, as far as the access covers them. One statement."""
    points = ContactPoint.objects.filter(patient__in=list(keys), system__in=_RINGS)
    covered = access.limit(points, to=permissions.VIEW, patient="patient")
    rows = covered.order_by("patient", F("rank").desc(nulls_first=True), "-pk").values_list("patient", "value")
    # The last one written stays: the lowest rank, and among equals the oldest.
    return dict(rows)


def record_numbers(access: Access, keys: Iterable[UUID]) -> dict[UUID, str]:
    """The hospital's number of each of the patients who has one (type MR of HL7 v2 table 0203), as far as the access
    covers them. One statement."""
    numbers = PatientIdentifier.objects.filter(patient__in=list(keys), kind="MR")
    covered = access.limit(numbers, to=permissions.VIEW, patient="patient")
    # The last one written stays: after a merge, the oldest.
    return dict(covered.order_by("patient", "-pk").values_list("patient", "value"))


def _fits(key: str) -> Q:
    """Each word begins one of the name's words, or is close to one."""
    fits = Q()
    for word in key.split():
        fits &= (
            Q(search_key__startswith=word)
            | Q(search_key__contains=f" {word}")
            | Q(search_key__trigram_word_similar=word)
        )
    return fits
