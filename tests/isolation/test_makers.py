"""Everything of our source that has a key or remembers: discovered, declared, and tried in two hospitals (S04, S06)."""

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kernel.preferences import kept
from kernel.preferences.models import PreferenceValue
from kernel.tenancy.context import HospitalContext
from kernel.tenancy.errors import NoHospital, NoScope
from kernel.tenancy.scope import hospital, shared
from tests.isolation.attempts import attempts
from tests.isolation.discovery import findings, in_source
from tests.isolation.makers import MAKERS, Kept, Named, Shown

Contexts = Callable[[str], HospitalContext]
TESTS = Path(__file__).resolve().parents[1]
NOWHERE = object()


def entries(kind: type) -> list[Any]:
    return [pytest.param(entry, id=name) for name, entry in MAKERS.items() if isinstance(entry, kind)]


def outcome_of(work: Callable[[], object]) -> object:
    """What ``work`` gives; NOWHERE when it is refused, in whatever way, or finds nothing."""
    try:
        return work() or NOWHERE
    except Exception:
        return NOWHERE


@pytest.mark.requirement("S04", "S06")
def test_everything_that_makes_a_key_or_remembers_is_declared() -> None:
    found = findings()
    undeclared = {name: sorted(kinds) for name, kinds in found.items() if name not in MAKERS}
    assert undeclared == {}, "say in makers.py what becomes of it in another hospital"
    assert sorted(set(MAKERS) - set(found)) == [], "is declared and is no more"
    assert len([entry for entry in MAKERS.values() if isinstance(entry, Named | Kept | Shown)]) >= 40


@pytest.mark.parametrize(
    ("source", "kinds"),
    [
        ("def f():\n    return redis_client().get('x')", {"redis"}),
        ("def f():\n    cache.set('x', 1)", {"cache"}),
        ("def f():\n    caches['default'].get('x')", {"cache"}),
        ("def f():\n    store().put('x', b'')", {"storage"}),
        ("def f():\n    return Path(settings.PORTICO_HOME)", {"storage"}),
        ("def f():\n    task.apply_async()", {"queue"}),
        ("def f():\n    app.send_task('x')", {"queue"}),
        ("from kernel.signing import sign\ndef f():\n    return sign(1, purpose='x')", {"signature"}),
        ("def f():\n    return signing.dumps(1)", {"signature"}),
        ("def f():\n    return TimestampSigner().sign('x')", {"signature"}),
        ("def f():\n    return hashlib.sha256(b'x')", {"digest"}),
        ("def f():\n    return hmac.compare_digest(a, b)", set()),
        ("LOCK = 'SELECT pg_advisory_lock(1)'", {"lock"}),
        ("def f():\n    bound_contextvars(x=1)", {"log"}),
        ("def f():\n    return f'{current_hospital().id}/x'", {"owner"}),
        ("def f():\n    return scope_label()", {"owner"}),
        ("_seen = {}", {"memory"}),
        ("_seen: dict[str, int] = {}", {"memory"}),
        ("_seen = OrderedDict()", {"memory"}),
        ("_seen = threading.local()", {"memory"}),
        ("_seen = ContextVar('x')", {"memory"}),
        ("NAMES = {'a': 1}", set()),
        ("@lru_cache(maxsize=1)\ndef f():\n    return 1", {"memory"}),
        ("@functools.cache\ndef f():\n    return 1", {"memory"}),
        ("class A:\n    @cached_property\n    def f(self):\n        return 1", {"memory"}),
        ("class A:\n    def __init__(self):\n        self.seen = {}", {"memory"}),
        ("READ = lru_cache(10)(read)", {"memory"}),
    ],
)
def test_the_makers_of_keys_are_recognised(source: str, kinds: set[str]) -> None:
    assert {kind for _place, kind in in_source(ast.parse(source))} == kinds


@pytest.mark.requirement("S04", "S06")
@pytest.mark.parametrize("maker", entries(Named))
def test_a_name_is_another_one_in_each_hospital_and_none_without(hospital_context: Contexts, maker: Named) -> None:
    with pytest.raises(maker.refused_by):
        maker.make()
    made = []
    for slug in ("northfield", "alwaha"):
        with hospital(hospital_context(slug)):
            made.append(maker.make())
            assert maker.make() == made[-1]
    with shared():
        try:
            made.append(maker.make())
        except NoHospital:
            made.append(NOWHERE)
    attempts["to make a key without its hospital"] += 1
    attempts["to make the same key in another hospital"] += 2
    assert [made.count(one) for one in made] == [1, 1, 1]


@pytest.mark.requirement("S04", "S06")
@pytest.mark.parametrize("maker", entries(Kept))
def test_what_one_hospital_left_is_nowhere_in_another(hospital_context: Contexts, maker: Kept) -> None:
    with pytest.raises(NoScope):
        maker.leave()
    northfield, alwaha = hospital_context("northfield"), hospital_context("alwaha")
    with hospital(northfield):
        left = maker.leave()
        assert outcome_of(lambda: maker.find(left)) is not NOWHERE
    try:
        with hospital(alwaha):
            assert outcome_of(lambda: maker.find(left)) is NOWHERE
        with shared():
            assert outcome_of(lambda: maker.find(left)) is NOWHERE
        with pytest.raises(NoScope):
            maker.find(left)
    finally:
        with hospital(northfield):
            maker.remove(left)
    attempts["to make a key without its hospital"] += 2
    attempts["to find what another hospital left"] += 2


@pytest.mark.parametrize("maker", entries(Shown))
def test_the_test_that_is_named_exists(maker: Shown) -> None:
    file, name = maker.by.split("::")
    assert f"def {name}(" in (TESTS / file).read_text("utf-8")


@pytest.mark.requirement("S06")
def test_what_a_process_remembers_of_one_hospital_is_not_told_to_another(
    new_hospital: Callable[..., HospitalContext],
) -> None:
    """The hospital's own decisions are kept in the process: by schema, so that another one never gets them."""
    first, second = new_hospital(), new_hospital()
    with hospital(first):
        PreferenceValue.objects.create(key="isolation", value="first", set_by_name="Rita", set_at="2026-03-02T12:00Z")
        remembered = kept.decisions()
        assert [decision.value for decision in remembered.values()] == ["first"]
        assert kept.decisions() is remembered
    attempts["to find what another hospital left"] += 1
    with hospital(second):
        assert dict(kept.decisions()) == {}
    with hospital(first):
        assert kept.decisions() is remembered
    with pytest.raises(NoScope):
        kept.decisions()
