"""The doors to the provider's register of hospitals. All run under ``shared()``.

None looks inside a hospital but one, which asks whether the first administrator has come in.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Count, Prefetch, Q, QuerySet, Sum
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from control_plane.hospitals import permissions
from control_plane.hospitals.models import AnchorReport, FirstInvitation, HospitalReport, ProviderReport
from control_plane.hospitals.provisioning import FIRST_ADMINISTRATOR
from kernel import clock
from kernel.accounts.doors import origin_of_host
from kernel.accounts.models import Account
from kernel.accounts.selectors import written_login
from kernel.events.selectors import outbox_health
from kernel.lists import ListFilter, Listing, ListOptions, ListState, heading, listing
from kernel.permissions import Access, NotFound
from kernel.tenancy.models import Domain, Hospital, Network, Provisioning
from kernel.tenancy.provisioning import DATABASE_STEP, OPEN_STEP, steps
from kernel.tenancy.resolution import context_for
from kernel.tenancy.schemas import migration_state
from kernel.tenancy.scope import hospital as hospital_scope

HOSPITAL_LIST = ListOptions(
    sorts={
        "name": ("name",),
        "network": ("network__name", "name"),
        "state": ("state", "name"),
        "people": ("report__accounts", "name"),
        "patients": ("report__patients", "name"),
        "activity": ("report__last_activity_at", "name"),
        "opened": ("opened_at", "name"),
    },
    filters={"state": Hospital.State.values, "network": None, "version": ("current", "behind")},
)

VERSIONS = [("current", _("Up to date")), ("behind", _("Waits for an update"))]

# Beyond about this many hospitals a database is not asked for more (DESIGN section 3).
HOSPITALS_PER_DATABASE = 500
# An hourly report that is older than this has stopped.
REPORT_IS_LATE_AFTER = timedelta(hours=3)
# Anchors are written once a day, and reports tell of them within the hour.
ANCHOR_IS_LATE_AFTER = timedelta(hours=26)


def address_of(host: str) -> str:
    """Where a browser finds ``host``, with scheme and port."""
    return f"{origin_of_host(host)}/"


def address_of_slug(slug: str) -> str:
    """Where the hospital called ``slug`` answers, or will."""
    return address_of(f"{slug}.{settings.BASE_DOMAIN}")


def _with_everything(hospitals: "QuerySet[Hospital]") -> "QuerySet[Hospital]":
    return hospitals.select_related("network", "cell", "report").prefetch_related(
        Prefetch("domains", Domain.objects.order_by("-is_primary", "domain"))
    )


def hospital_list(access: Access, state: ListState) -> "QuerySet[Hospital]":
    """The hospitals that ``state`` asks for, each with network, domains and report."""
    access.require(permissions.VIEW)
    found = _with_everything(Hospital.objects.all())
    if state.search:
        found = found.filter(
            Q(name__icontains=state.search)
            | Q(slug__icontains=state.search)
            | Q(network__name__icontains=state.search)
            | Q(pk__in=Domain.objects.filter(domain__icontains=state.search).values("tenant"))
        )
    if state.filters.get("state"):
        found = found.filter(state=state.filters["state"])
    if state.filters.get("network"):
        found = found.filter(network__slug=state.filters["network"])
    if state.filters.get("version") == "current":
        found = found.filter(migration_state=migration_state())
    elif state.filters.get("version") == "behind":
        found = found.exclude(migration_state=migration_state())
    return found.order_by(*state.ordering)


def hospital_listing(
    access: Access, state: ListState, *, networks: list[tuple[str, str]], export: str
) -> "Listing[Hospital]":
    """The page of the hospitals; ``networks`` are the choices of the filter."""
    return listing(
        state,
        hospital_list(access, state),
        [
            heading(state, _("Hospital"), "name"),
            heading(state, _("Status"), "state"),
            heading(state, _("Network"), "network"),
            heading(state, _("Accounts"), "people", is_number=True),
            heading(state, _("Patients"), "patients", is_number=True),
            heading(state, _("Version")),
            heading(state, _("Last sign-in"), "activity"),
        ],
        filters=[
            ListFilter("state", _("Status"), Hospital.State.choices, _("Every status")),
            ListFilter("network", _("Network"), networks, _("Every network")),
            ListFilter("version", _("Version"), VERSIONS, _("Every version")),
        ],
        export=export,
    )


def hospital_by_slug(access: Access, slug: str) -> Hospital:
    """One hospital. Raises NotFound."""
    access.require(permissions.VIEW)
    found = _with_everything(Hospital.objects.filter(slug=slug)).first()
    if found is None:
        raise NotFound
    return found


def is_current(hospital: Hospital) -> bool:
    """Whether the hospital's tables are those of the running code."""
    return hospital.migration_state == migration_state()


