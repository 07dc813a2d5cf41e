"""How verbs speak: tables and progress for people, JSON for programs."""

import contextlib
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import click
from rich.console import Console
from rich.table import Table

as_json = click.option("--json", "as_json", is_flag=True, help="Answer as JSON on standard output.")


def print_json(content: object) -> None:
    """One JSON document on standard output."""
    click.echo(json.dumps(content, indent=2, ensure_ascii=False, default=str))


@contextlib.contextmanager
def carried_out(*, dry_run: bool) -> Iterator[None]:
    """Do what follows, and for ``--dry-run`` undo it: a dry run refuses and counts what the act itself would.

    Nobody is told of what is undone: letters, bells and other processes wait for the commit.
    """
    from django.db import transaction

    if not dry_run:
        yield
        return
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def change(is_one: bool, *, dry_run: bool) -> dict[str, bool]:
    """What a program reads about a change: ``changed``, and after ``--dry-run`` ``would_change`` instead."""
    return {"would_change" if dry_run else "changed": is_one}


def print_table(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str]) -> None:
    """A table of ``rows``; ``columns`` maps keys to headings. Away from a terminal it is never cut."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in columns.values():
        table.add_column(heading, no_wrap=not sys.stdout.isatty(), overflow="fold")
    for row in rows:
        table.add_row(*(str(row.get(key) or "") for key in columns))
    console = Console(highlight=False, soft_wrap=False, width=None if sys.stdout.isatty() else 400)
    console.print(table)


class Steps:
    """The steps of a long verb: a spinner that says what goes on at a terminal, one plain line a step elsewhere."""

    def __init__(self, *, are_shown: bool = True) -> None:
        self._are_shown = are_shown
        self._terminal = sys.stdout.isatty()
        self._console = Console(highlight=False)

    @contextlib.contextmanager
    def step(self, title: str) -> Iterator[Callable[[str], None]]:
        """Do one step. The given function takes what is being done within it, or what came out of it."""
        if not self._are_shown:
            yield lambda text: None
            return
        began = time.monotonic()
        detail = ""
        if self._terminal:
            with self._console.status(title) as status:

                def show(text: str) -> None:
                    nonlocal detail
                    detail = text
                    status.update(f"{title}: {text}")

                yield show
        else:

            def keep(text: str) -> None:
                nonlocal detail
                detail = text

            yield keep
        shown = f"{title}: {detail}" if detail else title
        seconds = f"({time.monotonic() - began:.1f} s)"
        if self._terminal:
            self._console.print(f"[green]✓[/green] {shown} [dim]{seconds}[/dim]")
        else:
            print(f"{shown} {seconds}", flush=True)
