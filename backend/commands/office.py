"""`nightsheet slips`, `policy …`, `consent …`, `export`: what the academic office asks of the command."""

import dataclasses
import datetime as dt
import json
import os
from pathlib import Path
from typing import Any

import click
from sqlalchemy.orm import Session

from backend.commands.invocation import Invocation, Refused, pass_invocation
from backend.commands.schools import DATE
from backend.commands.worded import DONE, WordedCommand, WordedGroup
from backend.domain.people import ConsentDecision
from backend.domain.policy import PolicyField, PolicyLevel, Stage
from backend.domain.school_days import school_year_of
from backend.services.identity.slip_pages import render_slips
from backend.services.identity.slips import issue_slips
from backend.services.rights import office, student_export
from backend.services.roster.class_names import ClassUnread, read_class, read_grade
from backend.services.school import policy_setting
from backend.services.school.founding import get_school_by_slug
from backend.services.school.schools import local_date
from backend.services.staff.importing import surroundings
from backend.storage.models import Class, School, Student
from backend.storage.queries.founding import classes_of_year


def class_named(session: Session, school: School, name: str, today: dt.date) -> Class:
    """The class of this school year that a text names (三(1)班, 3.1); raises Refused."""
    classes = classes_of_year(session, school.id, school_year_of(today))
    exact = next((each for each in classes.values() if each.name == name.strip()), None)
    try:
        key, _ = read_class(name, surroundings(session, school, today))
    except ClassUnread:
        key = None
    found = exact or (classes.get((Stage(key.stage), key.grade, key.number)) if key else None)
    if found is None:
        known = "、".join(each.name for _, each in sorted(classes.items(), key=lambda item: item[0][1:])) or "-"
        raise Refused("refused.class", name=name, known=known)
    return found


