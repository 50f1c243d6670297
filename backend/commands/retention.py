"""`nightsheet retention`: removing nights that are older than the school keeps them, now. The worker does it too."""

import click

from backend.commands.invocation import Invocation, pass_invocation
from backend.commands.worded import DONE
from backend.services.rights import retention as service
from backend.services.school.founding import get_school_by_slug
from backend.services.school.schools import local_date


@click.command("retention")
@click.option("--school", "slug", required=True)
@click.option("--months", type=click.IntRange(1, 240), default=service.DEFAULT_MONTHS, show_default=True)
@click.option("--dry-run", is_flag=True)
@pass_invocation
def retention(run: Invocation, slug: str, months: int, dry_run: bool) -> int:
    """Remove the nights of a school that are older than so many months."""
    with run.reading() if dry_run else run.writing() as session:
        school = get_school_by_slug(session, slug)
        now = run.clock.now()
        before = service.first_kept(local_date(now, school.zone), months)
        if dry_run:
            found = service.count_old(session, school_id=school.id, before=before)
        else:
            found = service.purge(session, actor=run.actor(school.id), school_id=school.id, before=before, now=now)
    key = "retention.would_remove" if dry_run else "retention.removed"
    run.print(key, nights=found.nights, students=found.students, before=before)
    return DONE
