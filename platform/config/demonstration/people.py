"""Who signs in to the demonstration. The patients themselves are tenants.records' own."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from kernel.permissions import Role, Scope

CONSOLE = "console"
NETWORK = "network"


def canary(slug: str, key: str) -> str:
    """A text that stands in the records of one person (``key``) or place (empty) of one hospital and nowhere else.

    Whoever finds it where it does not belong has found a leak. It looks like the number of a note, so letters read
    well.
    """
    number = int(hashlib.sha256(f"{slug}/{key}".encode()).hexdigest(), 16) % 10**12
    digits = f"{number:012d}"
    return f"{slug[:2].upper()}-{digits[:4]}-{digits[4:8]}-{digits[8:]}"


@dataclass(frozen=True, slots=True)
class Helps:
    """A patient, by the key of the demonstration, and the slices that are open to the helper."""

    patient: str
    relationship: str
    scopes: frozenset[Scope] = frozenset(Scope)


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """Somebody who signs in. ``patient`` is the key of the person's own record, ``practitioner`` of a clinician's,
    ``network`` is the slug of the network that the person administers."""

    login: str
    name: str
    role: Role
    language: str
    patient: str = ""
    practitioner: str = ""
    network: str = ""
    helps: tuple[Helps, ...] = field(default=())


def _at(place: str, name: str) -> str:
    # example.com can never be anybody's address (RFC 2606).
    return f"{name}@{place}.example.com"


OPERATORS = (
    DemoAccount(_at("portico", "rekha"), "Rekha Kaur", Role.OPERATOR, "en"),
    DemoAccount(_at("portico", "miguel"), "Miguel Ortiz", Role.OPERATOR, "es"),
)

NETWORK_ADMINS = (DemoAccount(_at("lakeside", "nora"), "Nora Lindqvist", Role.NETWORK_ADMIN, "en", network="lakeside"),)

PEOPLE: Mapping[str, tuple[DemoAccount, ...]] = {
    "santalucia": (
        DemoAccount(
            _at("santalucia", "carmen"),
            "Carmen Soler Vives",
            Role.HELPER,
            "es",
            helps=(Helps("mateo", "madre"), Helps("sofia", "madre")),
        ),
        DemoAccount(_at("santalucia", "ariadna"), "Ariadna Català Puig", Role.PATIENT, "es", patient="ariadna"),
        DemoAccount(_at("santalucia", "daniela"), "Daniela López Marín", Role.PATIENT, "es", patient="daniela"),
        DemoAccount(_at("santalucia", "robledo"), "Dra. Inés Robledo", Role.CLINICIAN, "es", practitioner="robledo"),
        DemoAccount(_at("santalucia", "recepcion"), "Marta Solís", Role.FRONT_DESK, "es"),
        DemoAccount(_at("santalucia", "facturacion"), "Joan Ribes", Role.BILLING, "es"),
        DemoAccount(_at("santalucia", "direccion"), "Elena Duarte", Role.HOSPITAL_ADMIN, "es"),
        DemoAccount(_at("santalucia", "privacidad"), "Raúl Cano", Role.PRIVACY_OFFICER, "es"),
    ),
    "northfield": (
        DemoAccount(_at("northfield", "james"), "James Whitlock", Role.PATIENT, "en", patient="james"),
        DemoAccount(_at("northfield", "denise"), "Denise Carter", Role.PATIENT, "en", patient="denise"),
        DemoAccount(
            _at("northfield", "ana"),
            "Ana Whitlock",
            Role.HELPER,
            "en",
            helps=(
                Helps("james", "wife", frozenset({Scope.VISITS, Scope.RESULTS, Scope.RECORD})),
                Helps("eleanor", "daughter-in-law"),
            ),
        ),
        DemoAccount(_at("northfield", "osei"), "Dr. Amara Osei", Role.CLINICIAN, "en", practitioner="osei"),
        DemoAccount(_at("northfield", "frontdesk"), "Terry Nolan", Role.FRONT_DESK, "en"),
        DemoAccount(_at("northfield", "billing"), "Paula Reyes", Role.BILLING, "en"),
        DemoAccount(_at("northfield", "admin"), "Helen Marsh", Role.HOSPITAL_ADMIN, "en"),
        DemoAccount(_at("northfield", "privacy"), "Victor Hale", Role.PRIVACY_OFFICER, "en"),
    ),
    "alwaha": (
        DemoAccount(
            _at("alwaha", "layla"), "ليلى الحربي", Role.PATIENT, "ar", patient="layla", helps=(Helps("omar", "زوجة"),)
        ),
        DemoAccount(_at("alwaha", "fatima"), "فاطمة العتيبي", Role.PATIENT, "ar", patient="fatima"),
        DemoAccount(_at("alwaha", "najjar"), "د. سامر النجار", Role.CLINICIAN, "ar", practitioner="najjar"),
        DemoAccount(_at("alwaha", "reception"), "سعاد الراشد", Role.FRONT_DESK, "ar"),
        DemoAccount(_at("alwaha", "billing"), "ماجد العمري", Role.BILLING, "ar"),
        DemoAccount(_at("alwaha", "admin"), "هند السالم", Role.HOSPITAL_ADMIN, "ar"),
        DemoAccount(_at("alwaha", "privacy"), "طارق الفهد", Role.PRIVACY_OFFICER, "ar"),
    ),
}
