"""Make the demonstration, once. Every step looks first at what is there, so a second run changes nothing."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction

from config.demonstration.hospitals import SLUGS, asked
from config.demonstration.people import CONSOLE, NETWORK, NETWORK_ADMINS, OPERATORS, PEOPLE, DemoAccount, canary
from config.runtime.home import Home
from control_plane.hospitals.reporting import write_report
from control_plane.networks.services import name_admin
from kernel import clock
from kernel.accounts.doors import origin_of_host
from kernel.accounts.models import Account
from kernel.accounts.passwords import random_password
from kernel.accounts.services.factors import enrol_totp
from kernel.accounts.services.register import change_password, create_account
from kernel.permissions import Access, system_access
from kernel.permissions.declarations import TRUSTED_ROLES
from kernel.permissions.services import assign_role
from kernel.tenancy.context import HospitalContext
from kernel.tenancy.models import Hospital
from kernel.tenancy.provisioning import request_hospital, run_provisioning
from kernel.tenancy.resolution import context_for
from kernel.tenancy.scope import hospital, shared
from tenants.people.links import link_account, name_practitioner
from tenants.people.models import Patient
from tenants.records.demonstration.people import HOSPITALS, SOURCE
from tenants.records.demonstration.writing import demonstration_id
from tenants.records.services.demonstrating import seed_demonstration

ACCOUNTS_FILE = "demo-accounts.json"

_REASONS = {
    "en": "setting up the demonstration",
    "es": "preparación de la demostración",
    "ar": "إعداد العرض التوضيحي",
}


class DemonstrationRefused(Exception):
    """These settings do not allow demonstration data: it comes with known passwords."""


@dataclass
class _Book:
    """The accounts' secrets, kept in one file that only its owner can read."""

    home: Home
    rows: list[dict[str, str]]

    def add(self, place: str, person: DemoAccount, password: str, totp_secret: str) -> None:
        self.rows = [row for row in self.rows if (row["hospital"], row["login"]) != (place, person.login)]
        self.rows.append(
            {
                "hospital": place,
                "address": address_of(place),
                "role": person.role.value,
                "name": person.name,
                "login": person.login,
                "password": password,
                "totp_secret": totp_secret,
            }
        )
        self.home.write(ACCOUNTS_FILE, {"accounts": self.rows})

    def follow_addresses(self) -> None:
        """Write where each account signs in now: the installation may have been started at another port."""
        now = [{**row, "address": address_of(row["hospital"])} for row in self.rows]
        if now != self.rows:
            self.rows = now
            self.home.write(ACCOUNTS_FILE, {"accounts": now})


def address_of(place: str) -> str:
    """Where a hospital of the demonstration, the console, or the host of network admins answers."""
    own_hosts = {CONSOLE: settings.CONSOLE_HOST, NETWORK: settings.NETWORK_HOST}
    host = own_hosts.get(place) or f"{place}.{settings.BASE_DOMAIN}"
    return origin_of_host(host)


def seed(home: Home, report: Callable[[str], None] = lambda line: None) -> None:
    """Make operators, hospitals, their people and their records. Needs the owner's connection.

    Raises DemonstrationRefused under production settings.
    """
    if not settings.DEMO_ALLOWED:
        raise DemonstrationRefused
    book = _Book(home, home.read(ACCOUNTS_FILE).get("accounts", []))
    book.follow_addresses()
    access = system_access(_REASONS["en"], app="command")
    report(CONSOLE)
    with shared():
        _make_accounts(access, CONSOLE, OPERATORS, book)
    for slug in SLUGS:
        report(slug)
        context = _hospital(slug)
        # Patients read the reason in the list of who looked.
        access = system_access(_REASONS[context.language], app="command")
        with hospital(context):
            _import_records(access, context)
            if _make_accounts(access, slug, PEOPLE[slug], book):
                write_report()
    # A network comes with its first hospital.
    access = system_access(_REASONS["en"], app="command")
    with shared():
        _make_accounts(access, NETWORK, NETWORK_ADMINS, book)


def _hospital(slug: str) -> HospitalContext:
    with shared():
        found = Hospital.objects.filter(slug=slug).exclude(state=Hospital.State.CREATING).first()
        row = None if found is not None else request_hospital(asked(slug))
    if row is not None:
        run_provisioning(row.pk)
    context = context_for(found.pk if found is not None else row.hospital_id)  # type: ignore[union-attr]
    if context is None:
        raise LookupError(slug)
    return context


def _import_records(access: Access, context: HospitalContext) -> None:
    """Through the product's own importer. Dates are placed around today once; later runs leave them."""
    if Patient.objects.filter(source=SOURCE).exists():
        return
    there = HOSPITALS[context.slug]
    seed_demonstration(
        access=access,
        hospital=there,
        anchor=clock.today(context.time_zone),
        canaries={key: canary(there.slug, key) for key in ("", *(person.key for person in there.people))},
    )


def _make_accounts(access: Access, place: str, people: Iterable[DemoAccount], book: _Book) -> int:
    """Make the accounts that are missing, and say how many."""
    made = 0
    known = set(Account.objects.values_list("login", flat=True))
    kept = {row["login"] for row in book.rows if row["hospital"] == place}
    for person in people:
        if person.login in known and person.login in kept:
            continue
        _make_account(access, place, person, book, is_known=person.login in known)
        made += 1
    return made


def _make_account(access: Access, place: str, person: DemoAccount, book: _Book, *, is_known: bool) -> None:
    """The account with its roles and links; one that is there, but whose secrets are lost, gets new secrets."""
    password, totp_secret = random_password(), ""
    with transaction.atomic():
        if is_known:
            account = Account.objects.get(login=person.login)
            change_password(access=access, account=account, new=password, present=None)
            account.factors.all().delete()
        else:
            account = create_account(
                access=access,
                login=person.login,
                email=person.login,
                display_name=person.name,
                password=password,
                language=person.language,
            )
            if person.network:
                name_admin(access=access, slug=person.network, account=account)
            elif person.role in TRUSTED_ROLES:
                assign_role(access=access, account=account, role=person.role)
            _link(access, account, person, place)
        if person.role in TRUSTED_ROLES:
            totp_secret = enrol_totp(access=access, account=account)
    book.add(place, person, password, totp_secret)


def _link(access: Access, account: Account, person: DemoAccount, slug: str) -> None:
    """Open the records that the account stands for, and say which practitioner a clinician is."""
    if person.patient:
        link_account(access=access, account_id=account.pk, patient=_patient(slug, person.patient), is_self=True)
    for helped in person.helps:
        link_account(
            access=access,
            account_id=account.pk,
            patient=_patient(slug, helped.patient),
            scopes=helped.scopes,
            relationship=helped.relationship,
        )
    if person.practitioner:
        practitioner = demonstration_id(HOSPITALS[slug], "practitioner", person.practitioner)
        name_practitioner(access=access, account_id=account.pk, practitioner=practitioner)


def _patient(slug: str, key: str) -> Patient:
    return Patient.objects.get(fhir_id=demonstration_id(HOSPITALS[slug], "patient", key))


def demo_accounts(home: Home) -> list[dict[str, Any]]:
    """The accounts with their secrets, for printing. Raises DemonstrationRefused under production settings."""
    if not settings.DEMO_ALLOWED:
        raise DemonstrationRefused
    return list(home.read(ACCOUNTS_FILE).get("accounts", []))
