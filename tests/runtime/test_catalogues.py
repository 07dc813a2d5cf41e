"""Translations without gettext: found in code and templates, completed, checked, compiled."""

import gettext
from pathlib import Path

import pytest

from config.runtime import catalogues

TEMPLATE = """{% load i18n %}<c-page title="{% translate 'Your visits' %}">
{% blocktranslate count n=visits trimmed %}
  One visit
{% plural %}
  {{ n }} visits
{% endblocktranslate %}
{% translate "May" context "month" %}{% if word == _("Yes") %}{% endif %}
"""
CODE = """
from django.utils.translation import gettext_lazy as _, ngettext
SENTENCE = _("Somebody else has just taken "
             "this time.")
def days(n): return ngettext("%(n)s day", "%(n)s days", n) % {"n": n}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A tree with one feature: a Python file and a template."""
    feature = tmp_path / "tenants" / "visits"
    (feature / "templates" / "visits").mkdir(parents=True)
    (feature / "services.py").write_text(CODE)
    (feature / "templates" / "visits" / "list.html").write_text(TEMPLATE)
    return tmp_path


def catalogue(root: Path, language: str) -> Path:
    return root / "tenants" / "visits" / "locale" / language / "LC_MESSAGES" / "django.po"


def translate(file: Path, **texts: str) -> None:
    """Write translations into a catalogue: the msgstr after each msgid (and every plural form)."""
    content, current = [], ""
    for line in file.read_text("utf-8").splitlines():
        if line.startswith("msgid "):
            current = line[7:-1]
        if line.startswith("msgstr") and line.endswith('""') and current:
            line = line[:-2] + f'"{texts.get(current, current)}"'
        content.append(line)
    file.write_text("\n".join(content) + "\n", "utf-8")


def test_texts_of_code_and_templates_are_found_once_with_context_and_plural(root: Path) -> None:
    found = catalogues.sources_by_folder(root)

    assert list(found) == [root / "tenants" / "visits"]
    assert {(text.context, text.singular, text.plural) for text in found[root / "tenants" / "visits"]} == {
        (None, "Somebody else has just taken this time.", ""),
        (None, "%(n)s day", "%(n)s days"),
        (None, "Your visits", ""),
        (None, "One visit", "%(n)s visits"),
        ("month", "May", ""),
        (None, "Yes", ""),
    }


def test_update_adds_what_is_new_keeps_what_is_translated_and_removes_what_is_gone(root: Path) -> None:
    assert catalogues.update(root) == [catalogue(root, "es"), catalogue(root, "ar")]
    assert catalogues.update(root) == []
    translate(catalogue(root, "es"), **{"Your visits": "Sus visitas"})
    (root / "tenants" / "visits" / "services.py").write_text('_("New")')

    assert catalogues.update(root) == [catalogue(root, "es"), catalogue(root, "ar")]

    written = catalogue(root, "es").read_text("utf-8")
    assert 'msgid "Your visits"\nmsgstr "Sus visitas"' in written
    assert 'msgid "New"\nmsgstr ""' in written
    assert "Somebody else" not in written


def test_every_gap_is_named_with_its_place(root: Path) -> None:
    assert catalogues.problems(root) == [
        f"tenants/visits/locale/{language}/LC_MESSAGES/django.po: is missing (6 texts)" for language in ("es", "ar")
    ]
    catalogues.update(root)
    for language in ("es", "ar"):
        translate(catalogue(root, language))
    assert catalogues.problems(root) == []
    assert catalogues.update(root) == []

    file = catalogue(root, "es")
    whole = file.read_text("utf-8")
    shown = file.relative_to(root)
    place = "tenants/visits/templates/visits/list.html"

    file.write_text(whole.replace('msgstr "Your visits"', 'msgstr ""'), "utf-8")
    assert catalogues.problems(root) == [f"{shown}: has no translation: 'Your visits' ({place}:1)"]
    file.write_text(whole.replace('msgid "Your visits"', '#, fuzzy\nmsgid "Your visits"'), "utf-8")
    assert catalogues.problems(root) == [f"{shown}: is marked fuzzy: 'Your visits' ({place}:1)"]
    file.write_text(whole.replace('msgstr[1] "%(n)s day"', 'msgstr[1] "%(days)s"'), "utf-8")
    assert catalogues.problems(root) == [f"{shown}: has other placeholders: '%(n)s day' (tenants/visits/services.py:5)"]
    file.write_text(whole + '\nmsgid "Old"\nmsgstr "Viejo"\n', "utf-8")
    assert catalogues.problems(root) == [f"{shown}: is no longer used: 'Old'"]


def test_a_complete_catalogue_in_another_form_is_named_so_that_an_update_changes_nothing_else(root: Path) -> None:
    catalogues.update(root)
    for language in ("es", "ar"):
        translate(catalogue(root, language), **{"Your visits": "a" * 60 if language == "ar" else "Sus visitas " * 20})
    shown = catalogue(root, "es").relative_to(root)

    assert catalogues.problems(root) == [f"{shown}: is in another order or width than `update tenants/visits` writes"]

    assert catalogues.update(root) == [catalogue(root, "es")]
    assert (catalogues.problems(root), catalogues.update(root)) == ([], [])


def test_compiled_catalogues_speak_and_are_written_only_when_they_changed(root: Path) -> None:
    catalogues.update(root)
    translate(catalogue(root, "es"), **{"Your visits": "Sus visitas"})

    assert catalogues.compile_all(root) == 2
    assert catalogues.compile_all(root) == 0
    spoken = gettext.GNUTranslations(catalogue(root, "es").with_suffix(".mo").open("rb"))
    assert spoken.gettext("Your visits") == "Sus visitas"


@pytest.mark.parametrize(
    ("number", "form"), [(0, 0), (1, 1), (2, 2), (3, 3), (10, 3), (11, 4), (99, 4), (100, 5), (103, 3)]
)
def test_arabic_has_its_six_forms_in_djangos_order(root: Path, number: int, form: int) -> None:
    catalogues.update(root)
    file = catalogue(root, "ar")
    text = file.read_text("utf-8")
    for index in range(6):
        text = text.replace(f'msgstr[{index}] ""', f'msgstr[{index}] "form {index}"')
    file.write_text(text, "utf-8")
    catalogues.compile_all(root)

    spoken = gettext.GNUTranslations(file.with_suffix(".mo").open("rb"))

    assert spoken.ngettext("%(n)s day", "%(n)s days", number) == f"form {form}"
