"""``portico up``: everything on this machine, from an empty folder to pages, and then watching over it."""

import http.client
import importlib.util
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import click

from config.cli import FAILED, Refused, status
from config.cli.output import Steps, print_table
from config.cli.stop import PROCESSES, UP, clear_leftovers
from config.runtime import catalogues, postgres, processes, redis
from config.runtime.errors import MachineError
from config.runtime.home import CHECKOUT, Busy
from config.runtime.installation import DATABASE, SETTINGS, Installation
from config.runtime.supervisor import Moved, Program, Service, Supervisor

BIN = Path(sys.executable).parent
STOPPED = "The application is stopped."
COLOURS = ("cyan", "magenta", "yellow", "green", "blue")


def _refuse_json(_context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value:
        raise click.UsageError("up stays in the foreground and has no answer. Beside it, ask: portico status --json")


@click.command()
@click.option("--json", is_flag=True, hidden=True, expose_value=False, callback=_refuse_json)
def up() -> None:
    """Start PostgreSQL, Redis, the web server, the workers and the clock, and stay until Ctrl-C.

    A second start finds everything as it was. PostgreSQL and Redis go on running; "portico stop" ends them. What ends
    by itself is started again, with pauses that double; the sixth time all of the application is stopped, with 1.
    """
    told = os.environ.get("DJANGO_SETTINGS_MODULE") or SETTINGS
    if told != SETTINGS:
        # Its programs are given the settings of a demonstration, whatever the shell says: where it says production,
        # the database that it names would get the accounts of the demonstration, and the terminal their passwords.
        raise Refused(
            f"up starts a demonstration on this machine, and DJANGO_SETTINGS_MODULE is {told}. Unset it first."
        )
    installation = Installation.to_start()
    home = installation.home
    try:
        with home.locked(UP, wait=False):
            _up(installation)
    except KeyboardInterrupt:  # while it still starts; afterwards the supervisor takes it
        click.echo(_closing_line(installation))
        raise click.exceptions.Exit(FAILED) from None
    except Busy as error:
        holder = home.read(PROCESSES).get("supervisor", "?")
        raise Refused(
            f"Portico already runs in {home.path} (process {holder}). Stop it with make stop, or start a second copy "
            "beside it: PORTICO_HOME=.local/second PORTICO_PORT=8001 make run"
        ) from error


def _up(installation: Installation) -> None:
    home = installation.home
    home.write(PROCESSES, {**home.read(PROCESSES), "supervisor": os.getpid()})
    clear_leftovers(home)
    home.write(PROCESSES, {"supervisor": os.getpid()})
    if not processes.port_is_free(installation.port):
        raise MachineError(
            f"Port {installation.port} is taken by another program. Choose another: PORTICO_PORT=8001 make run"
        )
    installation.remember_port()
    steps = Steps()
    start_services(installation, steps)
    with steps.step("Translations") as report:
        report(f"{catalogues.compile_all()} compiled")
    prepared = subprocess.run(
        [sys.executable, "-m", "config.cli", "prepare"],
        check=False,
        cwd=CHECKOUT,
        env=installation.environment(owner=True),
    )
    if prepared.returncode:
        raise MachineError("The database could not be prepared; see the lines above.")
    supervisor = Supervisor(
        programs(installation),
        _writer(),
        services=services(installation),
        remember=lambda pids: _remember(installation, pids),
        ready=lambda: _is_ready(installation.port),
        on_ready=lambda: _announce(installation),
    )
    if supervisor.run():
        raise MachineError(supervisor.failure)
    # Another signal is one of portico stop, which tells by itself what it stops.
    click.echo(_closing_line(installation) if supervisor.stopped_by == signal.SIGINT else STOPPED)


def _closing_line(installation: Installation) -> str:
    """What has ended with Ctrl-C, and what goes on."""
    servers = {"PostgreSQL": postgres.status(installation.home), "Redis": redis.status(installation.home)}
    running = [name for name, found in servers.items() if found and found["running"]]
    if not running:
        return STOPPED
    return f"{STOPPED} {' and '.join(running)} still run; stop them with: make stop"


def start_services(installation: Installation, steps: Steps) -> None:
    """PostgreSQL, Redis, and in PostgreSQL the roles and the empty database. Everything is kept for later verbs."""
    from kernel.tenancy.bootstrap import MissingRight, bootstrap

    kept = installation.secrets()
    with steps.step("PostgreSQL") as report:
        server = postgres.ensure(installation.home)
        report(f"{server.version} from {server.source}, {'started' if server.started else 'was running'}")
    with steps.step("Redis") as report:
        cache = redis.ensure(installation.home)
        report(f"{cache.version} from {cache.source}, {'started' if cache.started else 'was running'}")
    with steps.step("Database roles"):
        owner = os.environ.get("DATABASE_ADMIN_URL", "")
        if server.own or not owner:
            try:
                made = bootstrap(
                    server.url,
                    database=DATABASE,
                    login_password=kept["login_password"],
                    owner_password=kept["owner_password"],
                )
            except MissingRight as error:
                raise MachineError(
                    f"{error} Give DATABASE_URL a superuser's address, or prepare the database and set both "
                    "DATABASE_URL (login) and DATABASE_ADMIN_URL (owner)."
                ) from error
            login, owner = made.login_url, made.owner_url
        else:
            login = server.url
        installation.remember_servers(
            login=login,
            owner=owner,
            redis=cache.url,
            pg_dump=str(server.bin / "pg_dump") if server.bin else "pg_dump",
        )


def services(installation: Installation) -> list[Service]:
    """PostgreSQL and Redis, where they are our own: killed, they come back with everything that was committed."""
    home, kept = installation.home, installation.secrets()

    def start_postgres() -> None:
        server = postgres.ensure(home)
        if urlsplit(server.url).port != urlsplit(kept["login_url"]).port:
            raise Moved("PostgreSQL had to take another port, because somebody else has its own. Start Portico again")

    def start_redis() -> None:
        if redis.ensure(home).url != kept["redis_url"]:
            raise Moved("Redis had to take another port, because somebody else has its own. Start Portico again")

    found = []
    if not os.environ.get("DATABASE_URL"):
        found.append(Service("postgres", lambda: postgres.is_gone(home), start_postgres, log=postgres.log_file(home)))
    if not os.environ.get("REDIS_URL"):
        found.append(Service("redis", lambda: redis.is_gone(home), start_redis, log=redis.log_file(home)))
    return found


def programs(installation: Installation) -> list[Program]:
    """The processes of the application, in the order they are started. Only one may make tables and hospitals."""
    plain, owner = (installation.environment(owner=flag) for flag in (False, True))
    web = [str(BIN / "gunicorn"), "-c", "python:config.runtime.gunicorn", "config.wsgi:application"]
    found = [Program("web", web, plain, CHECKOUT)]
    if importlib.util.find_spec("config.celery"):
        if os.geteuid() == 0:  # root is normal in a container; Celery's page of warnings would bury ours
            plain, owner = ({**told, "PYTHONWARNINGS": "ignore:::celery.platforms"} for told in (plain, owner))
        celery = [str(BIN / "celery"), "-q", "-A", "config.celery"]
        clock = [*celery, "beat", "--loglevel", "WARNING", "-s", str(installation.home.path / "beat-schedule")]
        found = [
            Program("worker", _worker(celery, "default", 2), plain | {"PORTICO_QUEUE": "default"}, CHECKOUT),
            Program("maker", _worker(celery, "provisioning", 1), owner | {"PORTICO_QUEUE": "provisioning"}, CHECKOUT),
            Program("clock", [*clock, "--pidfile="], plain, CHECKOUT),
            *found,
        ]
    return found


def _worker(celery: list[str], queue: str, processes_wanted: int) -> list[str]:
    options = ["-Q", queue, "-n", f"{queue}@%h", "--concurrency", str(processes_wanted), "--loglevel", "WARNING"]
    return [*celery, "worker", *options, "--without-mingle", "--without-gossip", "--max-tasks-per-child", "500"]


def _writer() -> Callable[[str, str], None]:
    colours: dict[str, str] = {}

    def write(name: str, line: str) -> None:
        colour = colours.setdefault(name, COLOURS[len(colours) % len(COLOURS)])
        click.echo(f"{click.style(f'{name:8}|', fg=colour)} {line}")  # click drops colours away from a terminal
        sys.stdout.flush()

    return write


def _remember(installation: Installation, pids: dict[str, int]) -> None:
    words = {"web": "gunicorn"}
    kept = {name: {"pid": pid, "word": words.get(name, "celery")} for name, pid in pids.items()}
    installation.home.write(PROCESSES, {"supervisor": os.getpid(), "programs": kept})


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _announce(installation: Installation) -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "config.cli", "status", "--json"],
        check=False,
        capture_output=True,
        text=True,
        cwd=CHECKOUT,
        env=installation.environment(owner=False),
    )
    if not shown.stdout:
        click.echo(shown.stderr)
        return
    import json

    found = json.loads(shown.stdout)
    click.echo(f"\nPortico is ready.\n\nConsole: {found['console_address']}\n")
    print_table(found["hospitals"], status.HOSPITAL_COLUMNS)
    if found["accounts"]:
        click.echo("\nDemonstration accounts (random for this installation, kept in demo-accounts.json):\n")
        print_table(found["accounts"], status.ACCOUNT_COLUMNS)
    click.echo("\nCtrl-C stops the application; make stop also stops PostgreSQL and Redis.\n")
    sys.stdout.flush()
