"""What patients read is short, plain and free of the words that only we use (UX sections 5 and 9.6)."""

import re

import pytest

from tests.wording import counts, grade, patient_sources

pytestmark = pytest.mark.requirement("M57")

# Fewer words than this make no sentence: a grade of "Allergies" says nothing.
SENTENCE = 5
HIGHEST, MEAN = 9.0, 6.0
# Beginning of a text that is harder than that, and why it stays.
REASONS = {
    "Your medicines, vaccines and allergies": "three names of pages that people look for",
    "Concentration of hemoglobin in red cells": "the name of a test; the word for it beside it is MCHC",
    "%(name)s wants everybody to be able to use this portal.": "names a standard, as a statement must",
}
# UX section 5. Written so that "submitted" and "submit" are both found.
BANNED = re.compile(
    r"\b(observations?|encounters?|medication reconciliation|EOB|adjudicat\w+|utili[sz]\w+|submi\w+|invalid\w*"
    r"|authenticat(?:e|ed|es|ing|ion)|prox(?:y|ies)|click here|okay|OK|e\.g\.|i\.e\.)\b",
    re.IGNORECASE,
)


def test_the_measure_knows_easy_from_hard() -> None:
    easy = grade(*counts("We will call you by Thursday. Please keep your phone on."))
    hard = grade(*counts("Medication reconciliation necessitates comprehensive verification of documentation."))

    assert easy < 3
    assert hard > 20


def test_patients_read_at_the_sixth_grade_or_below() -> None:
    grades = {}
    for source in patient_sources():
        for text in filter(None, (source.singular, source.plural)):
            sentences, words, sounds = counts(text)
            if words >= SENTENCE:
                grades[text] = grade(sentences, words, sounds)
    too_hard = {text: round(found, 1) for text, found in grades.items() if found > HIGHEST}

    assert len(grades) > 150
    assert sum(grades.values()) / len(grades) <= MEAN
    assert {text: found for text, found in too_hard.items() if not text.startswith(tuple(REASONS))} == {}
    assert [begin for begin in REASONS if not any(text.startswith(begin) for text in too_hard)] == []


def test_no_word_of_ours_stands_where_patients_read() -> None:
    found = [
        (match[0], source.singular, source.place)
        for source in patient_sources()
        if (match := BANNED.search(source.singular))
    ]

    assert found == []


def test_nobody_is_shouted_at_and_no_long_dash_is_used() -> None:
    found = [(source.singular, source.place) for source in patient_sources() if re.search("[!—]", source.singular)]

    assert found == []
