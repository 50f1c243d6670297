"""`nightsheet run`: everything on one machine, for the demonstration or a small school.

It migrates, starts the web server at once, loads or extends the demonstration meanwhile, says where and how to sign in,
then starts the worker and watches both. A real school's database gets no demonstration.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from backend.commands import supervision
from backend.commands.invocation import Invocation, Refused, with_instance_key
from backend.commands.worded import DONE, REFUSED
from backend.demo.loading import load
from backend.demo.sign_ins import FILE, DemoSignIns, SignIn
from backend.services import health
from backend.services.school.schools import local_date
from backend.settings import Settings
from backend.storage.engine import build_engine, reading, session_factory
from backend.storage.schema import upgrade

DEMONSTRATION_ZONE = "Asia/Shanghai"
FIRST_PAGE_SECONDS = 30.0


class Stopped(Exception):
    """Ctrl-C or SIGTERM came while something was still being prepared."""


def run_all(invocation: Invocation) -> int:
    """Run until told to stop. Raises Refused when the port is taken; nothing was started then."""
    settings = with_instance_key(invocation.settings) if invocation.settings.secret_key is None else invocation.settings
    check_port(settings)
    prepare_database(invocation, settings)
    supervisor = supervision.Supervisor(
        child_env(invocation, settings),
        settings.instance / "logs",
        died=lambda name, code, pause: invocation.warn("run.died", name=name, code=code, pause=round(pause)),
    )
    try:
        with supervision.stopped_by_signals(supervisor.stopping.set):
            return keep_running(invocation, settings, supervisor)
    finally:
        supervisor.stop()


def keep_running(invocation: Invocation, settings: Settings, supervisor: supervision.Supervisor) -> int:
    """Start, load, tell, watch."""
    try:
        web = supervisor.start("serve")
        wait_for_first_page(invocation, settings, supervisor, web)
        demonstrate(invocation, settings, supervisor)
        supervisor.start("worker")
        invocation.print("run.running", folder=settings.instance / "logs")
        supervisor.watch()
    except Stopped:
        pass
    except supervision.Hopeless as problem:
        lines = "\n".join(supervision.last_lines(problem.child.log))
        invocation.warn("run.hopeless", name=problem.child.name, log=problem.child.log, lines=lines)
        return REFUSED
    invocation.print("run.stopped")
    return DONE


def check_port(settings: Settings) -> None:
    """Refuse a taken port or a foreign address before anything is started."""
    try:
        free = supervision.port_is_free(settings.host, settings.port)
    except OSError as problem:
        reason = problem.strerror or str(problem)
        raise Refused("refused.address", host=settings.host, port=settings.port, reason=reason) from problem
    if not free:
        raise Refused("refused.port", host=settings.host, port=settings.port)


def prepare_database(invocation: Invocation, settings: Settings) -> None:
    """Bring the database to this release's schema."""
    copy = upgrade(settings.database_url)
    if copy is not None:
        invocation.print("db.copied", path=copy)


def child_env(invocation: Invocation, settings: Settings) -> dict[str, str]:
    """The environment of the children: ours, with the secret key."""
    return {**invocation.env, "NIGHTSHEET_SECRET_KEY": settings.required_secret_key()}


def wait_for_first_page(
    invocation: Invocation, settings: Settings, supervisor: supervision.Supervisor, web: supervision.Child
) -> None:
    """Say the address as soon as somebody answers there."""

    def gone() -> bool:
        return supervisor.stopping.is_set() or web.process is None or web.process.poll() is not None

    if supervision.wait_until_open(settings.host, settings.port, seconds=FIRST_PAGE_SECONDS, gone=gone):
        invocation.print("run.address", url=settings.public_url)
    elif supervisor.stopping.is_set():
        raise Stopped
    else:
        raise supervision.Hopeless(web, web.process.returncode if web.process else 1)


def demonstrate(invocation: Invocation, settings: Settings, supervisor: supervision.Supervisor) -> None:
    """Load or extend the demonstration, unless a real school lives here, and say how to sign in."""
    engine = build_engine(settings.database_url, pool_size=1)
    try:
        with session_factory(engine)() as session:
            if not health.may_demonstrate(reading(session)):
                return
        now = invocation.clock.now()
        with progress_bar(invocation, supervisor) as progress:
            found = load(
                engine,
                as_of=local_date(now, DEMONSTRATION_ZONE),
                now=now,
                progress=progress,
                instance_folder=settings.instance,
                secret_key=settings.secret_key,
            )
    finally:
        engine.dispose()
    tell_sign_ins(invocation, settings, found)


@contextmanager
def progress_bar(invocation: Invocation, supervisor: supervision.Supervisor) -> Iterator[Callable[[int, int], None]]:
    """A bar in nights; each step looks whether we were asked to stop."""
    with click.progressbar(length=1, label=invocation.say("run.loading"), show_pos=True, width=30) as bar:

        def progress(done: int, of: int) -> None:
            if supervisor.stopping.is_set():
                raise Stopped
            bar.length = max(of, 1)
            bar.update(done - bar.pos)

        yield progress


def tell_sign_ins(invocation: Invocation, settings: Settings, found: DemoSignIns) -> None:
    """A table: who, where, and with what."""
    say = invocation.say
    invocation.print("run.sign_ins", school=found.school, district=found.district)
    heads = [say(f"run.{name}") for name in ("who", "name", "place", "with")]
    rows = [[say(f"role.{each.role}"), each.name, each.place, way_in(invocation, each)] for each in found.sign_ins]
    for line in say.table(heads, rows):
        click.echo(f"  {line}")
    invocation.print("run.secrets", path=settings.instance / FILE)


def way_in(invocation: Invocation, each: SignIn) -> str:
    """A code with the digits that a guardian adds, or a name with its password."""
    if each.code is None:
        return invocation.say("run.password", login=each.login, password=each.password)
    if each.telephone_last_four:
        return invocation.say("run.code_and_digits", code=each.code, digits=each.telephone_last_four)
    return invocation.say("run.code", code=each.code)


def served(invocation: Invocation) -> Settings:
    """The settings with which `serve` and `worker` start; raises SchemaOutOfDate for an old schema."""
    settings = invocation.settings
    settings.required_secret_key()
    invocation.engine.dispose()
    return settings
