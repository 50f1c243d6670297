"""The version of a record on a night: whether a change is taken (rule 10), and what the record then carries."""

from backend.domain.errors import FieldProblem, Invalid
from backend.domain.sheet import ChangeResult, decide_change, next_version
from backend.services.nights.changes import Versioning
from backend.services.nights.night_state import NightState, version_of
from backend.storage.queries.json_rows import Row


def versioned(state: NightState, row: Row | None, change: Versioning) -> tuple[ChangeResult, Row]:
    """Whether a versioned change is taken, and the versioning columns of the record if it is."""
    stored = version_of(row)
    installation = str(change.installation_id)
    result = decide_change(
        stored, base_version=change.base_version, installation_id=installation, revision=change.revision
    )
    if result is ChangeResult.invalid:
        raise Invalid("numbers that cannot be", fields=[FieldProblem("revision", "out_of_range")])
    after = next_version(stored, installation_id=installation, revision=change.revision)
    columns = {
        "version": after.version,
        "installation_id": change.installation_id,
        "revision": change.revision,
        "revisions": {key: value for key, value in after.seen.items() if key},
        "changed_by": state.actor.id,
        "changed_at": state.now,
        "change_counter": state.counter,
    }
    return result, columns


def of_no_phone(row: Row | None) -> Row:
    """Versioning of a write by no phone's record: to every phone it is another's, and what it knew is stale."""
    seen = dict(row["revisions"] or {}) if row else {}
    if row and row["installation_id"]:
        seen[str(row["installation_id"])] = row["revision"]
    return {"installation_id": None, "revision": 0, "revisions": seen}
