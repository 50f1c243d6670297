"""First passwords on the screen, for staff and district officers alike. Keeping them in a file is `people`'s."""

from collections.abc import Sequence

import click

from backend.commands.invocation import Invocation
from backend.services.staff.first_passwords import FirstPassword


def print_first_passwords(run: Invocation, made: Sequence[FirstPassword]) -> None:
    """The one time that first passwords are shown."""
    heads = [run.say("staff.name"), run.say("staff.login"), run.say("staff.password")]
    run.print("staff.first_passwords")
    for line in run.say.table(heads, [[each.name, each.login, each.password] for each in made]):
        click.echo(f"  {line}")