HOSPITAL_HEADING = ("slug", "name", "address", "state", "network", "country", "accounts", "patients", "migration state",
                    "up to date", "last sign-in", "opened")  # fmt: skip


def hospital_row(row: Hospital) -> tuple[object, ...]:
    """One hospital of ``hospital_list`` as a line of a file."""
    report: Any = getattr(row, "report", None)
    domains = row.domains.all()
    return (
        row.slug, row.name, address_of(domains[0].domain) if domains else "", row.state, row.network.name, row.country,
        report.accounts if report else "", report.patients if report else "", row.migration_state,
        "yes" if is_current(row) else "no",
        report.last_activity_at.isoformat() if report and report.last_activity_at else "",
        row.opened_at.isoformat() if row.opened_at else "",
    )  # fmt: skip


@dataclass(frozen=True)
class FleetFigures:
    """The numbers above the list. ``live`` are the hospitals that answer; ``late_reports`` those that fell silent;
    ``broken_anchors`` those whose audit log lacks its proof outside the database; ``stuck`` those that have effects of
    acts, such as letters, that cannot be delivered."""

    hospitals: int
    live: int
    read_only: int
    suspended: int
    creating: int
    current: int
    networks: int
    accounts: int
    patients: int
    late_reports: int
    broken_anchors: int
    stuck: int

    @property
    def behind(self) -> int:
        """Hospitals whose tables are older than the running code."""
        return self.hospitals - self.current

    @property
    def share_of_database(self) -> float:
        """How full the database is, 0 to 1."""
        return min(1.0, self.hospitals / HOSPITALS_PER_DATABASE)


def fleet_figures(access: Access) -> FleetFigures:
    """Counts over all hospitals, in three statements."""
    access.require(permissions.VIEW)
    state = Hospital.State
    open_states = Q(state__in=[state.ACTIVE, state.READ_ONLY])
    late = Q(report__isnull=True) | Q(report__reported_at__lt=clock.now() - REPORT_IS_LATE_AFTER)
    counted = Hospital.objects.aggregate(
        hospitals=Count("pk"),
        live=Count("pk", filter=Q(state=state.ACTIVE)),
        read_only=Count("pk", filter=Q(state=state.READ_ONLY)),
        suspended=Count("pk", filter=Q(state=state.SUSPENDED)),
        creating=Count("pk", filter=Q(state=state.CREATING)),
        current=Count("pk", filter=Q(migration_state=migration_state())),
        late_reports=Count("pk", filter=open_states & late),
        broken_anchors=Count("pk", filter=Q(report__anchor_state__in=HospitalReport.BROKEN_ANCHORS)),
        stuck=Count("pk", filter=Q(report__stuck_events__gt=0)),
    )
    people = HospitalReport.objects.aggregate(accounts=Sum("accounts"), patients=Sum("patients"))
    return FleetFigures(
        **counted,
        networks=Network.objects.count(),
        accounts=people["accounts"] or 0,
        patients=people["patients"] or 0,
    )


