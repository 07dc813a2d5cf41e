"""One attempt, and the count of all: what ``portico isolation run`` reports."""

from collections import Counter
from typing import Any

from django.db import connection

from kernel.tenancy.context import HospitalContext
from kernel.tenancy.scope import entered, hospital
from tests.clients import HostClient

attempts: Counter[str] = Counter()
# What an answer set that S05 does not allow, with the route's name.
bad_cookies: set[str] = set()


def ask(client: HostClient, method: str, address: str, kind: str, **more: Any) -> tuple[int, str, bytes]:
    """One attempt, undone afterwards: status, where it leads, and the whole body."""
    attempts[kind] += 1
    mark = str(connection.savepoint())
    kept = {name: morsel.value for name, morsel in client.cookies.items()}
    try:
        answer: Any = client.generic(method, address, **more)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        for name, cookie in answer.cookies.items():
            _look_at(name, cookie, f"{method} {address.partition('?')[0]}")
        return answer.status_code, answer.get("Location", ""), body
    finally:
        connection.savepoint_rollback(mark)
        client.cookies.clear()
        for name, value in kept.items():
            client.cookies[name] = value


def _look_at(name: str, cookie: Any, where: str) -> None:
    is_good = (
        name.startswith("__Host-")
        and cookie["secure"]
        and cookie["httponly"]
        and cookie["path"] == "/"
        and not cookie["domain"]
        and cookie["samesite"] == "Lax"
    )
    if not is_good:
        bad_cookies.add(f"{where} sets {cookie.OutputString()}")


def outcome(answer: tuple[int, str, bytes]) -> str:
    """What became of an attempt, in one word."""
    status, location, _body = answer
    if status == 401 or (status in (302, 303) and location.split("?")[0] == "/sign-in/"):
        return "sign-in"
    if status >= 500:
        return "crash"
    return {403: "refused", 404: "nothing", 405: "method"}.get(status, "in")


def rows_of(context: HospitalContext) -> dict[str, tuple[int, int]]:
    """How many rows each table of a hospital has, and a sum over what is in them: equal before and after means that
    nothing was written there."""
    return rows_in(hospital(context))


def rows_in(scope: entered) -> dict[str, tuple[int, int]]:
    """The same of any scope."""
    with scope, connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.oid::regclass::text FROM pg_class c WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition"
            " AND c.relnamespace = current_schema()::regnamespace ORDER BY 1"
        )
        tables = [row[0] for row in cursor.fetchall()]
        parts = [
            f"SELECT '{table}', count(*), coalesce(sum(hashtextextended(t::text, 0)), 0) FROM {table} t"
            for table in tables
        ]
        cursor.execute(" UNION ALL ".join(parts))
        return {name: (count, total) for name, count, total in cursor.fetchall()}


def changed(before: dict[str, tuple[int, int]], after: dict[str, tuple[int, int]]) -> list[str]:
    """The tables whose rows differ."""
    return sorted(name for name in before if before[name] != after.get(name))
