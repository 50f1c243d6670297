"""`nightsheet district …`: districts and their officers."""

import click

from backend.commands.first_passwords import print_first_passwords
from backend.commands.invocation import Invocation, pass_invocation
from backend.commands.worded import DONE, WordedGroup
from backend.services.school import founding
from backend.services.staff import district_officers
from backend.storage.models import DistrictOfficer


@click.group("district", cls=WordedGroup)
def district() -> None:
    """Districts of this installation."""


@district.command("create")
@click.option("--slug", required=True)
@click.option("--name", required=True)
@pass_invocation
def create_district(run: Invocation, slug: str, name: str) -> int:
    """Make a district."""
    with run.writing() as session:
        founding.create_district(session, slug=slug, name=name)
    run.print("district.created", name=name, slug=slug)
    return DONE


@district.group("officer", cls=WordedGroup)
def officer() -> None:
    """Officers of a district."""


@officer.command("add")
@click.option("--district", "slug", required=True)
@click.option("--name", required=True)
@click.option("--login")
@pass_invocation
def add_officer(run: Invocation, slug: str, name: str, login: str | None) -> int:
    """Give a district an officer."""
    with run.writing() as session:
        made = district_officers.add_officer(
            session, actor=run.actor(), district_slug=slug, name=name, login=login, now=run.clock.now()
        )
    print_first_passwords(run, [made])
    return DONE


@officer.command("list")
@click.option("--district", "slug", required=True)
@pass_invocation
def list_officers(run: Invocation, slug: str) -> int:
    """Who signs in for a district, and who did."""
    with run.reading() as session:
        rows = [
            [each.name, each.login, standing(run, each)]
            for each in district_officers.list_officers(session, district_slug=slug)
        ]
    heads = [run.say("staff.name"), run.say("staff.login"), run.say("officer.standing")]
    for line in run.say.table(heads, rows):
        click.echo(line)
    return DONE


def standing(run: Invocation, officer: DistrictOfficer) -> str:
    """Whether somebody signs in, has a first password still, or has left."""
    if officer.left_at is not None:
        return run.say("officer.left", day=officer.left_at.date())
    return run.say("officer.first_password" if officer.must_change else "officer.signs_in")


@officer.command("retire")
@click.option("--district", "slug", required=True)
@click.option("--login", required=True)
@pass_invocation
def retire_officer(run: Invocation, slug: str, login: str) -> int:
    """Let an officer in no more."""
    with run.writing() as session:
        name = district_officers.retire_officer(
            session, actor=run.actor(), district_slug=slug, login=login, now=run.clock.now()
        )
    run.print("officer.retired", name=name)
    return DONE


@officer.command("reset-password")
@click.option("--district", "slug", required=True)
@click.option("--login", required=True)
@pass_invocation
def reset_officer(run: Invocation, slug: str, login: str) -> int:
    """Give an officer a new first password."""
    with run.writing() as session:
        made = district_officers.reset_officer_password(
            session, actor=run.actor(), district_slug=slug, login=login, now=run.clock.now()
        )
    print_first_passwords(run, [made])
    return DONE
