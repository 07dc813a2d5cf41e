"""``portico``: the one command-line tool. A module here is one verb or one group of verbs.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 refused (a rule of Portico said no; trying again will not help).
"""

import importlib
import json
import keyword
import sys
from collections.abc import Sequence

import click

from config.env import MissingVariable
from config.runtime.errors import MachineError

DONE, FAILED, USAGE, REFUSED = 0, 1, 2, 3

# Verbs are imported when they are used: --help must not wait for Django.
VERBS = {
    "audit": "Verify the trail of who did what.",
    "bootstrap": "Prepare an empty PostgreSQL server for production.",
    "demo": "Keep the demonstration's dates around today.",
    "hospital": "Make, list, suspend and resume hospitals.",
    "import": "Bring clinical records in.",
    "inventory": "What is stored, where, how protected and for how long, and where it may flow.",
    "isolation": "Attack every route from the wrong hospital, and count.",
    "keys": "Replace the keys that encrypt what hospitals keep.",
    "migrate": "Bring the shared tables and the hospital template to this code's state.",
    "outbox": "What waits to be delivered, and what was given up.",
    "prepare": "",
    "status": "What runs, which hospitals there are, and the demonstration's accounts.",
    "stop": "Stop the application, PostgreSQL and Redis of this folder.",
    "up": "Start everything on this machine and stay until Ctrl-C.",
}
HIDDEN = {"prepare"}
# By SQLSTATE: the server is there, and whoever is told to start it looks in the wrong place.
OF_A_BUSY_DATABASE = {
    **dict.fromkeys(
        ("55P03", "40P01"), "Somebody else holds what this needs in the database, and did not let go of it. Try again."
    ),
    "57014": "The database gave this up because it took too long, or because somebody else holds it. Try again.",
}


class Refused(click.ClickException):
    """A rule said no."""

    exit_code = REFUSED


class Verbs(click.Group):
    """A group whose commands live in modules of this package, named like them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(set(VERBS) - HIDDEN)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        name = f"{cmd_name}_" if keyword.iskeyword(cmd_name) else cmd_name
        command = getattr(importlib.import_module(f"config.cli.{name}"), name)
        if not isinstance(command, click.Command):
            raise TypeError(f"config.cli.{cmd_name} has no command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Verbs"):
            formatter.write_dl([(name, VERBS[name]) for name in self.list_commands(ctx)])


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def portico() -> None:
    """Portico, a platform of hospital portals.

    PORTICO_HOME names the folder of the installation (default .local), PORTICO_PORT its port (default 8000).
    """


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code; errors are told on standard error, as JSON with ``--json``."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        result = portico.main(args=given, prog_name="portico", standalone_mode=False)
    except click.UsageError as error:
        if "--json" in given:
            return _tell(error.format_message(), USAGE, given)
        error.show()
        return USAGE
    except click.Abort:
        return _tell("Stopped.", FAILED, given)
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.ClickException as error:
        return _tell(error.format_message(), error.exit_code, given)
    except (MachineError, MissingVariable) as error:
        return _tell(str(error), FAILED, given)
    except Exception as error:
        if _is_refusal(error):
            return _tell(str(error), REFUSED, given)
        if _is_of_the_settings(error):
            return _tell(str(error), FAILED, given)
        if _is_of_the_keyring(error):
            return _tell(f"PORTICO_KEYRING does not fit what is stored here: {error}.", FAILED, given)
        if outage := outage_in_words(error):
            return _tell(outage, FAILED, given)
        raise
    return result if isinstance(result, int) else DONE


def main() -> None:
    """The entry point of the installed ``portico``."""
    sys.exit(run())


def _is_refusal(error: Exception) -> bool:
    kernel_errors = sys.modules.get("kernel.errors")  # not loaded: nothing of ours can have refused
    return kernel_errors is not None and isinstance(error, kernel_errors.DomainError)


def _is_of_the_settings(error: Exception) -> bool:
    """Whether the settings refuse what they were told, as those of production do."""
    django_errors = sys.modules.get("django.core.exceptions")
    return django_errors is not None and isinstance(error, django_errors.ImproperlyConfigured)


def _is_of_the_keyring(error: Exception) -> bool:
    """Whether the keys of this database were wrapped by a master key that was not given."""
    keyring = sys.modules.get("kernel.keys.keyring")
    return keyring is not None and isinstance(error, keyring.UnknownMasterKey)


def outage_in_words(error: Exception) -> str:
    """Why the database did not do what it was asked; empty when that is no matter of waiting or of starting it."""
    outage = sys.modules.get("kernel.web.outage")
    if outage is None or not outage.is_outage(error):
        return ""
    gone = "The database does not answer. Start everything with: make run"
    return OF_A_BUSY_DATABASE.get(outage.sqlstate(error), gone)


def _tell(sentence: str, code: int, arguments: Sequence[str]) -> int:
    if "--json" in arguments:
        click.echo(json.dumps({"error": sentence, "exit_code": code}, ensure_ascii=False), err=True)
    else:
        click.echo(sentence, err=True)
    return code
