"""A dump in the form that is quickest to replay: constraints stand in the CREATE TABLE that they belong to.

pg_dump adds keys and constraints afterwards, each by an ALTER TABLE of its own, because it loads rows in between. A new
hospital has next to none, and PostgreSQL does not look for offenders in a table that the same statement makes.
"""

import re

# Only what pg_dump writes on lines of its own in exactly this form; everything else stays where it is.
_CREATE = re.compile(r"^CREATE TABLE (?P<table>\S+) \(\n(?P<columns>(?:    .*\n)+)\);\n", re.MULTILINE)
_ADD = re.compile(
    r"^ALTER TABLE ONLY (?P<table>\S+)\n    ADD (?P<constraint>CONSTRAINT (?:\"[^\"\n]+\"|\w+)"
    r" (?:PRIMARY KEY|UNIQUE|UNIQUE NULLS NOT DISTINCT|FOREIGN KEY) \(.*\).*);\n",
    re.MULTILINE,
)
_REFERENCES = re.compile(r" REFERENCES (?P<table>[^\s(]+)\(")
_FILL = re.compile(r"^INSERT INTO (?P<table>\S+) VALUES", re.MULTILINE)
_ONLY_AFTERWARDS = " NOT VALID"


def folded(script: str) -> str:
    """``script``, a dump with its session lines taken out, with keys and constraints in their CREATE TABLE.

    A foreign key to a table that is made later stays an ALTER TABLE, and so does one of a table with rows: its check
    would wait for the end of the transaction, and no index can be built meanwhile. The caller makes sure that both
    scripts make the same, because a function's body may hold any text.
    """
    filled = {match["table"] for match in _FILL.finditer(script)}
    order = {match["table"]: number for number, match in enumerate(_CREATE.finditer(script))}
    taken: dict[str, list[str]] = {}

    def take(match: re.Match[str]) -> str:
        table, constraint = match["table"], match["constraint"]
        target = _REFERENCES.search(constraint)
        is_late = target is not None and order.get(target["table"], len(order)) > order.get(table, -1)
        is_filled = target is not None and table in filled
        if table not in order or is_late or is_filled or constraint.endswith(_ONLY_AFTERWARDS):
            return match[0]
        taken.setdefault(table, []).append(constraint)
        return ""

    def fill(match: re.Match[str]) -> str:
        lines = [match["columns"].removesuffix("\n"), *(f"    {line}" for line in taken.get(match["table"], []))]
        return f"CREATE TABLE {match['table']} (\n" + ",\n".join(lines) + "\n);\n"

    return _CREATE.sub(fill, _ADD.sub(take, script))
