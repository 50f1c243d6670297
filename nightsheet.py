"""The front door: the `nightsheet` command, and the only file that may import all three rooms.

Groups of commands that need only the backend are in `backend.commands`; here they are joined with those that start the
web server, the worker and the played evening. Heavy things are imported by the command that needs them.
"""

import importlib.metadata
import os
import secrets
import sys
import tempfile
from datetime import datetime
from pathlib import Path

import click

from backend.clock import FrozenClock
from backend.commands import running, supervision
from backend.commands.channels import channels
from backend.commands.districts import district
from backend.commands.doctor import doctor
from backend.commands.invocation import Invocation, Refused, pass_invocation
from backend.commands.office import consent, export, policy, slips
from backend.commands.people import roster, staff
from backend.commands.retention import retention
from backend.commands.schools import calendar_group, school
from backend.commands.worded import DONE, FrontDoor, WordedGroup, lang_option
from backend.settings import Settings
from backend.storage.schema import upgrade


@click.group("nightsheet", cls=FrontDoor)
@click.version_option(importlib.metadata.version("nightsheet"), "--version", message="nightsheet %(version)s")
@lang_option()
@click.pass_context
def cli(ctx: click.Context) -> None:
    """The school's nightly homework sheet on the phone, added up while it still helps."""
    ctx.obj = ctx.find_object(Invocation) or Invocation(os.environ)


@cli.command("run")
@pass_invocation
def run(invocation: Invocation) -> int:
    """Everything on one machine, with a demonstration school."""
    return running.run_all(invocation)


@cli.command("serve")
@pass_invocation
def serve(invocation: Invocation) -> int:
    """The web server alone."""
    from mobile_api import server

    settings = running.served(invocation)
    supervision.hold_lifeline(os.environ)
    try:
        server.serve(settings)
    except server.CannotServe as problem:
        raise Refused(f"refused.{problem.code}", path=settings.tls_key) from problem
    return DONE


@cli.command("worker")
@pass_invocation
def worker(invocation: Invocation) -> int:
    """The process that sends reminders, alone."""
    from backend import alarms
    from backend.logs import configure_logging
    from notifications.worker import build_worker

    settings = running.served(invocation)
    supervision.hold_lifeline(os.environ)
    configure_logging()
    alarms.install(settings)
    build_worker(settings, clock=invocation.clock).run()
    return DONE


@cli.command("demo")
@click.option("--play", is_flag=True)
@pass_invocation
def demo(invocation: Invocation, play: bool) -> int:
    """One class lives one evening through the API, on a temporary database."""
    if not play:
        invocation.print("demo.how")
        return DONE
    return play_evening(invocation.say.locale)


def play_evening(locale: str) -> int:
    """Put phones, server and worker on one temporary database and one moved clock; 0 when all came out right."""
    from backend.demo import evening, told
    from backend.storage.engine import build_engine
    from mobile_api import demo_phone
    from mobile_api.app import create_app
    from notifications.channels.recording import RecordingChannel
    from notifications.worker import build_worker

    with tempfile.TemporaryDirectory(prefix="nightsheet-demo-", ignore_cleanup_errors=True) as folder:
        env = {
            "DATABASE_URL": f"sqlite:///{Path(folder) / 'evening.db'}",
            "NIGHTSHEET_INSTANCE": folder,
            "NIGHTSHEET_SECRET_KEY": secrets.token_hex(32),
        }
        settings = Settings.from_env(env)
        upgrade(settings.database_url)
        clock = FrozenClock(evening.instant(evening.BEGINS))
        app = create_app(settings, clock=clock)
        # Busy for a minute: one reminder waits until its reason is gone, and is dropped.
        starts, ends = (evening.instant(at) for at in evening.PROVIDER_BUSY)
        channel = RecordingChannel(clock, busy=(starts, ends), retry_after_seconds=evening.BUSY_RETRY_SECONDS)
        worker = build_worker(settings, clock=clock, channels=[channel])
        engine = build_engine(settings.database_url)

        def tick(now: datetime) -> None:
            worker.tick(now)
            worker.deliver()

        try:
            return demo_phone.play(
                app=app,
                clock=clock,
                tick=tick,
                reminders=lambda: told.reminders(engine),
                out=sys.stdout,
                locale=locale,
            )
        finally:
            worker.close()
            engine.dispose()


@cli.group("db", cls=WordedGroup)
def db() -> None:
    """The database."""


@db.command("upgrade")
@pass_invocation
def db_upgrade(invocation: Invocation) -> int:
    """Bring the database to this release's schema."""
    copy = upgrade(invocation.settings.database_url)
    if copy is not None:
        invocation.print("db.copied", path=copy)
    invocation.print("db.current")
    return DONE


@cli.group("reminders", cls=WordedGroup)
def reminders() -> None:
    """What goes out to people."""


@reminders.command("preview")
@click.option("--school", "slug", required=True)
@click.option("--at")
@click.option("--names", is_flag=True)
@pass_invocation
def reminders_preview(invocation: Invocation, slug: str, at: str | None, names: bool) -> int:
    """Who would be told what at a time, and who would not and why."""
    from backend.commands.reminders import preview
    from notifications.rules import REASONS

    return preview(invocation, reasons=REASONS, slug=slug, at=at, names=names)


for command in (
    school,
    district,
    calendar_group,
    staff,
    roster,
    slips,
    policy,
    consent,
    export,
    retention,
    channels,
    doctor,
):
    cli.add_command(command)


def main() -> None:
    """Run the command; leaves with its exit code."""
    cli.main(sys.argv[1:], "nightsheet")


if __name__ == "__main__":
    main()
