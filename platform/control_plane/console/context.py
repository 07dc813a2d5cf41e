"""What surrounds the console's pages: the provider's brand, the menu, the person."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from control_plane.console.reading import reading_of
from kernel.registries import NavigationEntry, navigation
from themes import marks
from themes.registry import PROVIDER
from themes.services import page_brand
from themes.shell import NavItem, NavSection, Person, Shell

SIDE = "console"


def brand_of_console(request: HttpRequest) -> dict[str, str]:
    """The provider's brand, for ``themes.views.theme_css``."""
    return PROVIDER.as_hospital_brand(language=get_language() or "en")


def console_shell(request: HttpRequest) -> dict[str, Any]:
    """``brand`` and ``shell`` of the console's pages and of the network admins' host; nothing on hospitals' hosts."""
    urlconf = getattr(request, "urlconf", None)
    if urlconf not in (settings.CONSOLE_URLCONF, settings.NETWORK_URLCONF):
        return {}
    access = getattr(request, "access", None)
    reading = reading_of(request)
    values = brand_of_console(request)
    if urlconf == settings.NETWORK_URLCONF:
        values = {**values, "name": _("Networks")}
    brand = page_brand(values, language=get_language() or "en")
    if access is None or not access.is_signed_in:
        side = "console" if urlconf == settings.CONSOLE_URLCONF else "network"
        shell = Shell(name="plain", reading_url=reverse(f"{side}:reading"), greets_patients=False)
        return {"brand": brand, "shell": shell, "reading": reading}
    made = _shell(request, access) if urlconf == settings.CONSOLE_URLCONF else _network_shell(request, access)
    return {"brand": brand, "shell": made, "reading": reading}


def _shell(request: Any, access: Any) -> Shell:
    return Shell(
        name="console",
        greets_patients=False,
        navigation=_menu(request, access),
        home_url=reverse("console:overview"),
        person=Person(
            name=access.actor.display_name, initials=marks.initials(access.actor.display_name), detail=_("Operator")
        ),
        reading_url=reverse("console:reading"),
        search_url=reverse("console:search"),
        search_label=_("Find a hospital or a network"),
        account_links=tuple(_account_links()),
        sign_out_url=reverse("accounts:sign_out"),
        session_seconds=request.session.seconds_left(),
        keep_alive_url=reverse("accounts:keep_alive"),
    )


def _network_shell(request: Any, access: Any) -> Shell:
    """The one page of a network's administrator, and what is their own."""
    home = reverse("network:home")
    entry = NavItem(_("My network"), home, "network", is_current=request.path == home)
    return Shell(
        name="console",
        greets_patients=False,
        navigation=(NavSection((entry,)),),
        home_url=home,
        person=Person(
            name=access.actor.display_name,
            initials=marks.initials(access.actor.display_name),
            detail=_("Network administrator"),
        ),
        reading_url=reverse("network:reading"),
        account_links=tuple(_account_links()),
        sign_out_url=reverse("accounts:sign_out"),
        session_seconds=request.session.seconds_left(),
        keep_alive_url=reverse("accounts:keep_alive"),
    )


def _account_links() -> list[NavItem]:
    return [NavItem(_("Sign-in and devices"), reverse("accounts:security"), "shield-check")]


def _menu(request: HttpRequest, access: Any) -> tuple[NavSection, ...]:
    """The lines that this access may use, under their headings, in the order of the registry."""
    sections: dict[str, list[NavItem]] = {}
    for entry in navigation:
        if entry.side != SIDE or (entry.permission is not None and not access.can(entry.permission)):
            continue
        sections.setdefault(str(entry.section), []).append(_item(request, access, entry))
    return tuple(NavSection(tuple(items), label) for label, items in sections.items())


def _item(request: HttpRequest, access: Any, entry: NavigationEntry) -> NavItem:
    address = reverse(entry.url_name)
    is_home = address == reverse("console:overview")
    return NavItem(
        label=str(entry.label),
        url=address,
        icon=entry.icon,
        is_current=request.path == address if is_home else request.path.startswith(address),
        badge=entry.badge(access) if entry.badge else "",
    )
