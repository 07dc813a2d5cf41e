"""(viii) How many statements each page takes with ten rows in every table, and with ten thousand."""

import os
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, reset_queries
from django.test.utils import CaptureQueriesContext

from kernel import clock
from kernel.accounts.doors import Door
from kernel.ids import uuid7
from kernel.permissions import Role, Scope, system_access
from kernel.tenancy.context import HospitalContext
from kernel.tenancy.models import Hospital, Provisioning
from kernel.tenancy.resolution import context_for
from kernel.tenancy.scope import SHARED_SCHEMA, hospital, shared
from tenants.people.links import link_account, name_practitioner
from tenants.people.models import Patient
from tenants.records.care import meeting
from tenants.records.demonstration.bundles import demonstration_bundles
from tenants.records.demonstration.people import HOSPITALS
from tenants.records.demonstration.writing import demonstration_id
from tenants.records.models import Resource
from tenants.records.services.importing import import_bundle
from tests.benchmarks.growth import grow
from tests.benchmarks.harness import Result, exact
from tests.clients import HostClient, client_for, console_client, network_client
from tests.factories.accounts import make_account
from tests.factories.staff import sign_in, staff_account
from tests.isolation.routes import SIDES, Route, routes

# With ten rows a block of a page may be empty, and saves the statements that its rows need; with sixty none is.
FEW, ENOUGH, MANY = 10, 60, int(os.environ.get("BENCH_ROWS", "10000"))
OF_A_BLOCK = 2
WELCOME = 12
PLACE = HOSPITALS["northfield"]
SYSTEM = system_access("arranging a benchmark", app="command")
STAFF = (Role.CLINICIAN, Role.FRONT_DESK, Role.BILLING, Role.HOSPITAL_ADMIN, Role.PRIVACY_OFFICER)
# What stands for a word in a route, and what is asked for in a page that searches.
WORDS = {
    "health/<slug:name>/": ("conditions", "allergies", "medicines", "vaccines", "procedures", "documents"),
    "manage/roles/<str:name>/": ("clinician",),
    "hospitals/at/<slug:slug>/": ("northfield",),
    "networks/<slug:slug>/": ("demo",),
}
SEARCHES = {
    "staff/patients/": "?q=a",
    "manage/audit/": "?words=a",
    "search/": "?q=a",
    "hospitals/": "?q=a",
    "networks/": "?q=a",
}
KINDS = (
    ("results/", "Observation"),
    ("observations", "Observation"),
    ("conditions", "Condition"),
    ("visits/", "Encounter"),
    ("documents/", "DocumentReference"),
)


class Houses:
    """A hospital with the demonstration's records, the provider's side, and a browser of each kind of person."""

    def __init__(self, context: HospitalContext) -> None:
        self.context = context
        self.browsers: dict[str, dict[str, HostClient]] = {
            "hospital": {"visitor": client_for(context.slug)},
            "console": {"visitor": console_client()},
            "network": {"visitor": network_client()},
        }
        self.accounts: dict[str, Any] = {}
        with hospital(context):
            self._fill()
        door = Door("hospital", context.host, context.name, "__Host-portico")
        for name, account in self.accounts.items():
            self.browsers["hospital"][name] = sign_in(client_for(context.slug), account, door)
        # The list of patients opened last has its line from the beginning.
        self.browsers["hospital"]["clinician"].get(f"/staff/patients/{self.patient}/")

    def add_provider(self) -> None:
        """An operator and a network admin, whose pages are measured too."""
        with shared():
            operator, admin = (staff_account(role.value) for role in (Role.OPERATOR, Role.NETWORK_ADMIN))
        console = Door("console", settings.CONSOLE_HOST, "Portico", "__Host-portico-console")
        network = Door("network", settings.NETWORK_HOST, "Portico", "__Host-portico-network")
        self.browsers["console"]["operator"] = sign_in(console_client(), operator, console)
        self.browsers["network"]["network_admin"] = sign_in(network_client(), admin, network)

    def _fill(self) -> None:
        for bundle in demonstration_bundles(PLACE, anchor=clock.today("America/Chicago"), canaries={}):
            import_bundle(access=SYSTEM, content=bundle.content, source="demonstration", name=bundle.name)
        james = Patient.objects.get(fhir_id=demonstration_id(PLACE, "patient", "james"))
        self.patient = james.pk
        self.accounts = {
            "patient": make_account("bench-james@example.org"),
            "helper": make_account("bench-d@example.org"),
        }
        link_account(access=SYSTEM, account_id=self.accounts["patient"].pk, patient=james, is_self=True)
        link_account(access=SYSTEM, account_id=self.accounts["helper"].pk, patient=james, scopes=list(Scope))
        self.accounts |= {role.value: staff_account(role.value) for role in STAFF}
        osei = demonstration_id(PLACE, "practitioner", "osei")
        name_practitioner(access=SYSTEM, account_id=self.accounts["clinician"].pk, practitioner=osei)
        self.keys = {
            kind: Resource.objects.filter(patient=james, type=kind)
            .order_by("-starts", "-id")
            .values_list("pk", flat=True)[0]
            for _word, kind in KINDS
        }
        # A report without results of its own has a place in the lists, which is filled from the beginning.
        alone = Resource.objects.filter(patient=james, type="DiagnosticReport").latest("starts")
        Resource.objects.create(
            **{field.attname: getattr(alone, field.attname) for field in Resource._meta.concrete_fields}
            | {"id": uuid7(), "fhir_id": "alone", "tokens": []}
        )
        # One with the clinician: in another zone than the demonstration's, the last of all may stand alone on its day.
        begun = Resource.objects.filter(meeting(osei), type="Encounter", starts__lt=clock.now()).latest("starts").starts
        assert begun is not None
        self.day = begun.astimezone(ZoneInfo(self.context.time_zone)).date()

    def grow(self, wanted: int) -> dict[str, int]:
        """Bring every table of the hospital to ``wanted`` rows."""
        return grow(self.context.schema_name, wanted)

    def grow_all(self, wanted: int) -> dict[str, int]:
        """Bring every table of the hospital and of the provider to ``wanted`` rows."""
        rows = self.grow(wanted)
        rows |= {
            f"shared {label}": count
            for label, count in grow(SHARED_SCHEMA, wanted, apps_setting=settings.SHARED_APPS).items()
        }
        return rows

    def addresses(self, route: Route) -> Iterator[str]:
        """The paths that stand for a route: own objects, real words, and a search where the page has one."""
        words = next((found for path, found in WORDS.items() if route.path.startswith(path)), ("nothing",))
        if route.path == "staff/":
            # A day with visits, which today need not be.
            yield f"/staff/?day={self.day}"
            return
        for word in words:
            yield route.address(self._key(route), word)
        if route.path in SEARCHES:
            yield f"/{route.path}{SEARCHES[route.path]}"

    def _key(self, route: Route) -> UUID:
        if "patients/<uuid" in route.path:
            return self.patient
        if "staff/<uuid" in route.path:
            return UUID(str(self.accounts["front_desk"].pk))
        if "making/<uuid" in route.path:
            with shared():
                return Provisioning.objects.values_list("pk", flat=True).get(slug=self.context.slug)
        return next((self.keys[kind] for word, kind in KINDS if word in route.path), UUID(int=0))


