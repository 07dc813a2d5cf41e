"""Two hospitals with people and canaries, and the ten kinds of callers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings

from api.auth.services import create_key
from kernel.accounts.doors import Door
from kernel.accounts.models import Account
from kernel.permissions import Role, Scope
from kernel.permissions.selectors import access_for
from kernel.tenancy.context import HospitalContext
from kernel.tenancy.scope import hospital, shared
from tenants.people.links import link_account
from tenants.people.models import Patient
from tenants.records.models import Resource
from tenants.records.services.importing import import_bundle
from tests.clients import HostClient, client_for, console_client, network_client
from tests.factories.accounts import SYSTEM, make_account
from tests.factories.staff import sign_in, staff_account
from tests.tenants.records import samples

STAFF = (Role.CLINICIAN, Role.FRONT_DESK, Role.BILLING, Role.HOSPITAL_ADMIN, Role.PRIVACY_OFFICER)
ACTORS = (
    Role.ANONYMOUS,
    Role.PATIENT,
    Role.HELPER,
    *STAFF,
    Role.NETWORK_ADMIN,
    Role.OPERATOR,
)
OWN_SIDE = {Role.NETWORK_ADMIN: "network", Role.OPERATOR: "console"}


@dataclass
class House:
    """One hospital of the test: its people, its objects, and the words that nobody else may read."""

    context: HospitalContext
    canary: str
    keys: dict[str, UUID] = field(default_factory=dict)
    accounts: dict[Role, Account] = field(default_factory=dict)
    bearer: str = ""

    @property
    def door(self) -> Door:
        return Door("hospital", self.context.host, self.context.name, "__Host-portico")


@dataclass
class World:
    """Northfield, from which everybody tries, and Al-Waha, whose rows nobody may see."""

    own: House
    other: House
    provider: dict[Role, Account]

    def client(self, actor: Role, *, at: str) -> HostClient:
        """A browser at the side ``at`` (hospital, other, console, network) with the session that ``actor`` has.

        A session of another host is carried over by hand, under the cookie's name of the host it is tried at.
        """
        makers: dict[str, Callable[[], HostClient]] = {
            "hospital": lambda: client_for(self.own.context.slug),
            "other": lambda: client_for(self.other.context.slug),
            "console": console_client,
            "network": network_client,
        }
        target = makers[at]()
        # A crash is answered as it would be, so that its page is searched for canaries too.
        target.raise_request_exception = False
        if actor is Role.ANONYMOUS:
            return target
        home, door, account = self._home(actor)
        sign_in(home, account, door)
        cookie = {"hospital": "__Host-portico", "other": "__Host-portico"}.get(at, f"__Host-portico-{at}")
        target.cookies[cookie] = home.cookies[door.cookie].value
        return target

    def at_home(self, house: House, actor: Role) -> HostClient:
        """A browser of one of the house's own people, signed in there."""
        return sign_in(client_for(house.context.slug), house.accounts[actor], house.door)

    def _home(self, actor: Role) -> tuple[HostClient, Door, Account]:
        if actor is Role.OPERATOR:
            door = Door("console", settings.CONSOLE_HOST, "Portico", "__Host-portico-console")
            return console_client(), door, self.provider[actor]
        if actor is Role.NETWORK_ADMIN:
            door = Door("network", settings.NETWORK_HOST, "Portico", "__Host-portico-network")
            return network_client(), door, self.provider[actor]
        return client_for(self.own.context.slug), self.own.door, self.own.accounts[actor]


def build(contexts: Callable[[str], HospitalContext]) -> World:
    """Fill both hospitals and the shared schema with the same kinds of people."""
    own, other = (House(contexts(slug), f"CANARY{uuid4().hex}") for slug in ("northfield", "alwaha"))
    for house in (own, other):
        with hospital(house.context):
            _fill(house)
    with shared():
        provider = {
            role: staff_account(role.value, name=f"Provider {role.value}")
            for role in (Role.OPERATOR, Role.NETWORK_ADMIN)
        }
    return World(own, other, provider)


def _fill(house: House) -> None:
    word = house.canary
    role = f"p{word[-8:]}"
    resources: list[Any] = [
        samples.patient(role, name=[{"use": "official", "family": word, "given": [f"Given{word}"]}]),
        samples.observation(f"{role}-result", role, note=[{"text": f"note {word}"}]),
        samples.condition(f"{role}-problem", role, code={"text": f"problem {word}"}),
        samples.encounter(f"{role}-visit", role, reasonCode=[{"text": f"reason {word}"}]),
        samples.appointment(f"{role}-next", role, description=f"appointment {word}"),
    ]
    import_bundle(access=SYSTEM, content=samples.bundle(*resources), source=f"source {word}", name="canary.json")
    patient = Patient.objects.get(fhir_id=samples.fhir_id(role))
    house.keys["patient"] = patient.pk
    for kind in ("Observation", "Condition", "Encounter", "Appointment"):
        house.keys[kind] = Resource.objects.filter(patient=patient, type=kind).values_list("pk", flat=True)[0]
    own = make_account(f"own-{role}@example.org")
    link_account(access=SYSTEM, account_id=own.pk, patient=patient, is_self=True)
    helper = make_account(f"helper-{role}@example.org")
    link_account(access=SYSTEM, account_id=helper.pk, patient=patient, scopes=list(Scope))
    house.accounts = {Role.PATIENT: own, Role.HELPER: helper}
    for staff in STAFF:
        house.accounts[staff] = staff_account(staff.value, name=f"{staff.value} {word}")
    house.keys["account"] = house.accounts[Role.FRONT_DESK].pk
    access = access_for(own)
    house.bearer = create_key(access=access, name=f"key {word}", scopes=["people.view"], days=30)[1]