def hospitals_with_broken_anchors(access: Access) -> list[Hospital]:
    """Hospitals whose anchors are missing or forged, by name, at most 20."""
    access.require(permissions.VIEW)
    broken = Hospital.objects.filter(report__anchor_state__in=HospitalReport.BROKEN_ANCHORS)
    return list(broken.order_by("name")[:20])


def hospitals_with_stuck_events(access: Access) -> list[Hospital]:
    """Hospitals that have effects of acts that cannot be delivered, by name, at most 20."""
    access.require(permissions.VIEW)
    return list(Hospital.objects.filter(report__stuck_events__gt=0).order_by("name")[:20])


# --- Being made ------------------------------------------------------------------------------------------------------

_OWN_SENTENCES: dict[str, str | Promise] = {
    DATABASE_STEP: _("Making its own place in the database"),
    OPEN_STEP: _("Opening the address"),
}


@dataclass(frozen=True)
class Step:
    """One line of the progress page. ``state`` is ``waiting``, ``running``, ``done`` or ``failed``."""

    name: str
    sentence: str | Promise
    state: str


def provisioning_by_id(access: Access, provisioning_id: UUID) -> Provisioning:
    """One making of a hospital. Raises NotFound."""
    access.require(permissions.VIEW)
    found = Provisioning.objects.filter(pk=provisioning_id).first()
    if found is None:
        raise NotFound
    return found


def invitation_waits(access: Access, slug: str) -> bool:
    """Whether an administrator was invited when the hospital was made, whose invitation has not been shown or used."""
    access.require(permissions.VIEW)
    made = Provisioning.objects.filter(
        slug=slug, state=Provisioning.State.DONE, request__extra__has_key=FIRST_ADMINISTRATOR
    ).first()
    if made is None or made.hospital_id is None or FirstInvitation.objects.filter(hospital__slug=slug).exists():
        return False
    return first_administrator_waits(made.hospital_id, made.request["extra"][FIRST_ADMINISTRATOR]["email"])


def first_administrator_waits(hospital_id: UUID, email: str) -> bool:
    """Whether the account of the invited administrator is there and has never been signed in to."""
    context = context_for(hospital_id)
    if context is None:
        return False
    with hospital_scope(context):
        return Account.objects.filter(login=written_login(email), last_login=None, is_active=True).exists()


def provisioning_of(access: Access, hospital: Hospital) -> Provisioning | None:
    """The newest making of ``hospital``, or None for one that was not made here."""
    access.require(permissions.VIEW)
    return Provisioning.objects.filter(hospital_id=hospital.pk).order_by("-created_at").first()


def unfinished_provisionings(access: Access) -> list[Provisioning]:
    """Hospitals that are being made or could not be made, newest first, at most 20."""
    access.require(permissions.VIEW)
    return list(Provisioning.objects.exclude(state=Provisioning.State.DONE).order_by("-created_at")[:20])


def progress(row: Provisioning) -> list[Step]:
    """The steps of a making with their sentences, the failed one named."""
    failed = row.failure.partition(":")[0] if row.state == Provisioning.State.FAILED else ""
    return [
        Step(
            name=entry["name"],
            sentence=_sentence(entry["name"]),
            state="failed" if entry["name"] == failed else entry["state"],
        )
        for entry in row.steps
    ]


def _sentence(name: str) -> str | Promise:
    if name in _OWN_SENTENCES:
        return _OWN_SENTENCES[name]
    return steps.get(name).sentence if name in steps else name


def slug_is_free(access: Access, slug: str) -> bool:
    """Whether no hospital has or is getting the address ``slug``."""
    access.require(permissions.ADD)
    if Hospital.objects.filter(slug=slug).exists():
        return False
    return not Provisioning.objects.filter(slug=slug).exclude(state=Provisioning.State.FAILED).exists()


