"""`nightsheet retention`: removing nights that are older than the school keeps them, now. The worker does it too."""

import datetime as dt
import uuid

import click

from backend.commands.invocation import Invocation, pass_invocation
from backend.commands.worded import DONE, WordedCommand
from backend.services.rights import retention as service
from backend.services.school.founding import get_school_by_slug
from backend.services.school.schools import local_date


@click.command("retention", cls=WordedCommand)
@click.option("--school", "slug", required=True)
@click.option("--months", type=click.IntRange(1, 240), default=service.DEFAULT_MONTHS, show_default=True)
@click.option("--dry-run", is_flag=True)
@pass_invocation
def retention(run: Invocation, slug: str, months: int, dry_run: bool) -> int:
    """Remove the nights of a school that are older than so many months."""
    with run.reading() as session:
        school = get_school_by_slug(session, slug)
        before = service.first_kept(local_date(run.clock.now(), school.zone), months)
        found = service.count_old(session, school_id=school.id, before=before)
        school_id = school.id
    if not dry_run:
        found = remove(run, school_id, before)
    key = "retention.would_remove" if dry_run else "retention.removed"
    run.print(key, nights=found.nights, students=found.students, before=before)
    return DONE


def remove(run: Invocation, school_id: uuid.UUID, before: dt.date) -> service.Purged:
    """Portion by portion, each for good: phones go on writing in between, and who is stopped goes on where it was."""
    nights = students = 0
    while True:
        with run.writing() as session:
            gone = service.purge_some(
                session, actor=run.actor(school_id), school_id=school_id, before=before, now=run.clock.now()
            )
        if gone is None:
            return service.Purged(nights, students)
        nights, students = nights + gone.nights, students + gone.students
