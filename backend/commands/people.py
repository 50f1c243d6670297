"""`nightsheet staff …` and `nightsheet roster …`: who teaches, who learns, who looks after whom."""

import csv
import io
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from backend.commands.first_passwords import print_first_passwords
from backend.commands.invocation import Invocation, pass_invocation
from backend.commands.schools import FILE
from backend.commands.worded import DONE, REFUSED, WordedGroup
from backend.domain.school_days import school_year_of
from backend.services.roster.importing import RosterReport, import_roster
from backend.services.roster.problems import Problem, Severity
from backend.services.school.founding import get_school_by_slug
from backend.services.school.schools import local_date
from backend.services.staff.first_passwords import FirstPassword, reset_password
from backend.services.staff.importing import StaffReport, import_staff


@click.group("staff", cls=WordedGroup)
def staff() -> None:
    """Members of staff."""


@staff.command("import")
@click.argument("file", type=FILE)
@click.option("--school", "slug", required=True)
@click.option("--dry-run", is_flag=True)
@click.option("--good-rows", is_flag=True)
@click.option("--replace", is_flag=True)
@pass_invocation
def staff_import(run: Invocation, file: Path, slug: str, dry_run: bool, good_rows: bool, replace: bool) -> int:
    """Take a list of staff."""
    return take_staff(run, slug, file.read_bytes(), file.name, dry_run=dry_run, good_rows=good_rows, replace=replace)


@staff.command("add")
@click.option("--school", "slug", required=True)
@click.option("--name", required=True)
@click.option("--role", required=True)
@click.option("--class", "class_", default="")
@click.option("--grade", default="")
@click.option("--subject", default="")
@click.option("--weekdays", default="")
@click.option("--telephone", default="")
@pass_invocation
def staff_add(run: Invocation, /, slug: str, role: str, class_: str, **cells: str) -> int:
    """Add one person, in the words of a list."""
    row = {**cells, "role": role.replace("_", " "), "class": class_}
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(row))
    writer.writeheader()
    writer.writerow(row)
    return take_staff(run, slug, text.getvalue().encode(), "staff.csv")


@staff.command("reset-password")
@click.option("--school", "slug", required=True)
@click.option("--login", required=True)
@pass_invocation
def staff_reset(run: Invocation, slug: str, login: str) -> int:
    """Give somebody a new first password."""
    with run.writing() as session:
        school = get_school_by_slug(session, slug)
        made = reset_password(
            session, actor=run.actor(school.id), school_id=school.id, login=login, now=run.clock.now()
        )
    print_first_passwords(run, [made])
    return DONE


def take_staff(run: Invocation, slug: str, content: bytes, filename: str, **how: bool) -> int:
    """Import, keep the first passwords, commit, tell."""
    with run.writing() as session:
        school = get_school_by_slug(session, slug)
        result = import_staff(
            session,
            actor=run.actor(school.id),
            school_id=school.id,
            content=content,
            filename=filename,
            now=run.clock.now(),
            **how,
        )
        # Kept before the commit: a password in the file that opens nothing is harmless, one that is lost is not.
        kept = keep_first_passwords(run, slug, result.first_passwords)
    print_problems(run, result.problems)
    print_staff(run, result)
    if result.first_passwords and kept is not None:
        print_first_passwords(run, result.first_passwords)
        run.print("staff.kept", path=kept)
    return REFUSED if result.refused and not (how.get("good_rows") and result.stored) else DONE


def print_staff(run: Invocation, result: StaffReport) -> None:
    """What was done, or would be."""
    if not result.stored:
        run.print("import.refused" if result.refused else "import.dry_run")
    run.print("staff.people", people=result.people, added=result.added, changed=result.changed)
    run.print("staff.posts", added=result.posts_added, changed=result.posts_changed, ended=result.posts_ended)
    if result.classes_added:
        run.print("staff.classes", added=result.classes_added)


def keep_first_passwords(run: Invocation, slug: str, made: Sequence[FirstPassword]) -> Path | None:
    """Append first passwords to a file in the instance folder, readable by its owner only; None when there are none."""
    if not made:
        return None
    folder = run.settings.instance
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"first_passwords_{slug}.csv"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "a", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        if file.tell() == 0:
            file.write("\ufeff")  # without it Excel reads Chinese names as rubbish
            writer.writerow(["name", "login", "password"])
        writer.writerows([harmless(each.name), harmless(each.login), each.password] for each in made)
    return path


def harmless(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text


@click.group("roster", cls=WordedGroup)
def roster() -> None:
    """Students and their guardians."""


@roster.command("import")
@click.argument("file", type=FILE)
@click.option("--school", "slug", required=True)
@click.option("--year", type=click.IntRange(2000, 2100))
@click.option("--dry-run", is_flag=True)
@click.option("--good-rows", is_flag=True)
@click.option("--leavers", is_flag=True)
@click.option("--json", "as_json", is_flag=True)
@pass_invocation
def roster_import(run: Invocation, /, file: Path, slug: str, year: int | None, as_json: bool, **how: bool) -> int:
    """Take a roster."""
    secret_key = run.settings.required_secret_key()
    with run.writing() as session:
        school = get_school_by_slug(session, slug)
        now = run.clock.now()
        report = import_roster(
            session,
            actor=run.actor(school.id),
            school_id=school.id,
            content=file.read_bytes(),
            filename=file.name,
            school_year=year or school_year_of(local_date(now, school.zone)),
            secret_key=secret_key,
            now=now,
            **how,
        )
    if as_json:
        click.echo(json.dumps(report.as_dict(run.say.locale), ensure_ascii=False, indent=2))
    else:
        print_problems(run, report.problems)
        print_roster(run, report, slug)
    return DONE if not report.refused or report.stored else REFUSED


def print_roster(run: Invocation, report: RosterReport, slug: str) -> None:
    """What was done, or would be."""
    if not report.stored:
        run.print("import.refused" if report.refused else "import.dry_run")
    run.print("roster.holds", classes=report.classes, students=report.students, guardians=report.guardians)
    counts: dict[str, Any] = {name: getattr(report, name) for name in ("added", "changed", "moved", "left")}
    run.print("roster.differs" if any(counts.values()) else "roster.same", **counts)
    if report.stored and report.added:
        run.print("roster.next", slug=slug)


def print_problems(run: Invocation, problems: Sequence[Problem]) -> None:
    """Each problem as one line on standard error, refused rows first marked by a cross, warnings by a dot."""
    for problem in problems:
        mark = "✗" if problem.severity is Severity.REFUSED else "·"
        click.echo(f"{mark} {problem.message(run.say.locale)}", err=True)
    refused = sum(problem.severity is Severity.REFUSED for problem in problems)
    if problems:
        run.warn("import.problems", refused=refused, warnings=len(problems) - refused)