# --- Health ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Probe:
    """A question put to the running system. ``answer`` says what was found, ``is_well`` whether it is as it must be."""

    name: str
    question: str | Promise
    answer: str | Promise
    is_well: bool


def guard_probes(access: Access) -> list[Probe]:
    """What keeps hospitals apart in the database, asked of the connection that serves this very request."""
    access.require(permissions.VIEW_HEALTH)
    with connection.cursor() as cursor:
        # Catalogue questions have no model; nothing here depends on input.
        cursor.execute(
            "SELECT has_function_privilege(session_user, 'pg_catalog.set_config(text, text, boolean)', 'EXECUTE'),"
            " (SELECT rolsuper OR rolbypassrls OR rolcreaterole FROM pg_roles WHERE rolname = session_user),"
            " (SELECT rolinherit FROM pg_roles WHERE rolname = session_user),"
            " to_regnamespace('public') IS NULL, current_setting('server_version')"
        )
        may_set_config, is_mighty, inherits, public_is_gone, version = cursor.fetchone()
    binds_on_server = bool(connection.settings_dict["OPTIONS"].get("server_side_binding"))
    yes, no = _("Yes"), _("No")
    return [
        Probe(
            "set-config",
            _("Is set_config taken away from the login role?"),
            no if may_set_config else yes,
            not may_set_config,
        ),
        Probe("binding", _("Are parameters bound by the server?"), yes if binds_on_server else no, binds_on_server),
        Probe("login", _("Is the login role without special rights?"), no if is_mighty else yes, not is_mighty),
        Probe("inherit", _("Does the login role inherit nothing?"), no if inherits else yes, not inherits),
        Probe("public", _("Is the public schema gone?"), yes if public_is_gone else no, bool(public_is_gone)),
        Probe(
            "server", _("Is this a supported PostgreSQL (15 to 18)?"), version, 15 <= int(version.split(".")[0]) <= 18
        ),
    ]


@dataclass(frozen=True)
class HospitalHealth:
    """What the console knows of one hospital's state without entering it."""

    is_current: bool
    migration_state: str
    wanted_state: str
    report_is_late: bool
    anchor_is_late: bool
    anchor_state: str


def hospital_health(access: Access, hospital: Hospital) -> HospitalHealth:
    """Version and freshness of one hospital."""
    access.require(permissions.VIEW)
    report: Any = getattr(hospital, "report", None)
    return HospitalHealth(
        is_current=is_current(hospital),
        migration_state=hospital.migration_state,
        wanted_state=migration_state(),
        report_is_late=report is None or report.reported_at < clock.now() - REPORT_IS_LATE_AFTER,
        anchor_is_late=_anchor_is_late(report),
        anchor_state=report.anchor_state if report is not None else HospitalReport.Anchors.NONE,
    )


def _anchor_is_late(report: AnchorReport | None) -> bool:
    last = report.last_anchor_at if report is not None else None
    return last is not None and last < clock.now() - ANCHOR_IS_LATE_AFTER


@dataclass(frozen=True)
class ProviderHealth:
    """How the provider's own trail and outbox stand; without a report nothing has looked for the anchors yet."""

    report: ProviderReport | None
    anchor_is_late: bool
    stuck_events: int

    @property
    def anchor_state(self) -> str:
        """What was found where the anchors are kept."""
        return self.report.anchor_state if self.report is not None else AnchorReport.Anchors.NONE

    @property
    def has_broken_anchors(self) -> bool:
        """Whether they are missing or not genuine."""
        return self.anchor_state in AnchorReport.BROKEN_ANCHORS


def provider_health(access: Access) -> ProviderHealth:
    """The same of the provider itself: its anchors as of the last report, its outbox as of now."""
    access.require(permissions.VIEW)
    report, outbox = ProviderReport.objects.first(), outbox_health()
    return ProviderHealth(report, _anchor_is_late(report), outbox.unreadable + outbox.dead)
