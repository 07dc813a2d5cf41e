"""The guard's tests are tested: each change of the guard is noticed, or is listed here with its reason."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from config.runtime import postgres, redis
from config.runtime.home import CHECKOUT, Home
from tests.kernel.tenancy.mutation import FILES, mutants_of

# What may survive, by the beginning of its name, and why no test can or need notice.
_CONNECTION = "tenancy/backend/base.py DatabaseWrapper."
ACCEPTED: dict[str, str] = {
    "tenancy/scope.py _require_scope_outside_transactions: the other truth: True": (
        "connections that were never opened hold no transaction: asking them too costs time and finds nothing"
    ),
    "tenancy/scope.py _require_scope_outside_transactions: the other truth: False": (
        "each block of Django's has the attribute; the default is for blocks that somebody else made"
    ),
    f"{_CONNECTION}_require_test_transaction: the other truth: False": (
        "each block of Django's has the attribute; the default is for blocks that somebody else made"
    ),
    f"{_CONNECTION}__init__: left out: self.installation = ''": "connecting sets it before anybody asks",
    f"{_CONNECTION}__init__: left out: self.introspection = django_tenants_base.DatabaseSchemaIntrospection(self)": (
        "Django's own way looks at the path and finds the same: one schema and extensions are all that is on it"
    ),
    f"{_CONNECTION}set_tenant: the other truth: True": "it is refused whatever it is called with",
    f"{_CONNECTION}set_schema: the other truth: True": "it is refused whatever it is called with",
    f"{_CONNECTION}get_new_connection: left out: self.isolation_level = IsolationLevel.READ_COMMITTED": (
        "the server's own default; Django only notes it"
    ),
    f"{_CONNECTION}create_cursor: left out: django_base.register_tzloader(self.timezone, cursor)": (
        "every database of ours speaks UTC; the lines are Django's, for one that does not"
    ),
    f"{_CONNECTION}create_cursor: turned round: self.timezone != loader.timezone": (
        "every database of ours speaks UTC; the lines are Django's, for one that does not"
    ),
    f"{_CONNECTION}create_cursor: the other truth: False": (
        "a cursor that could also go back shows the same rows to the same scope"
    ),
}


def test_every_accepted_survivor_is_still_a_mutant() -> None:
    names = [mutant.name for file in FILES for mutant in mutants_of(file)]
    assert [name for name in ACCEPTED if name not in names] == []


def test_each_mutant_is_one_change_that_can_be_loaded() -> None:
    for file in FILES:
        whole = (CHECKOUT / file).read_text("utf-8")
        found = mutants_of(file)
        assert found, file
        assert len({mutant.name for mutant in found}) == len(found)
        for mutant in found[::10]:
            changed = mutant.applied_to(whole)
            assert changed != ast.unparse(ast.parse(whole)), mutant.name
            compile(changed, mutant.file, "exec")


@pytest.mark.full
@pytest.mark.requirement("S07", "S10")
@pytest.mark.timeout(3000)
def test_no_change_of_the_guard_goes_unnoticed(tmp_path: Path) -> None:
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("DATABASE_", "PORTICO_", "PYTEST_", "REDIS_")) and name != "PG_DUMP"
    }
    finished = subprocess.run(
        [sys.executable, "-m", "tests.kernel.tenancy.mutation"],
        cwd=CHECKOUT,
        env=environment | {"PORTICO_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    home = Home(tmp_path).test
    postgres.stop(home)
    redis.stop(home)
    lines = finished.stdout.splitlines()
    survived = [line.removeprefix("SURVIVED ").rpartition("  [")[0] for line in lines if line.startswith("SURVIVED ")]
    assert "mutants," in lines[-1], finished.stderr[-3000:]
    assert sorted(set(survived) - set(ACCEPTED)) == []