@click.command("slips", cls=WordedCommand)
@click.argument("class_name", metavar="CLASS")
@click.option("--school", "slug", required=True)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path))
@pass_invocation
def slips(run: Invocation, class_name: str, slug: str, output: Path | None) -> int:
    """Print the slips of a class."""
    secret_key = run.settings.required_secret_key()
    with run.writing() as session:
        school = get_school_by_slug(session, slug)
        now = run.clock.now()
        place = class_named(session, school, class_name, local_date(now, school.zone))
        made = issue_slips(
            session,
            actor=run.actor(school.id),
            school_id=school.id,
            class_id=place.id,
            secret_key=secret_key,
            now=now,
        )
        path = output or Path(f"slips-{slug}-{place.grade}-{place.number}.html")
        write_private(path, render_slips(made, public_url=run.settings.public_url))
    run.print("slips.written", count=len(made.slips), path=path, until=made.expires_on)
    if made.without_telephone:
        run.warn("slips.without_telephone", count=made.without_telephone)
    if made.without_guardian:
        run.warn("slips.without_guardian", count=made.without_guardian)
    return DONE


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, from its first byte on."""
    try:
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as problem:
        raise Refused("refused.file", path=path, reason=problem.strerror or "") from problem
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


def student_of(
    run: Invocation, session: Session, school: School, said: str, class_name: str | None, guardian: str | None = None
) -> Student:
    """The student whose number was said or, with a class, whose name."""
    if class_name is None:
        return office.get_student_by_number(session, school_id=school.id, number=said)
    now = run.clock.now()
    place = class_named(session, school, class_name, local_date(now, school.zone))
    return office.get_student_of_class(
        session, school_id=school.id, class_id=place.id, name=said, now=now, guardian_name=guardian
    )


@click.group("policy", cls=WordedGroup)
def policy() -> None:
    """Caps, sleep targets and times."""


@policy.command("show")
@click.option("--school", "slug", required=True)
@pass_invocation
def show(run: Invocation, slug: str) -> int:
    """What holds tonight in each class."""
    with run.reading() as session:
        school = get_school_by_slug(session, slug)
        found = policy_setting.list_school_policies(
            session, actor=run.actor(school.id), school_id=school.id, now=run.clock.now()
        )
    fields = ["cap_minutes", "cap_scope", "sleep_target_minutes", "latest_lights_out"]
    heads = [run.say("policy.class"), *(run.say(f"policy.{field}") for field in fields)]
    rows = [[each["class_name"], *(shown(each["policy"].get(field)) for field in fields)] for each in found["resolved"]]
    for line in run.say.table(heads, rows):
        click.echo(line)
    for row in found["policies"]:
        click.echo(f"{row['effective_on']}  {row['level']}  {row['field']} = {shown(row['value'])}  {row['reason']}")
    return DONE


def shown(value: Any) -> str:
    """A value in a table; a field nobody set is a dash."""
    if isinstance(value, dict):
        value = value.get("value")
    return "-" if value is None else value.strftime("%H:%M") if isinstance(value, dt.time) else str(value)


@policy.command("set")
@click.option("--school", "slug", required=True)
@click.option("--grade")
@click.option("--class", "class_name")
@click.option("--field", required=True, type=click.Choice([each.value for each in PolicyField]))
@click.option("--value", required=True)
@click.option("--effective-on", required=True, type=DATE)
@click.option("--reason", default="")
@pass_invocation
def set_policy(
    run: Invocation,
    slug: str,
    grade: str | None,
    class_name: str | None,
    field: str,
    value: str,
    effective_on: dt.datetime,
    reason: str,
) -> int:
    """Set one field from a date on."""
    with run.writing() as session:
        school = get_school_by_slug(session, slug)
        document = policy_setting.PolicyDocument(
            level=PolicyLevel.school, effective_on=effective_on.date(), fields={field: typed(value)}, reason=reason
        )
        answer = policy_setting.set_school_policy(
            session,
            actor=run.actor(school.id),
            school_id=school.id,
            document=placed(run, session, school, document, grade, class_name),
            now=run.clock.now(),
        )
    run.print("policy.set", field=field, value=value, day=effective_on.date())
    for warning in answer["warnings"]:
        click.echo(f"· {warning}", err=True)
    return DONE


def placed(
    run: Invocation,
    session: Session,
    school: School,
    document: policy_setting.PolicyDocument,
    grade: str | None,
    class_name: str | None,
) -> policy_setting.PolicyDocument:
    """The document at the level asked for: class, grade, else the whole school."""
    today = local_date(run.clock.now(), school.zone)
    if class_name is not None:
        place = class_named(session, school, class_name, today)
        return dataclasses.replace(document, level=PolicyLevel.class_, class_id=place.id)
    if grade is None:
        return document
    around = surroundings(session, school, today)
    try:
        number = read_grade(grade, around).grade
        return dataclasses.replace(document, level=PolicyLevel.grade, grade=number, stage=around.stage_of(number))
    except (ClassUnread, StopIteration):
        raise Refused("refused.grade", name=grade) from None


def typed(text: str) -> int | str | None:
    """A value as in a document: minutes as a number, `none` for no value, times and words as they are."""
    if text.lower() in {"none", "null", "无"}:
        return None
    return int(text) if text.isascii() and text.isdigit() else text


@click.group("consent", cls=WordedGroup)
def consent() -> None:
    """Consent that guardians signed on paper."""


@consent.command("record")
@click.option("--school", "slug", required=True)
@click.option("--student", "said", required=True)
@click.option("--class", "class_name")
@click.option("--guardian", required=True)
@click.option("--granted", "decision", flag_value="granted", required=True)
@click.option("--refused", "decision", flag_value="refused")
@click.option("--withdrawn", "decision", flag_value="withdrawn")
@pass_invocation
def record(run: Invocation, slug: str, said: str, class_name: str | None, guardian: str, decision: str) -> int:
    """Type in one signature."""
    with run.writing() as session:
        school = get_school_by_slug(session, slug)
        view = office.record_paper_consent(
            session,
            actor=run.actor(school.id),
            school_id=school.id,
            student=student_of(run, session, school, said, class_name, guardian),
            guardian_name=guardian,
            decision=ConsentDecision(decision),
            now=run.clock.now(),
        )
    run.print("consent.may_write" if view.may_write else "consent.may_not_write", student=said)
    return DONE


@click.command("export", cls=WordedCommand)
@click.option("--school", "slug", required=True)
@click.option("--student", "said", required=True)
@click.option("--class", "class_name")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path))
@pass_invocation
def export(run: Invocation, slug: str, said: str, class_name: str | None, output: Path | None) -> int:
    """Everything about one student, as JSON."""
    with run.writing() as session:
        school = get_school_by_slug(session, slug)
        student = student_of(run, session, school, said, class_name)
        found = student_export.export_student(
            session, actor=run.actor(school.id), school_id=school.id, student_id=student.id, now=run.clock.now()
        )
    text = json.dumps(found, ensure_ascii=False, indent=2)
    if output is None:
        click.echo(text)
    else:
        write_private(output, text)
        run.print("export.written", path=output)
    return DONE
