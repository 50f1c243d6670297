"""One run of the command: its settings, its database, its language, its one commit.

The edge for commands what `mobile_api.transaction` is for requests. It says nothing about any particular command.
"""

import dataclasses
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import click
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from backend.clock import Clock, SystemClock
from backend.commands.words import Words, locale_of
from backend.services.actor import Actor, ActorKind
from backend.settings import Settings, instance_secret_key
from backend.storage.engine import build_engine, reading, session_factory, writing
from backend.storage.schema import require_current

NOBODY = uuid.UUID(int=0)


class Refused(Exception):
    """The command will not do it; ``key`` words the reason, and the exit code is 1."""

    def __init__(self, key: str, **params: Any) -> None:
        super().__init__(key)
        self.key = key
        self.params = params


class Invocation:
    """What every command gets. Settings are read and the database is opened when first asked for, not before."""

    def __init__(self, env: Mapping[str, str], *, clock: Clock | None = None, locale: str | None = None) -> None:
        self.env = env
        self.clock = clock or SystemClock()
        self.say = Words(locale or locale_of(env))

    @cached_property
    def settings(self) -> Settings:
        """The settings, with the secret key of the instance folder when the environment names none.

        The key is made there only when the database lives there too: beside a database elsewhere a second machine would
        make another key, and national numbers would match no more.
        """
        settings = Settings.from_env(self.env)
        if settings.secret_key is None and (
            not self.env.get("DATABASE_URL") or (settings.instance / "secret_key").exists()
        ):
            settings = with_instance_key(settings)
        return settings

    @cached_property
    def engine(self) -> Engine:
        """The database, known to have this release's schema; raises ``SchemaOutOfDate``."""
        engine = build_engine(self.settings.database_url, pool_size=1)
        click.get_current_context().call_on_close(engine.dispose)
        require_current(engine)
        return engine

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session whose work is committed at the end, or not at all."""
        with session_factory(self.engine)() as session:
            yield writing(session)
            session.commit()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that only reads."""
        with session_factory(self.engine)() as session:
            yield reading(session)

    def actor(self, school_id: uuid.UUID | None = None) -> Actor:
        """The command line as an actor: no person, no session; the audit log says so."""
        return Actor(kind=ActorKind.COMMAND, id=NOBODY, school_id=school_id, session_id=NOBODY, locale=self.say.locale)

    def print(self, key: str, **params: Any) -> None:
        """Say something on standard output."""
        click.echo(self.say(key, **params))

    def warn(self, key: str, **params: Any) -> None:
        """Say something on standard error."""
        click.echo(self.say(key, **params), err=True)


def with_instance_key(settings: Settings) -> Settings:
    """The settings with the secret key of the instance folder, made there on first use."""
    return dataclasses.replace(settings, secret_key=instance_secret_key(settings.instance))


pass_invocation = click.make_pass_decorator(Invocation)
