"""Translations without gettext: extract, complete, check and compile the catalogues with Babel.

``python -m config.runtime.catalogues compile|update|check``. A text belongs to the nearest ``locale`` folder above
its file, else to the folder of its app or feature. English is the source; Spanish and Arabic must be complete.
"""

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from config.runtime.home import CHECKOUT

LANGUAGES = ("es", "ar")
ROOTS = ("platform", "tenants", "api", "themes", "billing_plans")
TEMPLATES = (".html", ".txt", ".xml", ".svg")
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
# The order of plural forms that Django's own catalogues use; Babel's for Arabic numbers them differently.
PLURALS = {
    "es": "nplurals=2; plural=(n != 1);",
    "ar": "nplurals=6; plural=n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 && n%100<=99"
    " ? 4 : 5;",
}
HEADER = """msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plurals}\\n"
"""
_STRING = r"""u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
_CALL = re.compile(rf"\b(gettext|ngettext|pgettext|npgettext|_)\(\s*({_STRING}(?:\s*,\s*{_STRING})*)", re.DOTALL)
_PLACE = re.compile(r"%\((\w+)\)[sd]|\{(\w*)\}|%[sd]")


@dataclass(frozen=True)
class Source:
    """One translatable text: its context, singular and plural (empty when it has none), and where it stands."""

    context: str | None
    singular: str
    plural: str
    place: str

    @property
    def identifier(self) -> str | tuple[str, str]:
        """The text as Babel keys it."""
        return (self.singular, self.plural) if self.plural else self.singular


def compile_all(root: Path = CHECKOUT) -> int:
    """Write the ``.mo`` of every ``.po`` that is newer; returns how many were written."""
    written = 0
    for source in _po_files(root):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        content = BytesIO()
        write_mo(content, _read(source))
        temporary = target.with_suffix(".mo.new")
        temporary.write_bytes(content.getvalue())
        temporary.replace(target)  # a process that reads at this moment finds a whole file
        written += 1
    return written


def update(root: Path = CHECKOUT, *, only: Iterable[str] = ()) -> list[Path]:
    """Bring every catalogue to what the sources say: new texts are added empty, unused ones removed.

    ``only`` limits it to folders that begin with one of these names. Returns the files that changed.
    """
    changed = []
    for folder, sources in sorted(sources_by_folder(root).items()):
        if only and not any(str(folder.relative_to(root)).startswith(name) for name in only):
            continue
        for language in LANGUAGES:
            file = folder / "locale" / language / "LC_MESSAGES" / "django.po"
            text = _as_written(_read(file) if file.exists() else None, language, sources)
            if not file.exists() or file.read_bytes() != text:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(text)
                changed.append(file)
    return changed


def _as_written(old: Catalog | None, language: str, sources: Iterable[Source]) -> bytes:
    """The file with the texts of ``sources`` and what ``old`` has of them, in the one order and width."""
    new = _empty(language)
    for source in sources:
        kept = old.get(source.singular, source.context) if old else None
        string = kept.string if kept and bool(source.plural) == isinstance(kept.id, tuple) else ""
        flags = kept.flags - {"python-format", "python-brace-format"} if kept else ()
        new.add(source.identifier, string, context=source.context, flags=flags)
    content = BytesIO()
    write_po(content, new, width=110, no_location=True, sort_output=True, omit_header=True)
    return HEADER.format(language=language, plurals=PLURALS[language]).encode() + b"\n" + content.getvalue()


def problems(root: Path = CHECKOUT) -> list[str]:
    """What keeps the catalogues from being complete, one sentence each: missing, empty, fuzzy, wrong, unused.

    A complete one must also be written as ``update`` writes it, or whoever next runs that changes what is not theirs.
    """
    found: list[str] = []
    by_folder = sources_by_folder(root)
    for folder, sources in sorted(by_folder.items()):
        for language in LANGUAGES:
            file = folder / "locale" / language / "LC_MESSAGES" / "django.po"
            shown = file.relative_to(root)
            if not file.exists():
                found.append(f"{shown}: is missing ({len(sources)} texts)")
                continue
            catalogue, before = _read(file), len(found)
            for source in sources:
                message = catalogue.get(source.singular, source.context)
                if fault := _fault(source, message, catalogue.num_plurals):
                    found.append(f"{shown}: {fault}: {source.singular!r} ({source.place})")
            known = {(source.context, source.singular) for source in sources}
            found += [
                f"{shown}: is no longer used: {message.id!r}"
                for message in catalogue
                if message.id and (message.context, _singular(message)) not in known
            ]
            if len(found) == before and file.read_bytes() != _as_written(catalogue, language, sources):
                found.append(f"{shown}: is in another order or width than `update {folder.relative_to(root)}` writes")
    return found


def sources_by_folder(root: Path = CHECKOUT) -> dict[Path, list[Source]]:
    """Every translatable text of Python files and templates, by the folder whose ``locale`` it belongs to."""
    found: dict[Path, dict[tuple[str | None, str], Source]] = {}
    for file in _source_files(root):
        texts = _from_template(file, root) if file.suffix in TEMPLATES else _from_python(file, root)
        for text in texts:
            kept = found.setdefault(_owner(file, root), {})
            key = (text.context, text.singular)
            if key not in kept or (text.plural and not kept[key].plural):
                kept[key] = text
    return {folder: list(texts.values()) for folder, texts in found.items()}


def _fault(source: Source, message: Message | None, plurals: int) -> str:
    if message is None:
        return "is missing"
    strings = [message.string] if isinstance(message.string, str) else list(message.string or ())
    if not all(strings) or (source.plural and len(strings) != plurals):
        return "has no translation"
    if message.fuzzy:
        return "is marked fuzzy"
    wanted = _places(source.singular) | _places(source.plural)
    # A plural form may leave the number out ("two days" is one word in Arabic), but may not invent a name.
    if any(_places(string) - wanted for string in strings) or (
        not source.plural and any(_places(string) != wanted for string in strings)
    ):
        return "has other placeholders"
    return ""


def _places(text: str) -> set[str]:
    return {match[0] for match in _PLACE.finditer(text)}


def _singular(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def _read(file: Path) -> Catalog:
    with file.open("rb") as stream:
        return read_po(stream, locale=file.parents[1].name)


def _empty(language: str) -> Catalog:
    header = HEADER.format(language=language, plurals=PLURALS[language])
    return read_po(BytesIO(header.encode()), locale=language)


def _po_files(root: Path) -> Iterator[Path]:
    for top in ROOTS:
        yield from sorted((root / top).glob("**/locale/*/LC_MESSAGES/*.po"))


def _source_files(root: Path) -> Iterator[Path]:
    for top in ROOTS:
        for file in sorted((root / top).rglob("*")):
            is_python = file.suffix == ".py" and "migrations" not in file.parts
            if is_python or (file.suffix in TEMPLATES and "templates" in file.parts):
                yield file


def _owner(file: Path, root: Path) -> Path:
    """The folder whose ``locale`` holds the texts of ``file``."""
    for folder in file.parents:
        if folder == root:
            break
        if (folder / "locale").is_dir():
            return folder
    parts = file.relative_to(root).parts
    depth = {"platform": 3 if parts[1:2] == ("kernel",) else 2, "tenants": 2}.get(parts[0], 1)
    return root.joinpath(*parts[: min(depth, len(parts) - 1)])


def _from_python(file: Path, root: Path) -> Iterator[Source]:
    with file.open("rb") as stream:
        for line, text, _comments, context in extract("python", stream, keywords=KEYWORDS):
            singular, plural = (text, "") if isinstance(text, str) else (text[0], text[1] if len(text) > 1 else "")
            if singular:
                yield Source(context, singular, plural, f"{file.relative_to(root)}:{line}")


def _from_template(file: Path, root: Path) -> Iterator[Source]:
    # Django turns a template into a text of gettext calls; it needs no settings for that.
    from django.utils.translation.template import templatize

    calls = templatize(file.read_text("utf-8"), origin=str(file))
    for match in _CALL.finditer(calls):
        name = match[1]
        strings = [str(ast.literal_eval(part)) for part in re.findall(_STRING, match[2], re.DOTALL)]
        context = strings.pop(0) if name in {"pgettext", "npgettext"} else None
        plural = strings[1] if name in {"ngettext", "npgettext"} and len(strings) > 1 else ""
        line = calls.count("\n", 0, match.start()) + 1
        yield Source(context, strings[0], plural, f"{file.relative_to(root)}:{line}")


def main(arguments: list[str]) -> int:
    """The command line of this module; returns the exit code."""
    match arguments:
        case ["compile"]:
            compile_all()
        case ["update", *only]:
            for file in update(only=only):
                print(file.relative_to(CHECKOUT))
        case ["check"]:
            found = problems()
            print("\n".join(found[:200]))
            print(f"{len(found)} problems in the translations." if found else "Translations are complete.")
            return 1 if found else 0
        case _:
            print("usage: python -m config.runtime.catalogues compile|update [folder ...]|check")
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
