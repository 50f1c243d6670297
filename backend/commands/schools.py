"""`nightsheet school …`, `calendar …`: schools and their days. Districts are `districts`."""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from backend.commands.invocation import Invocation, pass_invocation
from backend.commands.worded import DONE, WordedGroup
from backend.domain import reminder_times
from backend.domain.policy import SchoolSystem
from backend.services.school import calendar, founding, school_settings
from backend.storage.models import OverCapMode

#: The options of `school set` that are not called as the settings are.
OPTIONS = {
    "over_cap_mode": "--over-cap",
    "sleep_short_tolerance_minutes": "--sleep-short-tolerance",
    "channels": "--channels",
    "locale": "--locale",
}
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
DATE = click.DateTime(["%Y-%m-%d"])


class TermParam(click.ParamType[tuple[dt.date, dt.date]]):
    """A term as `2026-09-01:2027-01-22`."""

    name = "FIRST:LAST"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[dt.date, dt.date]:
        """The two dates."""
        try:
            first, last = (dt.date.fromisoformat(part) for part in str(value).split(":"))
        except ValueError:
            self.fail("2026-09-01:2027-01-22", param, ctx)
        return first, last


class ReminderTimeParam(click.ParamType[tuple[str, dt.time | int]]):
    """A reminder's time as `weekly_digest_at=16:30`, or a distance as `wind_down_before_minutes=60`."""

    name = "NAME=TIME"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, dt.time | int]:
        """The name and its time or minutes; whether it lies within its bounds is the service's to say."""
        name, _, given = str(value).partition("=")
        default = reminder_times.DEFAULTS.get(name)
        try:
            if default is None:
                raise ValueError(name)
            return name, int(given) if isinstance(default, int) else dt.time.fromisoformat(given).replace(second=0)
        except ValueError:
            self.fail(", ".join(f"{each}={_typed(of)}" for each, of in reminder_times.DEFAULTS.items()), param, ctx)


def _typed(value: dt.time | int) -> str:
    return str(value) if isinstance(value, int) else f"{value:%H:%M}"


@click.group("school", cls=WordedGroup)
def school() -> None:
    """Schools of this installation."""


@school.command("create")
@click.option("--slug", required=True)
@click.option("--name", required=True)
@click.option("--zone", default="Asia/Shanghai", show_default=True)
@click.option("--system", required=True, type=click.Choice([each.value for each in SchoolSystem]))
@click.option("--district")
@click.option("--term", "terms", multiple=True, type=TermParam())
@pass_invocation
def create(
    run: Invocation,
    slug: str,
    name: str,
    zone: str,
    system: str,
    district: str | None,
    terms: tuple[tuple[dt.date, dt.date], ...],
) -> int:
    """Make a school."""
    with run.writing() as session:
        made = founding.create_school(
            session,
            actor=run.actor(),
            slug=slug,
            name=name,
            zone=zone,
            system=SchoolSystem(system),
            now=run.clock.now(),
            district_slug=district,
            terms=terms,
        )
    run.print("school.created", name=name, slug=slug, subjects=made.subjects)
    for _, first, last in made.terms:
        run.print("school.term_guessed" if (first, last) in made.guessed else "school.term", first=first, last=last)
    if made.guessed:
        run.warn("school.terms_guessed", count=len(made.guessed))
    print_calendar(run, made.calendar)
    run.print("school.next", slug=slug)
    return DONE


@school.command("set")
@click.option("--slug", required=True)
@click.option("--channels")
@click.option("--hide-titles/--show-titles", "hide_titles", default=None)
@click.option("--over-cap", "over_cap_mode", type=click.Choice([each.value for each in OverCapMode]))
@click.option("--sleep-short-tolerance", "sleep_short_tolerance_minutes", type=int)
@click.option("--locale", type=click.Choice(school_settings.LOCALES))
@click.option("--remind", "times", multiple=True, type=ReminderTimeParam())
@pass_invocation
def set_settings(run: Invocation, /, slug: str, **asked: Any) -> int:
    """Change what a school decides about itself; without options say how it stands."""
    with run.writing() as session:
        place = founding.get_school_by_slug(session, slug)
        stands = school_settings.change_settings(
            session, actor=run.actor(place.id), school_id=place.id, changes=changes_of(asked), now=run.clock.now()
        )
    for name, value in stands.items():
        click.echo(typed_as(name, value))
    return DONE


def typed_as(name: str, value: Any) -> str:
    """How a setting stands, as one would type it to have it so: `--over-cap reason`."""
    if name in reminder_times.NAMES:
        return f"--remind {name}={value}"
    if name == "hide_titles":
        return "--hide-titles" if value else "--show-titles"
    shown = ",".join(value) or '""' if isinstance(value, list) else value
    return f"{OPTIONS[name]} {shown}"


def changes_of(asked: Mapping[str, Any]) -> dict[str, Any]:
    """The options that were typed, as the service takes them; `--channels ""` is the installation's own order."""
    changes = {name: value for name, value in asked.items() if value is not None and name != "times"}
    changes |= dict(asked.get("times", ()))
    if "channels" in changes:
        changes["channels"] = [name.strip() for name in changes["channels"].split(",") if name.strip()]
    if "over_cap_mode" in changes:
        changes["over_cap_mode"] = OverCapMode(changes["over_cap_mode"])
    return changes


@school.command("list")
@pass_invocation
def list_schools(run: Invocation) -> int:
    """List the schools."""
    with run.reading() as session:
        for each in founding.schools(session):
            click.echo(f"{each.slug}\t{each.name}\t{each.zone}\t{each.system.value}")
    return DONE


@click.group("calendar", cls=WordedGroup)
def calendar_group() -> None:
    """A school's own calendar."""


@calendar_group.command("import")
@click.argument("file", type=FILE)
@click.option("--school", "slug", required=True)
@pass_invocation
def import_calendar(run: Invocation, file: Path, slug: str) -> int:
    """Take a CSV of days as the school's word."""
    with run.writing() as session:
        place = founding.get_school_by_slug(session, slug)
        counts = calendar.import_calendar(
            session, actor=run.actor(place.id), school_id=place.id, content=file.read_bytes(), now=run.clock.now()
        )
    print_calendar(run, counts)
    return DONE


@calendar_group.command("seed")
@click.option("--school", "slug", required=True)
@click.option("--from", "from_on", required=True, type=DATE)
@click.option("--to", "to_on", required=True, type=DATE)
@pass_invocation
def seed_calendar(run: Invocation, slug: str, from_on: dt.datetime, to_on: dt.datetime) -> int:
    """Fill a stretch from what is announced."""
    with run.writing() as session:
        place = founding.get_school_by_slug(session, slug)
        counts = calendar.seed_calendar(session, school_id=place.id, from_on=from_on.date(), to_on=to_on.date())
    print_calendar(run, counts)
    return DONE


def print_calendar(run: Invocation, counts: calendar.CalendarCounts) -> None:
    """What a stretch of the calendar holds now."""
    run.print("calendar.counts", days=counts.days, school_days=counts.school_days)
    if counts.make_up_days:
        run.print("calendar.make_up", count=counts.make_up_days)
    if counts.estimated:
        run.print("calendar.estimated", count=counts.estimated)
