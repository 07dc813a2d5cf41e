"""Screens of samples. Query parameters choose the look: theme, mode, contrast, size, motion, lang."""

from dataclasses import replace
from typing import Literal, cast

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.views.decorators.http import require_safe

from themes.registry import THEMES
from themes.services import page_brand, style_sheet_for
from themes.shell import Banner, NavItem, NavSection, Person, Reading, Shell, ShellName, Subject
from themes.styleguide import samples
from themes.styleguide.forms import SampleForm

SCREENS: dict[str, ShellName] = {
    "components": "patient",
    "home": "patient",
    "booking": "patient",
    "result": "patient",
    "console": "console",
    "manage": "manage",
    "sign-in": "sign_in",
    "error": "plain",
}


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Every screen of samples, as links: theme by mode."""
    modes = [("light", "normal"), ("dark", "normal"), ("light", "more"), ("dark", "more")]
    return render(
        request,
        "styleguide/index.html",
        {
            "title": "Styleguide",
            "screens": SCREENS,
            "themes": THEMES,
            "languages": ["en", "es", "ar"],
            "modes": modes,
            **_frame(request, "plain", theme="provider"),
        },
    )


@require_safe
def theme(request: HttpRequest, key: str) -> HttpResponse:
    """The style sheet of one of the shipped themes."""
    if key not in THEMES:
        raise Http404
    return HttpResponse(style_sheet_for(THEMES[key].brand.as_mapping()).text, content_type="text/css")


@require_safe
def screen(request: HttpRequest, screen: str) -> HttpResponse:
    """One screen of samples in the wished look."""
    if screen not in SCREENS:
        raise Http404
    language = _language(request)
    with translation.override(language):
        form = SampleForm({"email": "nobody", "reason": ""}) if screen == "components" else SampleForm()
        page = Paginator(range(1, 96), 20).get_page(request.GET.get("page"))
        context = {
            **_frame(request, SCREENS[screen]),
            "s": samples.for_language(language),
            "form": form,
            "page": page,
            "undo": request.GET.get("undo"),
        }
        return render(request, f"styleguide/{screen.replace('-', '_')}.html", context)


def _language(request: HttpRequest) -> str:
    wished = request.GET.get("lang", "en")
    return wished if wished in {"en", "es", "ar"} else "en"


def _choice(request: HttpRequest, name: str, allowed: tuple[str, ...]) -> str:
    wished = request.GET.get(name, allowed[0])
    return wished if wished in allowed else allowed[0]


def _frame(request: HttpRequest, shell: ShellName, theme: str = "") -> dict[str, object]:
    language = _language(request)
    default = {"es": "santalucia", "ar": "alwaha"}.get(language, "northfield")
    key = request.GET.get("theme", theme or ("provider" if shell == "console" else default))
    chosen = THEMES.get(key, THEMES["northfield"])
    brand = page_brand(chosen.as_hospital_brand(language=language), language=language, emergency_phone="112")
    reading = Reading(
        size=cast(Literal["normal"], _choice(request, "size", ("normal", "large", "larger", "largest"))),
        contrast=cast(Literal["auto"], _choice(request, "contrast", ("normal", "more", "auto"))),
        mode=cast(Literal["auto"], _choice(request, "mode", ("light", "dark", "auto"))),
        motion=cast(Literal["auto"], _choice(request, "motion", ("auto", "less"))),
        digits="arab" if language == "ar" else "latn",
        keys=request.GET.get("keys") != "off",
    )
    words = samples.for_language(language)
    here = request.get_full_path()
    sections = {
        "console": samples.console_navigation(here),
        "manage": samples.manage_navigation(here),
        "staff": samples.manage_navigation(here),
    }.get(
        shell,
        (
            NavSection(
                tuple(
                    NavItem(label, here, icon, is_current=index == request_index(request))
                    for index, (label, icon) in enumerate(words["tabs"])
                )
            ),
        ),
    )
    person = Person(*words["operator" if shell in {"console", "manage"} else "person"])
    return {
        "brand": replace(brand, theme_url=reverse("styleguide:theme", args=[chosen.key])),
        "reading": reading,
        "shell": Shell(
            name=shell,
            navigation=sections if shell not in {"plain", "sign_in"} else (),
            home_url=reverse("styleguide:index"),
            person=person,
            account_links=(NavItem(words["settings"], here, "settings"),),
            sign_out_url=here,
            search_url=here,
            search_label=words["search"][shell == "console"],
            notices_url="" if shell == "console" else here,
            unread_notices=2,
            reading_url=here,
            help_url=here,
            subject=Subject(words["subject"][0], words["subject"][1], is_self=False, switch_url=here),
            state_label=words["state"] if shell == "console" else "",
            state_url=here,
            session_seconds=1800 if request.GET.get("session") else 0,
            keep_alive_url=here,
            banners=(Banner(words["support"], "warn", words["support_end"], here),)
            if request.GET.get("banner")
            else (),
        ),
    }


def request_index(request: HttpRequest) -> int:
    """Which tab of the sample menu is the current one."""
    return {"booking": 1, "result": 3}.get(request.path.rstrip("/").rsplit("/", 1)[-1], 0)
