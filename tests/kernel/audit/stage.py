"""Where the trail is watched: two hospitals full of canaries, people at each side, and the lines an act has left."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection

from control_plane.operators.ranks import FULL, ensure_ranks
from kernel import clock
from kernel.accounts import codes
from kernel.accounts.doors import Door
from kernel.accounts.models import Account, OneTimeCode
from kernel.accounts.services.factors import enrol_totp
from kernel.audit.models import AuditEntry
from kernel.permissions import Role
from kernel.tenancy.scope import hospital
from tenants.people.links import name_practitioner
from tenants.records.models import Resource
from tenants.records.services.importing import import_bundle
from tests.clients import HostClient, client_for, console_client, network_client
from tests.factories.accounts import SYSTEM, make_account
from tests.factories.staff import give, sign_in
from tests.isolation.world import World
from tests.tenants.records import samples

ADDRESS = "192.0.2.44"
DOORS = {
    "console": ("__Host-portico-console", "CONSOLE_HOST", console_client),
    "network": ("__Host-portico-network", "NETWORK_HOST", network_client),
}


def furnish(world: World) -> None:
    """Put into Northfield what the world lacks: a clinician's own patient and day, a document, names on accounts."""
    house = world.own
    role = f"p{house.canary[-8:]}"
    at = clock.now().replace(microsecond=0)
    doctor = samples.urn("osei")
    resources: list[Any] = [
        samples.patient(role, name=[{"use": "official", "family": house.canary, "given": [f"Given{house.canary}"]}]),
        samples.practitioner("osei"),
        samples.appointment(
            f"{role}-today",
            role,
            start=at.isoformat(),
            end=(at + timedelta(minutes=20)).isoformat(),
            description=f"appointment {house.canary}",
            participant=[{"actor": {"reference": samples.urn(role)}, "status": "accepted"},
                         {"actor": {"reference": doctor}, "status": "accepted"}],
        ),
        {
            "resourceType": "DocumentReference",
            "id": samples.fhir_id(f"{role}-letter"),
            "status": "current",
            "type": {"text": f"letter {house.canary}"},
            "subject": {"reference": samples.urn(role)},
            "content": [{"attachment": {"contentType": "text/plain", "data": "bGV0dGVy", "title": house.canary}}],
        },
        {
            "resourceType": "DiagnosticReport",
            "id": samples.fhir_id(f"{role}-report"),
            "status": "final",
            "code": {"text": f"report {house.canary}"},
            "subject": {"reference": samples.urn(role)},
            "presentedForm": [{"contentType": "text/plain", "data": "cmVwb3J0", "title": house.canary}],
        },
    ]  # fmt: skip
    with hospital(house.context):
        import_bundle(access=SYSTEM, content=samples.bundle(*resources), source=f"source {house.canary}", name="s.json")
        for kind in ("DocumentReference", "DiagnosticReport"):
            house.keys[kind] = Resource.objects.get(patient=house.keys["patient"], type=kind).pk
        name_practitioner(
            access=SYSTEM, account_id=house.accounts[Role.CLINICIAN].pk, practitioner=samples.fhir_id("osei")
        )
        for who in (Role.PATIENT, Role.HELPER):
            Account.objects.filter(pk=house.accounts[who].pk).update(display_name=f"{who.value} {house.canary}")
            house.accounts[who].refresh_from_db()
        # One line of the trail that is about the patient: the import's.
        house.keys["entry"] = AuditEntry.objects.filter(subject=house.keys["patient"])[0].pk


@dataclass
class Stage:
    """One side with a person of one's own, who can be signed in, and the lines since ``begin``."""

    world: World
    side: str
    before: set[UUID] = field(default_factory=set)
    actor: Account | None = None

    def __post_init__(self) -> None:
        self.client: HostClient = self.browser()

    def browser(self) -> HostClient:
        """Another browser at this side."""
        options = {"REMOTE_ADDR": ADDRESS}
        if self.side == "hospital":
            return client_for(self.world.own.context.slug, **options)
        return console_client(**options) if self.side == "console" else network_client(**options)

    @property
    def door(self) -> Door:
        """Where this side's people sign in."""
        if self.side == "hospital":
            return self.world.own.door
        cookie, host, _client = DOORS[self.side]
        return Door(self.side, getattr(settings, host), "Portico", cookie)  # type: ignore[arg-type]

    def inside(self, work: Any, *args: Any, **more: Any) -> Any:
        """Call ``work`` in this side's scope."""
        return self.client.inside(work, *args, **more)

    def person(self, *, with_app: bool | None = None, login: str = "stage@example.org") -> tuple[Account, str]:
        """Somebody who may enter here, and the secret of the app that the provider's people must have."""
        has_app = self.side != "hospital" if with_app is None else with_app

        def make() -> tuple[Account, str]:
            account = make_account(login)
            if self.side == "console":
                ensure_ranks()
                give(account, [FULL])
            elif self.side == "network":
                give(account, [Role.NETWORK_ADMIN])
            return account, enrol_totp(access=SYSTEM, account=account) if has_app else ""

        made: tuple[Account, str] = self.inside(make)
        return made

    def enter(self, account: Account | Role) -> Account:
        """Sign somebody in, who then is the actor of what follows."""
        who = self.world.own.accounts[account] if isinstance(account, Role) else account
        sign_in(self.client, who, self.door)
        self.actor = who
        return who

    def member(self, **more: Any) -> Account:
        """A new person, signed in."""
        return self.enter(self.person(**more)[0])

    def code(self) -> str:
        """The code that was asked for last, as the message would have brought it."""

        def make() -> str:
            return codes.make_code(OneTimeCode.objects.filter(used_at=None).latest("created_at"))

        made: str = self.inside(make)
        return made

    def begin(self) -> None:
        """From here on lines count."""
        self.before = set(self.inside(lambda: list(AuditEntry.objects.values_list("pk", flat=True))))

    def lines(self) -> list[AuditEntry]:
        """What has been written since ``begin``, oldest first."""
        return [entry for entry in self.inside(_all_lines) if entry.pk not in self.before]

    def address(self, path: str, **more: Any) -> str:
        """The path with identifiers of this hospital in it."""
        keys = {name.lower(): key for name, key in self.world.own.keys.items()}
        return path.format(**{**keys, "canary": self.world.own.canary, **more})


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside is rolled back: the next attempt finds everything as it was."""
    mark = str(connection.savepoint())
    try:
        yield
    finally:
        connection.savepoint_rollback(mark)


def _all_lines() -> list[AuditEntry]:
    return list(AuditEntry.objects.order_by("at", "pk"))
