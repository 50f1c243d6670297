"""What every table shares: the declarative base, constraint names, column types, keys.

Nothing about a particular table belongs here, and nothing about engines or sessions.
"""

import datetime as dt
import enum
import uuid
from typing import Annotated, Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column
from uuid_utils.compat import uuid7

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

#: Stands where a unique key needs a value and there is none: NULLs never collide.
NO_SUBJECT = uuid.UUID(int=0)


class UtcDateTime(sa.types.TypeDecorator[dt.datetime]):
    """An instant: aware in, aware UTC out, on both databases. A naive value raises ``ValueError``."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: sa.Dialect) -> dt.datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime never reaches the database")
        utc = value.astimezone(dt.UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: dt.datetime | None, dialect: sa.Dialect) -> dt.datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


#: A JSON document; binary on PostgreSQL so that it can be indexed and compared.
Document = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def enum_column(kind: type[enum.Enum], length: int = 24) -> sa.Enum:
    """A string enum stored by value. No CHECK: a new member must not need a table rebuild."""
    return sa.Enum(
        kind, native_enum=False, create_constraint=False, length=length, values_callable=lambda e: [_text(m) for m in e]
    )


def _text(member: enum.Enum) -> str:
    """A member's value, or its name where the value is a rank (``PolicyLevel``)."""
    return member.value if isinstance(member.value, str) else member.name.rstrip("_")


def new_id() -> uuid.UUID:
    """A time-ordered UUIDv7: new rows land at the end of their index."""
    return uuid7()


Json = Annotated[dict[str, Any], mapped_column(Document)]
JsonList = Annotated[list[Any], mapped_column(Document)]


class Base(DeclarativeBase):
    """The one declarative base. The web process hands ``Base.metadata`` to Flask-SQLAlchemy."""

    metadata = sa.MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map = {  # noqa: RUF012
        dt.datetime: UtcDateTime,
        uuid.UUID: sa.Uuid(as_uuid=True),
        int: sa.Integer,
    }


class SchoolOwned:
    """A row of one school. ``school_id`` leads every key, so a district can shard by it."""

    @declared_attr
    def school_id(cls) -> Mapped[uuid.UUID]:  # noqa: N805
        return mapped_column(sa.ForeignKey("schools.id", ondelete="CASCADE"), primary_key=True, sort_order=-20)


class SchoolRow(SchoolOwned):
    """A row of one school with an id of its own: the key is ``(school_id, id)``."""

    @declared_attr
    def id(cls) -> Mapped[uuid.UUID]:  # noqa: N805
        return mapped_column(primary_key=True, default=new_id, sort_order=-10)


def belongs_to(table: str, *columns: str, keys: tuple[str, ...] = ("id",), ondelete: str = "CASCADE") -> Any:
    """A foreign key inside one school: ``(school_id, *columns) -> table(school_id, *keys)``.

    A row of one school can therefore never point at a row of another.
    """
    return sa.ForeignKeyConstraint(
        ["school_id", *columns],
        [f"{table}.school_id", *(f"{table}.{key}" for key in keys)],
        ondelete=ondelete,
    )
