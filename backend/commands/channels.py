"""`nightsheet channels …`: keys of Web Push, and the addresses that a school gives."""

import os
from pathlib import Path

import click

from backend.channel_settings import web_push_key_file
from backend.commands.invocation import Invocation, pass_invocation
from backend.commands.schools import FILE
from backend.commands.worded import DONE, REFUSED, WordedGroup
from backend.push_keys import make_push_key, public_key
from backend.services.reminders import contacts
from backend.services.reminders.contact_lists import WAYS, ContactReport, import_contacts
from backend.services.school.founding import get_school_by_slug
from backend.storage.queries.push_endpoints import count_given


@click.group("channels", cls=WordedGroup)
def channels() -> None:
    """The ways reminders go out."""


@channels.command("push-keys")
@pass_invocation
def push_keys(run: Invocation) -> int:
    """Make the keys of Web Push, once, and print the public one."""
    path = web_push_key_file(run.settings)
    made = not path.exists() and make_push_key(path)
    run.print("push_keys.made" if made else "push_keys.kept", path=os.fspath(path))
    run.print("push_keys.public", public=public_key(path))
    return DONE


@channels.command("import-ids")
@click.argument("file", type=FILE)
@click.option("--school", "slug", required=True)
@click.option("--dry-run", is_flag=True)
@click.option("--resubscribe", is_flag=True)
@pass_invocation
def import_ids(run: Invocation, file: Path, slug: str, dry_run: bool, resubscribe: bool) -> int:
    """Take a list of addresses: messenger ids, e-mail, groups of staff."""
    with run.writing() as session:
        school = get_school_by_slug(session, slug)
        report = import_contacts(
            session,
            actor=run.actor(school.id),
            school_id=school.id,
            content=file.read_bytes(),
            group_names=frozenset(run.settings.group_bots or {}),
            now=run.clock.now(),
            dry_run=dry_run,
            resubscribe=resubscribe,
        )
    return tell(run, report)


@channels.command("refresh")
@click.option("--school", "slug", required=True)
@pass_invocation
def refresh(run: Invocation, slug: str) -> int:
    """Let telephones and e-mail addresses of the roster be used, and count what there is."""
    with run.writing() as session:
        school = get_school_by_slug(session, slug)
        contacts.keep_contacts(session, school_id=school.id, now=run.clock.now())
        counted = count_given(session, school.id)
    for kind, count in sorted(counted.items(), key=lambda each: each[0].value):
        run.print("contacts.count", kind=kind.value, count=count)
    return DONE


def tell(run: Invocation, report: ContactReport) -> int:
    """What was done, or each line that cannot be used."""
    for problem in report.problems:
        what = run.say(f"contacts.{problem.code}", ways=", ".join(WAYS))
        run.warn("contacts.problem", line=problem.line, what=what)
    if report.problems:
        run.warn("contacts.refused", count=len(report.problems))
        return REFUSED
    run.print("contacts.taken" if report.stored else "contacts.dry_run", lines=report.lines, changed=report.changed)
    return DONE
