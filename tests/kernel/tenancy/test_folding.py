"""The quick form of a template's script makes the same schema, or is not used."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import transaction

from kernel.tenancy.folding import folded
from kernel.tenancy.schemas import OWNER, drop_schema, execute, make_schema, owner_connection, role_for
from kernel.tenancy.scope import shared
from kernel.tenancy.templates import (
    CLONES,
    PREFIX,
    DumpFailed,
    _quickest,
    current_template,
    drop_leftovers,
    dump,
    new_name,
)

DUMP = """--
-- Name: book; Type: TABLE; Schema: s; Owner: -
--

CREATE TABLE s.book (
    id uuid NOT NULL,
    title text,
    shelf_id uuid
);


CREATE TABLE s.shelf (
    id uuid NOT NULL,
    above_id uuid,
    book_id uuid
);


CREATE TABLE s.reader (
    id uuid NOT NULL,
    book_id uuid
);


INSERT INTO s.reader VALUES
	('0190', NULL);


ALTER TABLE ONLY s.reader
    ADD CONSTRAINT reader_pkey PRIMARY KEY (id);


ALTER TABLE ONLY s.reader
    ADD CONSTRAINT reader_of FOREIGN KEY (book_id) REFERENCES s.book(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY s.book
    ADD CONSTRAINT book_pkey PRIMARY KEY (id);


ALTER TABLE ONLY s.shelf
    ADD CONSTRAINT shelf_pkey PRIMARY KEY (id);


ALTER TABLE ONLY s.book
    ADD CONSTRAINT "one title" UNIQUE NULLS NOT DISTINCT (title);


ALTER TABLE ONLY s.book
    ADD CONSTRAINT book_on_shelf FOREIGN KEY (shelf_id) REFERENCES s.shelf(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY s.shelf
    ADD CONSTRAINT shelf_above FOREIGN KEY (above_id) REFERENCES s.shelf(id);


ALTER TABLE ONLY s.shelf
    ADD CONSTRAINT shelf_book FOREIGN KEY (book_id) REFERENCES s.book(id) NOT VALID;


ALTER TABLE ONLY s.elsewhere
    ADD CONSTRAINT elsewhere_pkey PRIMARY KEY (id);
"""

FOLDED = """--
-- Name: book; Type: TABLE; Schema: s; Owner: -
--

CREATE TABLE s.book (
    id uuid NOT NULL,
    title text,
    shelf_id uuid,
    CONSTRAINT book_pkey PRIMARY KEY (id),
    CONSTRAINT "one title" UNIQUE NULLS NOT DISTINCT (title)
);
CREATE TABLE s.shelf (
    id uuid NOT NULL,
    above_id uuid,
    book_id uuid,
    CONSTRAINT shelf_pkey PRIMARY KEY (id),
    CONSTRAINT shelf_above FOREIGN KEY (above_id) REFERENCES s.shelf(id)
);
CREATE TABLE s.reader (
    id uuid NOT NULL,
    book_id uuid,
    CONSTRAINT reader_pkey PRIMARY KEY (id)
);
INSERT INTO s.reader VALUES
	('0190', NULL);
ALTER TABLE ONLY s.reader
    ADD CONSTRAINT reader_of FOREIGN KEY (book_id) REFERENCES s.book(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY s.book
    ADD CONSTRAINT book_on_shelf FOREIGN KEY (shelf_id) REFERENCES s.shelf(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY s.shelf
    ADD CONSTRAINT shelf_book FOREIGN KEY (book_id) REFERENCES s.book(id) NOT VALID;
ALTER TABLE ONLY s.elsewhere
    ADD CONSTRAINT elsewhere_pkey PRIMARY KEY (id);
"""


@pytest.fixture
def shelf(committed: None) -> Iterator[str]:
    """A schema with one table, whose key pg_dump adds afterwards."""
    name = new_name()
    yield make(name)
    drop(name)


def make(name: str) -> str:
    with shared(), transaction.atomic(using=OWNER):
        make_schema(name, role_for(name))
        execute("CREATE TABLE {schema}.shelf (id uuid CONSTRAINT shelf_pkey PRIMARY KEY)", schema=name)
    return name


def drop(name: str) -> None:
    with shared(), transaction.atomic(using=OWNER):
        drop_schema(name, role_for(name))


def schemas() -> set[str]:
    with owner_connection().cursor() as cursor:
        cursor.execute("SELECT nspname FROM pg_namespace")
        return {name for (name,) in cursor.fetchall()}


def test_keys_and_constraints_stand_in_the_table_unless_they_cannot() -> None:
    assert [line for line in folded(DUMP).splitlines() if line] == [line for line in FOLDED.splitlines() if line]


def test_the_template_has_no_key_left_that_is_added_afterwards(committed: None) -> None:
    script = current_template().script
    assert script.count(" PRIMARY KEY (") == script.count("CREATE TABLE ")
    assert [line for line in script.splitlines() if "ADD CONSTRAINT" in line and "FOREIGN KEY" not in line] == []


def test_a_folded_script_that_makes_the_same_is_used_and_leaves_nothing(shelf: str) -> None:
    with shared():
        script, before = dump(shelf), schemas()
        quick = _quickest(script, shelf)
        assert schemas() == before
    assert "ADD CONSTRAINT" in script
    assert "ADD CONSTRAINT" not in quick


def test_a_folded_script_that_makes_something_else_is_not_used(shelf: str, caplog: pytest.LogCaptureFixture) -> None:
    """The body of a function may hold any text, also text that looks like a constraint of the dump."""
    text = f"'\nALTER TABLE ONLY {shelf}.shelf\n    ADD CONSTRAINT another UNIQUE (id);\n'"
    with shared():
        execute("CREATE FUNCTION {schema}.words() RETURNS text LANGUAGE sql AS $$ SELECT " + text + " $$", schema=shelf)
        script, before = dump(shelf), schemas()
        with caplog.at_level(logging.WARNING, "kernel.tenancy.templates"):
            assert _quickest(script, shelf) == script
        assert schemas() == before
    assert "another schema than the plain one" in caplog.text


@pytest.mark.requirement("S50")
def test_pg_dump_is_told_how_tls_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, committed: None) -> None:
    program = tmp_path / "pg_dump"
    program.write_text('#!/bin/sh\necho "$PGSSLMODE $PGSSLROOTCERT" >&2\nexit 1\n')
    program.chmod(0o700)
    monkeypatch.setenv("PG_DUMP", str(program))
    told = {"PGSSLMODE": "verify-full", "PGSSLROOTCERT": "/etc/ssl/db.pem"}
    monkeypatch.setitem(owner_connection().settings_dict, "PORTICO_CLIENT_ENVIRONMENT", told)

    with shared(), pytest.raises(DumpFailed, match=r"verify-full /etc/ssl/db\.pem"):
        dump("nothing")


def test_a_build_of_the_template_leaves_the_scratch_schema_of_a_fleet_run(committed: None) -> None:
    left, clone = new_name(), new_name(CLONES)
    with shared():
        for name in (left, clone):
            make_schema(name, role_for(name))
        try:
            drop_leftovers(PREFIX)
            assert {left, clone} & schemas() == {clone}
        finally:
            drop_schema(clone, role_for(clone))


def test_a_scratch_schema_that_cannot_be_removed_does_not_keep_the_others(
    committed: None, caplog: pytest.LogCaptureFixture
) -> None:
    stuck, left = sorted([new_name(CLONES), new_name(CLONES)])
    with shared():
        for name in (stuck, left):
            make_schema(name, role_for(name))
        # A role that is used elsewhere, as by a copy of the database, cannot be dropped.
        execute("GRANT USAGE ON SCHEMA shared TO {role}", role=role_for(stuck))
        try:
            drop_leftovers(CLONES)
            assert {stuck, left} & schemas() == {stuck}
            assert f"the scratch schema {stuck} was left behind and cannot be removed" in caplog.messages
        finally:
            execute("REVOKE USAGE ON SCHEMA shared FROM {role}", role=role_for(stuck))
            for name in (stuck, left):
                drop_schema(name, role_for(name))
