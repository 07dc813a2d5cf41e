"""How hard the English of the interface is to read, and whom it is written for (UX sections 5 and 9.6)."""

import re
from collections.abc import Iterator
from pathlib import Path

from config.runtime.catalogues import Source, sources_by_folder

ROOT = Path(__file__).resolve().parents[1]
# Packages whose words patients and visitors read ...
PATIENT_FOLDERS = (
    "tenants/people",
    "tenants/portal",
    "tenants/records",
    "platform/kernel/accounts",
    "themes",
    "api/auth",
)
# ... and what stands in them for people at work only.
AT_WORK = (
    "tenants/portal/views/staff.py",
    "tenants/portal/templates/portal/my_day.html",
    "tenants/portal/templates/portal/find_patients.html",
    "tenants/portal/templates/portal/chart",
    "tenants/records/templates/records/panel_",
    "tenants/records/bundles.py",
    "tenants/records/validation.py",
    "tenants/records/structures.py",
    "tenants/records/references.py",
    "tenants/records/dates.py",
    "tenants/records/services/importing",
    "tenants/records/selectors/imports.py",
    "tenants/people/services.py",
    "tenants/people/links.py",
    "platform/kernel/accounts/invitations.py",
    "platform/kernel/accounts/services/register.py",
    "tenants/portal/permissions.py",
    "tenants/records/permissions.py",
    "tenants/people/permissions.py",
    "platform/kernel/accounts/permissions.py",
    "platform/kernel/accounts/templates/accounts/set_up.html",
    "themes/styleguide/",
    "themes/compiler/",
    "themes/services.py",
)
_PLACEHOLDER = re.compile(r"%\([a-z_]+\)[sd]|\{\{?[^}]*\}?\}")
_WORD = re.compile(r"[A-Za-z][A-Za-z'’-]*")
_VOWELS = re.compile(r"[aeiouy]+")
_END = re.compile(r"[.!?:;]+(?:\s|$)")


def patient_sources() -> Iterator[Source]:
    """Every English text that a patient, a helper or a visitor may read."""
    for folder, sources in sources_by_folder(ROOT).items():
        if str(folder.relative_to(ROOT)) in PATIENT_FOLDERS:
            yield from (source for source in sources if not source.place.startswith(AT_WORK))


def syllables(word: str) -> int:
    """Groups of vowels, without a silent e at the end. Good to about one in ten, which is enough for a mean."""
    letters = word.lower().replace("’", "'").split("'")[0]
    count = len(_VOWELS.findall(letters))
    if letters.endswith("e") and not letters.endswith(("le", "ee")) and count > 1:
        count -= 1
    if letters.endswith("ed") and not letters.endswith(("ted", "ded")) and count > 1:
        count -= 1
    return max(count, 1)


def counts(text: str) -> tuple[int, int, int]:
    """Sentences, words and syllables of a text. A placeholder counts as a short word."""
    plain = _PLACEHOLDER.sub("it", text)
    words = _WORD.findall(plain)
    return (
        max(len([part for part in _END.split(plain) if _WORD.search(part)]), 1),
        len(words),
        sum(map(syllables, words)),
    )


def grade(sentences: int, words: int, sounds: int) -> float:
    """The Flesch-Kincaid grade: years of school somebody needs in order to read it."""
    return 0.39 * words / sentences + 11.8 * sounds / words - 15.59
