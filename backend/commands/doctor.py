"""`nightsheet doctor`: one line a check, with the remedy where something is wrong; exit code 1 when anything is.

It changes nothing and can be run beside a working installation.
"""

import datetime as dt
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import click
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from backend.channel_settings import web_push_key_file
from backend.commands.invocation import Invocation, pass_invocation
from backend.commands.opening import why_closed
from backend.commands.worded import DONE, REFUSED, WordedCommand
from backend.domain.channel_preset import preset_order
from backend.domain.night import days_after
from backend.push_keys import public_key
from backend.services import health
from backend.services.reminders.contacts import GIVEN_KINDS
from backend.services.school import founding
from backend.services.school.schools import local_date
from backend.settings import Settings, SettingsError
from backend.storage.engine import build_engine, reading, session_factory
from backend.storage.models import School
from backend.storage.queries.push_endpoints import count_given
from backend.storage.queries.school_calendar import school_days_between
from backend.storage.schema import SchemaOutOfDate, require_current

DAYS_AHEAD = 60
#: The worker ticks each minute: three missed ticks are no accident.
LONGEST_SILENCE = 180
LEAST_FREE_BYTES = 500_000_000


@dataclass(frozen=True)
class Finding:
    """One check: ``key`` words it, and its remedy when it is not well (`doctor.<key>.bad`)."""

    key: str
    well: bool
    params: tuple[tuple[str, object], ...] = ()


def finding(key: str, well: bool, **params: object) -> Finding:
    """A finding with what its words need."""
    return Finding(key, well, tuple(params.items()))


@click.command("doctor", cls=WordedCommand)
@pass_invocation
def doctor(run: Invocation) -> int:
    """Look whether everything is as it must be."""
    worst = DONE
    for each in examine(run):
        word = run.say(f"doctor.{each.key}.{'well' if each.well else 'bad'}", **dict(each.params))
        click.echo(f"{'✓' if each.well else '✗'} {word}")
        worst = worst if each.well else REFUSED
    return worst


def examine(run: Invocation) -> Iterator[Finding]:
    """Every check in the order in which one would mend them."""
    try:
        settings = run.settings
    except SettingsError as problem:
        yield finding("settings", False, reason=problem)
        return
    yield finding("settings", True)
    yield from check_secrets(settings)
    yield from check_address(settings)
    yield from check_channel_files(settings)
    yield finding("disk", free_bytes(settings.instance) > LEAST_FREE_BYTES, path=settings.instance)
    engine = build_engine(settings.database_url, pool_size=1)
    try:
        yield from check_database(run, engine)
    finally:
        engine.dispose()


def check_secrets(settings: Settings) -> Iterator[Finding]:
    """The secret key is there, and nobody else can read the instance folder."""
    yield finding("secret", settings.secret_key is not None)
    if settings.instance.exists() and os.name != "nt":
        open_to_others = [path for path in private_paths(settings.instance) if path.stat().st_mode & 0o077]
        shown = ", ".join(str(path) for path in open_to_others[:5])
        yield finding("instance", not open_to_others, path=settings.instance, open=shown)


def private_paths(instance: Path) -> list[Path]:
    """The instance folder and what in it is secret."""
    names = ("secret_key", "web_push_key.pem", "demonstration.json", "first_passwords_*.csv")
    found = [path for name in names for path in instance.glob(name) if stat.S_ISREG(path.stat().st_mode)]
    return [instance, *found]


def check_address(settings: Settings) -> Iterator[Finding]:
    """Phones reach us over HTTPS, except on this very machine, and the address leads here."""
    secure = settings.public_url.startswith("https://")
    local = any(host in settings.public_url for host in ("//127.0.0.1", "//localhost", "//[::1]"))
    yield finding("address", secure or local, url=settings.public_url)
    if secure or local:
        reason = why_closed(settings.public_url)
        yield finding("opens", reason is None, url=settings.public_url, reason=reason)
    if settings.tls_key is not None:
        pkcs8 = b"-----BEGIN PRIVATE KEY-----" in settings.tls_key.read_bytes()
        yield finding("tls_key", pkcs8, path=settings.tls_key)


def check_database(run: Invocation, engine: Engine) -> Iterator[Finding]:
    """The database answers and has this release's schema; then what is in it."""
    database = engine.url
    if engine.dialect.name == "sqlite" and database.database and not Path(database.database).exists():
        yield finding("database", False, reason=f"{database.database} ?")
        return
    try:
        with closing(engine.connect()):
            pass
    except SQLAlchemyError as problem:
        yield finding("database", False, reason=str(problem.__cause__ or problem).split("\n", 1)[0])
        return
    yield finding("database", True)
    yield from check_contents(run, engine)


def check_contents(run: Invocation, engine: Engine) -> Iterator[Finding]:
    """Schema, schools, calendars, worker."""
    try:
        require_current(engine)
    except SchemaOutOfDate:
        yield finding("schema", False)
        return
    yield finding("schema", True)
    with session_factory(engine)() as session:
        yield from check_schools(reading(session), run.clock.now())
        yield from check_channels(session, run.settings)
        age = health.take_pulse(session, now=run.clock.now()).heartbeat_age_seconds
        yield finding("worker", age is not None and age < LONGEST_SILENCE, seconds=-1 if age is None else round(age))


def check_schools(session: Session, now: dt.datetime) -> Iterator[Finding]:
    """Each school's zone is known here, and its calendar for the next two months."""
    schools = founding.schools(session)
    yield finding("schools", bool(schools), count=len(schools))
    for school in schools:
        today = local_date(now, school.zone)
        last = days_after(today, DAYS_AHEAD)
        known = school_days_between(session, school.id, today, last)
        missing = DAYS_AHEAD + 1 - len(known)
        estimated = sum(day.status.value == "estimated" for day in known.values())
        yield finding("calendar", not missing, slug=school.slug, missing=missing, estimated=estimated, last=last)


def check_channels(session: Session, settings: Settings) -> Iterator[Finding]:
    """Reminders of a real school reach people, not the worker's log."""
    for school in founding.schools(session):
        channels = school.channels or settings.channels
        yield from check_reach(session, settings, school)
        well = school.is_demonstration or "console" not in channels
        yield finding("channels", well, slug=school.slug, channels=",".join(channels))


def check_reach(session: Session, settings: Settings, school: School) -> Iterator[Finding]:
    """Channels of a school's order that this installation has, and addresses for those that need the school's.

    Nobody has chosen what the preset names: there, a channel that is not turned on is passed over and nothing is wrong.
    """
    chosen = () if tuple(school.channels) == preset_order(school.zone) else school.channels
    wanted = [name for name in chosen if name not in settings.channels]
    yield finding("channels_off", not wanted, slug=school.slug, channels=",".join(wanted))
    given = count_given(session, school.id)
    empty = [name for name, kinds in GIVEN_KINDS.items() if name in settings.channels and not given.keys() & kinds]
    if not school.is_demonstration:
        yield finding("addresses", not empty, slug=school.slug, channels=",".join(empty))


def check_channel_files(settings: Settings) -> Iterator[Finding]:
    """What channels read from files can be read, and by nobody else where it is secret."""
    if "web_push" in settings.channels:
        path = web_push_key_file(settings)
        try:
            well = bool(public_key(path))
        except (OSError, SettingsError):
            well = False
        yield finding("push_key", well, path=path)
        reached = settings.web_push_contact is not None or settings.public_url.startswith("https://")
        yield finding("push_contact", reached)


def free_bytes(folder: Path) -> int:
    """Free space where the folder is, or will be."""
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    return shutil.disk_usage(there).free
