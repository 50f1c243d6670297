"""The trigger that writes every version of every entry to ``entry_versions``, for both databases.

It belongs to the schema: a statement that changes an entry and forgets its history cannot be written.
"""

_COLUMNS = (
    "school_id",
    "student_id",
    "version",
    "night",
    "changed_by",
    "changed_at",
    "installation_id",
    "outcome",
    "segments",
    "actual_minutes",
    "deleted_at",
)


def _insert() -> str:
    columns = ", ".join(("entry_id", *_COLUMNS))
    values = ", ".join(("NEW.id", *(f"NEW.{name}" for name in _COLUMNS)))
    # Recomputing a figure does not make a version: the row of the same version is then replaced.
    updates = ", ".join(f"{name} = excluded.{name}" for name in ("outcome", "segments", "actual_minutes"))
    return (
        f"INSERT INTO entry_versions ({columns}) VALUES ({values}) "  # noqa: S608 - only names of ours
        f"ON CONFLICT (school_id, student_id, entry_id, version) DO UPDATE SET {updates}"
    )


def create_statements(dialect: str) -> list[str]:
    """The statements that create the trigger on ``sqlite`` or ``postgresql``."""
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER entries_history_{event} AFTER {event} ON entries BEGIN {_insert()}; END"
            for event in ("INSERT", "UPDATE")
        ]
    function = f"BEGIN {_insert()}; RETURN NULL; END"
    return [
        f"CREATE FUNCTION entries_history() RETURNS trigger LANGUAGE plpgsql AS $$ {function} $$",
        "CREATE TRIGGER entries_history AFTER INSERT OR UPDATE ON entries "
        "FOR EACH ROW EXECUTE FUNCTION entries_history()",
    ]


def drop_statements(dialect: str) -> list[str]:
    """The statements that remove the trigger again."""
    if dialect == "sqlite":
        return [f"DROP TRIGGER entries_history_{event}" for event in ("INSERT", "UPDATE")]
    return ["DROP TRIGGER entries_history ON entries", "DROP FUNCTION entries_history()"]