def run() -> list[Result]:
    with shared():
        key = Hospital.objects.values_list("pk", flat=True).get(slug="northfield")
    context = context_for(key)
    assert context is not None
    houses = Houses(context)
    houses.add_provider()
    counts = []
    for wanted in (FEW, ENOUGH, MANY):
        rows = houses.grow_all(wanted)
        counts.append(count_all(houses))
    many = counts[-1]
    growing = those_that_grow(*counts)
    filled = [page for page, count in counts[0].items() if count != many.get(page) and page not in growing]
    short = sorted(label for label, count in rows.items() if count < MANY)
    heavy = sorted(((count, page) for page, count in many.items() if count > WELCOME), reverse=True)
    told = "; ".join(f"{page}: {' '.join(str(one.get(page)) for one in counts)}" for page in growing)
    return [
        exact("viii", f"pages whose statements grow between {FEW} and {MANY} rows", len(growing), "pages",
              goal=0, note=told),
        exact("viii", "pages measured", len(many), "pages",
              note=f"with a block that was empty: {', '.join(filled)}; tables with fewer rows: {', '.join(short)}"),
        exact("viii", "most statements of a page", max(many.values()), "statements",
              note="; ".join(f"{page}: {count}" for count, page in heavy[:12])),
        exact("viii", f"pages with more than {WELCOME} statements", len(heavy), "pages"),
    ]  # fmt: skip


def those_that_grow(few: dict[str, int], enough: dict[str, int], many: dict[str, int]) -> list[str]:
    """Pages that take more statements when their blocks have more rows, or are answered at one size only.

    A list that shows fifty rows and asks for each of them grows between ten and sixty only.
    """
    pages = set(few) & set(enough) & set(many)
    lost = (set(few) | set(enough) | set(many)) - pages
    growing = {page for page in pages if many[page] > enough[page] or many[page] - few[page] > OF_A_BLOCK}
    return sorted(growing | lost)


def count_all(houses: Houses, sides: Iterable[str] = SIDES) -> dict[str, int]:
    """Statements of every GET route of ``sides`` for everybody who is answered, by side, person and path."""
    found = {}
    for side in sides:
        for route in routes(side):
            for address in houses.addresses(route):
                for who, browser in houses.browsers[side].items():
                    count = statements(browser, address)
                    if count is not None:
                        found[f"{side} {who} {address.replace(str(houses.patient), '<patient>')}"] = count
    return found


def statements(browser: HostClient, address: str) -> int | None:
    """How many statements a page takes when the caches of the process are filled; None when it is not answered.

    The hospital behind a host is looked up again every ten seconds, which can fall into one call but not into three.
    """
    counts: list[int] = []
    while len(counts) < 4 and counts.count(min(counts, default=0)) < 2:
        # The log of a connection holds 9,000 statements and counts no further.
        reset_queries()
        with CaptureQueriesContext(connection) as taken:
            answer: Any = browser.get(address)
            if answer.streaming:
                b"".join(answer.streaming_content)
        if answer.status_code >= 500:
            raise RuntimeError(f"{address} answered {answer.status_code}")
        if answer.status_code != 200:
            return None
        counts.append(len(taken))
    return min(counts)
