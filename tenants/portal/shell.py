"""What surrounds a page of a hospital: brand, menus, the person, and whose record is open."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kernel.permissions import Access
from kernel.permissions.declarations import STAFF_ROLES
from kernel.registries import NavigationEntry, navigation
from kernel.tenancy.context import HospitalContext
from tenants.people.viewing import Viewable, viewable_people
from themes.marks import initials
from themes.services import page_brand
from themes.shell import Banner, NavItem, NavSection, PageBrand, Person, Shell, ShellName, Subject

# The number for life and death where the hospital has not set one: the country's own.
_EMERGENCY = {"US": "911", "CA": "911", "MX": "911", "SA": "997", "AE": "998", "GB": "999", "ES": "112"}
_STANDARD_EMERGENCY = "112"
_USUAL_LOOK = {"main": "#1f5fa8", "accent": "#f2a33a"}
_SIDES: tuple[tuple[str, ShellName], ...] = (("/staff/", "staff"), ("/manage/", "manage"))


def emergency_phone(hospital: HospitalContext) -> str:
    """The number printed on every page (UX section 6.10)."""
    return str(hospital.brand.get("emergency_phone") or _EMERGENCY.get(hospital.country, _STANDARD_EMERGENCY))


def in_language(values: Mapping[str, Any], name: str, language: str, usual: str) -> str:
    """A text that the hospital wrote in several languages (``names``) or in one (``name``)."""
    several = values.get(f"{name}s")
    if isinstance(several, Mapping) and several.get(language):
        return str(several[language])
    return str(values.get(name) or usual)


def brand_values(hospital: HospitalContext) -> dict[str, Any]:
    """The stored brand, complete: a hospital that has chosen nothing yet has a plain look and its name."""
    return {**_USUAL_LOOK, **hospital.brand}


def brand_of(request: HttpRequest) -> Mapping[str, object]:
    """The brand whose style sheet this host serves."""
    return brand_values(request.hospital)  # type: ignore[attr-defined]


def brand_for(hospital: HospitalContext, *, saves_data: bool) -> PageBrand:
    """The hospital as a page in the active language shows it."""
    language = get_language() or hospital.language
    values = brand_values(hospital)
    values["name"] = in_language(values, "name", language, hospital.name)
    values["tagline"] = in_language(values, "tagline", language, "")
    return page_brand(
        values,
        language=language,
        emergency_phone=emergency_phone(hospital),
        logo_upload=str(values.get("logo_upload", "")),
        fonts_off=saves_data,
    )


def side_of(path: str) -> ShellName:
    """Which side of the hospital an address belongs to."""
    return next((name for prefix, name in _SIDES if path.startswith(prefix)), "patient")


def _side_for(path: str, access: Access, people: Sequence[Viewable]) -> ShellName:
    """The side whose menu stands beside a page. The pages of an account are everybody's: who works here and has no
    record to look at keeps the menu of their work."""
    side = side_of(path)
    if path.startswith("/account/") and not people:
        sides: tuple[ShellName, ...] = ("staff", "manage")
        return next((one for one in sides if first_page(access, one)), side)
    return side


def menu(access: Access, side: str, path: str, subject: UUID | None = None) -> tuple[NavSection, ...]:
    """The lines of a side that the access may use, in sections."""
    sections: dict[str, list[NavItem]] = {}
    for entry in navigation:
        if entry.side == side and (entry.permission is None or access.can(entry.permission, subject)):
            sections.setdefault(str(entry.section), []).append(_item(entry, access, path))
    return tuple(NavSection(tuple(items), label) for label, items in sections.items())


def first_page(access: Access, side: str) -> str:
    """Where ``access`` begins on a side: the first line of its menu; empty when it has none."""
    for entry in navigation:
        if entry.side == side and (entry.permission is None or access.can(entry.permission)):
            return reverse(entry.url_name)
    return ""


def _item(entry: NavigationEntry, access: Access, path: str) -> NavItem:
    url = reverse(entry.url_name)
    # The first page of a side is the beginning of every address of it.
    is_first = url in ("/", "/staff/", "/manage/")
    return NavItem(
        label=str(entry.label),
        url=url,
        icon=entry.icon,
        is_current=path == url if is_first else path.startswith(url),
        badge=entry.badge(access) if entry.badge else "",
    )


def signed_out_shell(hospital: HospitalContext) -> Shell:
    """What surrounds pages that anybody may see. It needs no database."""
    names = dict(settings.LANGUAGES)
    return Shell(
        name="plain",
        reading_url=address_of("portal:settings"),
        # Each in its own words; languages that the product does not speak are not offered.
        languages=tuple((code, names[code]) for code in hospital.languages if code in names),
        language_url=address_of("portal:language"),
        footer_links=_footer(),
    )


def shell_for(request: HttpRequest) -> Shell:
    """What surrounds this page. Made once a request; every component may ask for it."""
    access: Access | None = getattr(request, "access", None)
    if access is None or not access.is_signed_in:
        return signed_out_shell(request.hospital)  # type: ignore[attr-defined]
    people = viewable_people(access)
    side = _side_for(request.path, access, people)
    subject_id = access.subject
    is_patients = side == "patient"
    acting = access.on_patient_side() if is_patients else access
    return Shell(
        name=side,
        navigation=menu(acting, side, request.path, subject_id if is_patients else None),
        home_url=(first_page(access, side) if side in ("staff", "manage") else "") or "/",
        person=Person(access.actor.display_name, initials(access.actor.display_name)),
        account_links=tuple(_account_links(access, side, people)),
        sign_out_url=address_of("accounts:sign_out"),
        search_url=address_of("portal:find_patients") if side == "staff" else "",
        search_label=_("Find a patient") if side == "staff" else "",
        reading_url=reverse("portal:settings"),
        subject=_subject(people, subject_id) if is_patients else None,
        record_of=next((one.full_name for one in people if is_patients and one.id == subject_id), ""),
        banners=tuple(_banners(request, people, subject_id if is_patients else None)),
        session_seconds=request.session.seconds_left(),  # type: ignore[attr-defined]
        keep_alive_url=address_of("accounts:keep_alive"),
        footer_links=_footer(),
    )


def address_of(name: str) -> str:
    """The address of a page that another package offers; empty where it is not installed."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def _footer() -> tuple[NavItem, ...]:
    return (NavItem(_("Accessibility"), reverse("portal:accessibility"), "accessibility"),)


