"""`nightsheet reminders preview`: who would be told what at an instant, and who would not and why.

The reminders themselves are handed in by the front door: this side does not know the worker's.
"""

import datetime as dt
from collections.abc import Iterator

import click
from sqlalchemy.orm import Session

from backend.commands.invocation import Invocation, Refused
from backend.commands.worded import DONE
from backend.commands.words import Words
from backend.domain.night import zone_of
from backend.services import audit
from backend.services.reminders.outbox import ReasonsOf
from backend.services.reminders.reminder_preview import WHY_NOT, Preview, preview_reminders
from backend.services.school.founding import get_school_by_slug
from backend.storage.models import School


def preview(run: Invocation, *, reasons: ReasonsOf, slug: str, at: str | None, names: bool) -> int:
    """Print the counts of each code, and with `names` each row; names are read on the record (rule 11, privacy)."""
    with run.writing() if names else run.reading() as session:
        school = get_school_by_slug(session, slug)
        now = _instant(at, school.zone, run.clock.now())
        found = preview_reminders(session, school=school, reasons=reasons, now=now)
        if names:
            _note(session, run, school, now)
        local = now.astimezone(zone_of(school.zone))
        run.print("preview.title", school=school.name, at=f"{local:%Y-%m-%d %H:%M %Z}")
        click.echo("\n".join(run.say.table(*_counts(run.say, found))))
        if names:
            click.echo("\n".join(["", *run.say.table(*_rows(run.say, found))]))
    return DONE


def _instant(text: str | None, zone: str, now: dt.datetime) -> dt.datetime:
    """``HH:MM`` today, or a date and time, on the school's clock unless an offset is given; now without any."""
    if text is None:
        return now
    try:
        if len(text) <= len("20:30"):
            at = dt.datetime.combine(now.astimezone(zone_of(zone)).date(), dt.time.fromisoformat(text))
        else:
            at = dt.datetime.fromisoformat(text)
    except ValueError:
        raise Refused("refused.time", text=text) from None
    return (at if at.tzinfo else at.replace(tzinfo=zone_of(zone))).astimezone(dt.UTC)


def _counts(say: Words, found: list[Preview]) -> tuple[list[str], list[list[str]]]:
    heads = [say("preview.code"), say("preview.going"), *(say(f"preview.{why}") for why in WHY_NOT)]
    rows = [[each.code, str(len(each.going)), *(str(len(each.held.get(why, ()))) for why in WHY_NOT)] for each in found]
    return heads, rows


def _rows(say: Words, found: list[Preview]) -> tuple[list[str], list[list[str]]]:
    return [say(f"preview.{head}") for head in ("code", "to", "about", "night", "outcome")], list(_named(say, found))


def _named(say: Words, found: list[Preview]) -> Iterator[list[str]]:
    for each in found:
        for why, rows in (("going", each.going), *each.held.items()):
            for row in rows:
                yield [each.code, row.recipient, row.about or "–", row.night.isoformat(), say(f"preview.{why}")]


def _note(session: Session, run: Invocation, school: School, now: dt.datetime) -> None:
    details = {"at": now.isoformat()}
    actor = run.actor(school.id)
    audit.record(session, actor=actor, action="reminders.previewed", now=run.clock.now(), details=details)
