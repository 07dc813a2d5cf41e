"""``portico hospital list|create|suspend|resume``."""

import re
import zoneinfo
from typing import Any

import click

from config.cli import Refused
from config.cli.application import start_django
from config.cli.output import Steps, as_json, carried_out, change, print_json, print_table
from config.cli.status import HOSPITAL_COLUMNS, hospitals

dry_run = click.option("--dry-run", is_flag=True, help="Check everything and change nothing.")


def _matching(pattern: str, sentence: str) -> Any:
    def check(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise click.BadParameter(sentence)
        return value

    return check


def _text(longest: int) -> Any:
    def check(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
        if value is None:
            return None
        text = " ".join(value.split())
        if not text or len(text) > longest:
            raise click.BadParameter(f"is a text of 1 to {longest} characters")
        return text

    return check


def _zone(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    if value not in zoneinfo.available_timezones():
        raise click.BadParameter(f"{value} is not a time zone of the IANA list, such as Europe/Madrid")
    return value


@click.group()
def hospital() -> None:
    """Make, list, suspend and resume hospitals."""


@hospital.command("list")
@as_json
def list_(as_json: bool) -> None:
    """Every hospital with its address, network and state."""
    start_django()
    rows = hospitals()
    if as_json:
        print_json({"hospitals": rows})
    else:
        print_table(rows, HOSPITAL_COLUMNS)


@hospital.command()
@click.argument("slug")
@click.option("--name", required=True, callback=_text(120), help="The hospital's name as people read it.")
@click.option(
    "--network",
    required=True,
    callback=_matching("[a-z]([a-z0-9-]{0,38}[a-z0-9])?", "1 to 40 small letters, digits and hyphens"),
    help="Slug of the network; one that does not exist is made.",
)
@click.option("--network-name", callback=_text(120), help="Name of a new network; by default the hospital's name.")
@click.option("--phone", required=True, help="The number that patients call, such as '+34 900 555 014'.")
@click.option("--theme", help="The look that the hospital begins with; a wrong one lists those that there are.")
@click.option(
    "--country",
    required=True,
    callback=_matching("[A-Z]{2}", "two capital letters, such as ES"),
    help="Two letters (ISO 3166), such as ES.",
)
@click.option("--time-zone", required=True, callback=_zone, help="IANA name, such as Europe/Madrid.")
@click.option(
    "--currency",
    required=True,
    callback=_matching("[A-Z]{3}", "three capital letters, such as EUR"),
    help="Three letters (ISO 4217), such as EUR.",
)
@click.option("--language", "languages", required=True, multiple=True, help="Repeat it; the first is the default.")
@click.option("--admin-name", required=True, callback=_text(200), help="The first administrator's name.")
@click.option("--admin-email", required=True, help="Where the first administrator's invitation goes.")
@click.option(
    "--digits",
    type=click.Choice(["latn", "arab"]),
    default="latn",
    show_default=True,
    help="How numbers are written in Arabic.",
)
@dry_run
@as_json
def create(as_json: bool, dry_run: bool, slug: str, network_name: str | None, **asked: Any) -> None:
    """Make the hospital SLUG and open it at its own address. Asked again after a failure, it continues."""
    start_django(owner=True)
    from django.conf import settings
    from django.core.exceptions import ValidationError
    from django.core.validators import validate_email

    from control_plane.console.forms import country_choices, currency_choices, first_brand, theme_choices
    from control_plane.hospitals.provisioning import FIRST_ADMINISTRATOR
    from control_plane.hospitals.services import LONGEST_OF_PERSON, request_making
    from control_plane.hospitals.telephones import TelephoneUnusable, telephone
    from kernel.names import NameUnreadable, readable_name
    from kernel.permissions import system_access
    from kernel.tenancy.provisioning import HospitalRequest, run_provisioning
    from kernel.tenancy.scope import shared

    for option, name in (("name", asked["name"]), ("network-name", network_name), ("admin-name", asked["admin_name"])):
        try:
            readable_name("A" if name is None else name, LONGEST_OF_PERSON)
        except NameUnreadable as error:
            raise click.BadParameter(str(error), param_hint=f"'--{option}'") from None
    languages = tuple(dict.fromkeys(asked["languages"]))
    if unknown := set(languages) - {code for code, _name in settings.LANGUAGES}:
        raise click.BadParameter(f"{', '.join(sorted(unknown))} is not offered", param_hint="--language")
    for option, choices in (("country", country_choices()), ("currency", currency_choices())):
        if asked[option] not in dict(choices):
            raise click.BadParameter(f"{asked[option]} is not in use", param_hint=f"--{option}")
    themes = [key for key, _name in theme_choices()]
    if asked["theme"] is not None and asked["theme"] not in themes:
        raise click.BadParameter(f"is none of {', '.join(themes)}", param_hint="'--theme'")
    try:
        phone = telephone(asked["phone"])
    except TelephoneUnusable as error:
        raise click.BadParameter(str(error), param_hint="'--phone'") from None
    try:
        validate_email(asked["admin_email"])
    except ValidationError:
        raise click.BadParameter("is not an e-mail address", param_hint="--admin-email") from None
    wanted = HospitalRequest(
        slug=slug,
        name=asked["name"],
        network_slug=asked["network"],
        network_name=network_name or asked["name"],
        country=asked["country"],
        time_zone=asked["time_zone"],
        currency=asked["currency"],
        languages=languages,
        digits=asked["digits"],
        brand=first_brand(asked["theme"] or themes[0], name=asked["name"], phone=phone),
        extra={FIRST_ADMINISTRATOR: {"name": asked["admin_name"], "email": asked["admin_email"].lower()}},
    )
    with shared(), carried_out(dry_run=dry_run):
        row = request_making(access=system_access("portico hospital create", app="cli"), wanted=wanted)
    if dry_run:
        told = {"slug": slug, "created": False, **change(True, dry_run=True)}
        _say(as_json, told, f"{slug} would be made. Nothing was changed.")
        return
    if as_json:
        run_provisioning(row.pk)
    else:
        with Steps().step(f"Making {slug}") as report:
            if run_provisioning(row.pk, report):
                report("done")
    made = next((entry for entry in hospitals() if entry["slug"] == slug), None)
    if made is None or made["state"] != "active":
        raise Refused(f"{slug} is being made by another process. See when it is there: portico hospital list")
    told = {"hospital": made, "created": True, **change(True, dry_run=False)}
    _say(as_json, told, f"{made['name']} answers at {made['address']}")


@hospital.command()
@click.argument("slug")
@click.option("--reason", required=True, help="Kept in both trails, and read by the hospital; no names of people.")
@dry_run
@as_json
def suspend(slug: str, reason: str, dry_run: bool, as_json: bool) -> None:
    """Close the hospital SLUG to everybody. Its data stays as it is."""
    _move(slug, "suspended", reason=reason, dry_run=dry_run, as_json=as_json)


@hospital.command()
@click.argument("slug")
@click.option("--reason", required=True, help="Kept in both trails, and read by the hospital; no names of people.")
@dry_run
@as_json
def resume(slug: str, reason: str, dry_run: bool, as_json: bool) -> None:
    """Open the suspended hospital SLUG again."""
    _move(slug, "active", reason=reason, dry_run=dry_run, as_json=as_json)


def _move(slug: str, state: str, *, reason: str, dry_run: bool, as_json: bool) -> None:
    start_django()
    from config.cli.hospitals import context_of
    from control_plane.hospitals.services import resume_hospital, suspend_hospital
    from kernel.permissions import system_access
    from kernel.tenancy.scope import shared

    before = context_of(slug).state
    move = suspend_hospital if state == "suspended" else resume_hospital
    with shared(), carried_out(dry_run=dry_run):
        move(access=system_access(reason, app="cli"), slug=slug, reason=reason)
    told = {"slug": slug, "state": before if dry_run else state, **change(before != state, dry_run=dry_run)}
    if before == state:
        sentence = f"{slug} is {state} already."
    else:
        sentence = f"{slug} would become {state}. Nothing was changed." if dry_run else f"{slug} is {state} now."
    _say(as_json, told, sentence)


def _say(as_json: bool, content: dict[str, Any], sentence: str) -> None:
    if as_json:
        print_json(content)
    else:
        click.echo(sentence)