def _account_links(access: Access, side: str, people: Sequence[Viewable]) -> Iterable[NavItem]:
    if side != "patient" and people:
        yield NavItem(_("My own record") if people[0].is_self else _("People I help"), "/", "heart-pulse")
    ways = (("staff", _("Staff pages"), "stethoscope"), ("manage", _("Manage the hospital"), "building-2"))
    if side in ("staff", "manage"):
        yield from (
            NavItem(label, first_page(access, other), icon)
            for other, label, icon in ways
            if other != side and first_page(access, other)
        )
    elif access.actor.roles & STAFF_ROLES:
        # Roles, not grants: on the patient's pages the access has no reach as staff. The first page decides.
        yield NavItem(ways[0][1], reverse("portal:start"), ways[0][2])
    security = address_of("accounts:security")
    if security:
        yield NavItem(_("Sign-in and devices"), security, "shield-check")
    for entry in navigation:
        if entry.side == "account" and (entry.permission is None or access.can(entry.permission)):
            yield NavItem(str(entry.label), reverse(entry.url_name), entry.icon)


def _subject(people: Sequence[Viewable], chosen: UUID | None) -> Subject | None:
    """The switch, for those who can choose or are looking at somebody else's record."""
    person = next((one for one in people if one.id == chosen), None)
    if person is None or (len(people) == 1 and person.is_self):
        return None
    return Subject(person.called, initials(person.called), person.is_self, reverse("people:viewing"))


def _banners(request: HttpRequest, people: Sequence[Viewable], chosen: UUID | None) -> Iterable[Banner]:
    hospital: HospitalContext = request.hospital  # type: ignore[attr-defined]
    person = next((one for one in people if one.id == chosen), None)
    if person is not None and not person.is_self:
        yield Banner(
            _("You are viewing the record of %(name)s.") % {"name": person.full_name},
            action_label=_("Change person") if len(people) > 1 else "",
            action_url=reverse("people:viewing"),
        )
    if hospital.state == "read_only":
        yield Banner(_("For now you can read here, and nothing can be changed."), tone="warn")
