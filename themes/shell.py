"""What page shells expect in the template context. Views and context processors elsewhere fill these and nothing else.

Names in the context: ``brand`` (PageBrand), ``shell`` (Shell), ``reading`` (Reading). A context processor gives them to
every page, so that components and error pages find them as well.
"""

from dataclasses import dataclass, field
from typing import Literal

from django.utils.safestring import SafeString

Tone = Literal["", "ok", "warn", "crit", "info", "brand"]
ShellName = Literal["patient", "staff", "manage", "console", "sign_in", "plain"]


@dataclass(frozen=True)
class PageBrand:
    """The hospital (or the provider) as a page shows it. Made by ``themes.services.page_brand``."""

    name: str
    theme_url: str
    tagline: str = ""
    logo_svg: SafeString = field(default_factory=SafeString)
    motif: str = "none"
    main_color: str = "#ffffff"
    main_color_dark: str = "#000000"
    emergency_phone: str = ""
    font_preloads: tuple[str, ...] = ()
    fonts_off: bool = False
    icon_url: str = ""


@dataclass(frozen=True)
class Reading:
    """How this person reads; kept in a cookie before sign-in and on the account after it.

    They are written on ``<html>``: ``data-size``, ``data-contrast``, ``data-motion``, ``data-mode``, ``data-view``.
    ``digits`` (``latn``, ``arab`` ...) follows hospital and language; ``keys`` turns the keyboard shortcuts off.
    """

    size: Literal["normal", "large", "larger", "largest"] = "normal"
    contrast: Literal["auto", "normal", "more"] = "auto"
    motion: Literal["auto", "less"] = "auto"
    mode: Literal["auto", "light", "dark"] = "auto"
    view: Literal["full", "simple"] = "full"
    digits: str = "latn"
    keys: bool = True


@dataclass(frozen=True)
class NavItem:
    """One line of a menu. ``icon`` is a lucide name; ``badge`` is a short count or word, coloured by ``tone``."""

    label: str
    url: str
    icon: str = "circle"
    is_current: bool = False
    badge: str = ""
    tone: Tone = ""
    opens_outside: bool = False


@dataclass(frozen=True)
class NavSection:
    """A group of menu lines; the first group has no label."""

    items: tuple[NavItem, ...]
    label: str = ""


@dataclass(frozen=True)
class Person:
    """The signed-in person. ``initials`` comes from ``themes.marks.initials``; ``detail`` is a role or an address."""

    name: str
    initials: str
    detail: str = ""


@dataclass(frozen=True)
class Subject:
    """Whose record is on the screen, when that can be chosen: the switch in the heading of the patient's home."""

    name: str
    initials: str
    is_self: bool = True
    switch_url: str = ""


@dataclass(frozen=True)
class Banner:
    """A line above everything: a demonstration, a planned pause."""

    text: str
    tone: Literal["info", "warn"] = "info"
    action_label: str = ""
    action_url: str = ""
    action_is_post: bool = False


@dataclass(frozen=True)
class Shell:
    """All that surrounds the content of a page."""

    name: ShellName = "plain"
    navigation: tuple[NavSection, ...] = ()
    home_url: str = "/"
    person: Person | None = None
    account_links: tuple[NavItem, ...] = ()
    sign_out_url: str = ""
    search_url: str = ""
    search_label: str = ""
    notices_url: str = ""
    unread_notices: int = 0
    reading_url: str = ""
    languages: tuple[tuple[str, str], ...] = ()
    language_url: str = ""
    help_url: str = ""
    subject: Subject | None = None
    record_of: str = ""
    banners: tuple[Banner, ...] = ()
    state_label: str = ""
    state_tone: Tone = "ok"
    state_url: str = ""
    session_seconds: int = 0
    keep_alive_url: str = ""
    footer_links: tuple[NavItem, ...] = field(default=())
    # On the sign-in page: what patients find behind it. The provider's hosts have none.
    greets_patients: bool = True

    @property
    def tabs(self) -> tuple[NavItem, ...]:
        """The first five lines: the bottom bar of a phone holds no more."""
        return tuple(item for section in self.navigation for item in section.items)[:5]
