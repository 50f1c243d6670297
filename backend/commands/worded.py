"""Commands and groups whose help and refusals come from the catalogue, and the exit codes.

0 is done, 1 refused with reasons, 2 wrong usage. The key of a command's help is `help.<path>` (`help.school.create`),
an option's is `option.<path>.<name>` or `option.<name>`.
"""

import os
import sys
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click
from sqlalchemy.exc import OperationalError

from backend.commands.invocation import Invocation, Refused
from backend.commands.words import Words, locale_named, locale_of
from backend.domain.errors import NightsheetError
from backend.settings import CHANNELS, SettingsError
from backend.storage.schema import SchemaBroken, SchemaOutOfDate

Command = TypeVar("Command", bound=Callable[..., Any])
DONE, REFUSED, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130


class WordedHelp:
    """Words `--help` itself, which the library makes anew each time it is asked for."""

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option: click.Option | None = super().get_help_option(ctx)  # type: ignore[misc]
        if option is not None:
            option.help = say_of(ctx)("option.help")
        return option


class WordedCommand(WordedHelp, click.Command):
    """A command whose help is worded when it is shown, in the language asked for."""

    def get_help(self, ctx: click.Context) -> str:
        word(self, ctx)
        return super().get_help(ctx)

    def get_short_help_str(self, limit: int = 45) -> str:  # noqa: ARG002 - ours is one line already
        return (self.help or "").split("\n", 1)[0]


class WordedGroup(WordedHelp, click.Group):
    """A group of such commands."""

    command_class = WordedCommand
    group_class = type

    def get_help(self, ctx: click.Context) -> str:
        word(self, ctx)
        for name in self.list_commands(ctx):
            child = self.get_command(ctx, name)
            if child is not None:
                child.help = say_of(ctx).find(f"help.{path_of(ctx, name)}") or child.help
        return super().get_help(ctx)

    def get_short_help_str(self, limit: int = 45) -> str:  # noqa: ARG002 - ours is one line already
        return (self.help or "").split("\n", 1)[0]


class FrontDoor(WordedGroup):
    """The outermost group: it turns everything that can go wrong into a sentence and an exit code."""

    def main(  # type: ignore[override]
        self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: Any
    ) -> Any:
        """Run the command and leave with its exit code, never with a traceback for what can be foreseen."""
        make_printable()
        extra.pop("standalone_mode", None)
        sys.exit(self._exit_code(args, prog_name or "nightsheet", extra))

    def _exit_code(self, args: Sequence[str] | None, prog_name: str, extra: dict[str, Any]) -> int:
        try:
            code = super().main(args, prog_name, standalone_mode=False, **extra)
        except click.UsageError as problem:
            click.echo(usage(problem), err=True)
            return WRONG_USAGE
        except click.ClickException as problem:
            click.echo(problem.format_message(), err=True)
            return REFUSED
        except (click.Abort, KeyboardInterrupt):
            return INTERRUPTED
        return code if isinstance(code, int) else DONE

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command and word its refusal."""
        try:
            return super().invoke(ctx)
        except (Refused, NightsheetError, SettingsError, SchemaOutOfDate, SchemaBroken, OperationalError) as problem:
            for line in refusal(say_of(ctx), problem):
                click.echo(line, err=True)
            return REFUSED


def make_printable() -> None:
    """Let a terminal that lacks a character show a question mark instead of ending the command."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def refusal(say: Words, problem: Exception) -> list[str]:
    """The sentences for a refusal."""
    if isinstance(problem, Refused):
        return [say(problem.key, **problem.params)]
    if isinstance(problem, NightsheetError):
        # What is not there may be named: who types here owns the machine. The API words it for everybody alike.
        what = say.find(f"problem.{problem.code}.{problem.params.get('what')}", **problem.params)
        first = what or say.find(f"problem.{problem.code}", **problem.params) or problem.detail or problem.code
        return [first, *(f"  {field.path}: {_field(say, field.code, field.message)}" for field in problem.fields)]
    if isinstance(problem, SchemaOutOfDate):
        return [say("refused.schema")]
    if isinstance(problem, OperationalError):
        # The driver's own text names host and user; the connection string itself is never shown.
        return [say("refused.database", reason=str(problem.orig).strip().split("\n", 1)[0])]
    return [say("refused.settings", reason=str(problem))]


def _field(say: Words, code: str, message: str) -> str:
    return say.find(f"field.{code}", known=", ".join(CHANNELS)) or message or code


def usage(problem: click.UsageError) -> str:
    """A wrong use in the language of the caller, with the way to the help."""
    say = say_of(problem.ctx) if problem.ctx else Words(locale_of(os.environ))
    path = problem.ctx.command_path if problem.ctx else "nightsheet"
    return f"{_what(say, problem)}\n{say('usage.help', path=path)}"


def _what(say: Words, problem: click.UsageError) -> str:
    if isinstance(problem, click.NoSuchOption):
        return say("usage.no_such_option", name=problem.option_name)
    if isinstance(problem, click.MissingParameter) and problem.param is not None:
        return say("usage.missing", name=problem.param.get_error_hint(problem.ctx).strip("'") if problem.ctx else "")
    if isinstance(problem, click.BadParameter) and problem.param is not None and problem.ctx is not None:
        return say("usage.bad", name=problem.param.get_error_hint(problem.ctx).strip("'"), reason=problem.message)
    return say("usage.other", reason=problem.format_message())


def word(command: click.Command, ctx: click.Context) -> None:
    """Put the words of the caller's language on a command and its options."""
    say, path = say_of(ctx), path_of(ctx)
    command.help = say.find(f"help.{path}" if path else "help") or command.help
    for param in command.params:
        if isinstance(param, click.Option):
            param.help = say.find(f"option.{path}.{param.name}") or say.find(f"option.{param.name}") or param.help


def path_of(ctx: click.Context, *more: str) -> str:
    """`school.create` for `nightsheet school create`."""
    return ".".join([*ctx.command_path.split(" ")[1:], *more])


def say_of(ctx: click.Context) -> Words:
    """The words of the caller: those of the invocation, before there is one those of the environment."""
    invocation = ctx.find_object(Invocation)
    return invocation.say if invocation is not None else Words(locale_of(os.environ))


def take_lang(ctx: click.Context, _param: click.Parameter, value: str | None) -> None:
    """Read `--lang` before anything else, so that even the help is in that language."""
    found = ctx.find_object(Invocation)
    root = ctx.find_root()
    if found is None:
        found = root.obj = ctx.obj = Invocation(os.environ)
    if value:
        found.say = Words(locale_named(value))


def lang_option() -> Callable[[Command], Command]:
    """The option `--lang zh|en`."""
    return click.option(
        "--lang",
        metavar="zh|en",
        type=click.Choice(["zh", "en", "zh-CN"]),
        expose_value=False,
        is_eager=True,
        callback=take_lang,
    )
