"""How lights-out, waking and nap alter a night in memory. Which changes may come is the matter of `night_changes`."""

import datetime as dt

from backend.domain.errors import FieldProblem, Invalid
from backend.domain.load import Source
from backend.domain.night import check_lights_out, check_waking
from backend.domain.sheet import OFFSET_TOLERANCE, Fact
from backend.services.nights.changes import PutSleep, Stop
from backend.services.nights.entry_changes import is_late
from backend.services.nights.night_state import NightState, rfc3339
from backend.services.nights.record_versions import of_no_phone
from backend.storage.base import new_id
from backend.storage.queries.json_rows import Row

LONGEST_NAP_MINUTES = 300


def sleep_times(state: NightState, change: PutSleep) -> Row:
    """The times of a change, by the server's clock. Raises ``Invalid`` naming each that cannot be."""
    shift = state.offset if change.source is Source.timer and abs(state.offset) > OFFSET_TOLERANCE else dt.timedelta()
    lights_out_at = None if change.lights_out_at is None else change.lights_out_at + shift
    woke_at = None if change.woke_at is None else change.woke_at + shift
    problems: list[FieldProblem] = []
    if lights_out_at is not None:
        problems += check_lights_out(state.night, state.zone, lights_out_at, now=state.now)
    if woke_at is not None:
        problems += check_waking(state.night, state.zone, woke_at, lights_out_at, now=state.now)
    if change.nap_minutes is not None and not 0 <= change.nap_minutes <= LONGEST_NAP_MINUTES:
        problems.append(FieldProblem("nap_minutes", "out_of_range"))
    if problems:
        raise Invalid("these times cannot be", fields=problems)
    return {"lights_out_at": lights_out_at, "woke_at": woke_at, "nap_minutes": change.nap_minutes}


def note_sleep_facts(state: NightState, times: Row) -> None:
    """Note which facts about sleep these times change (rule 9)."""
    before = state.sleep or {"lights_out_at": None, "woke_at": None, "nap_minutes": None}
    if times["lights_out_at"] != before["lights_out_at"]:
        first = before["lights_out_at"] is None
        state.facts.append((Fact.first_lights_out if first else Fact.lights_out_changed, None))
    if times["woke_at"] != before["woke_at"]:
        state.facts.append((Fact.waking, None))
    if times["nap_minutes"] != before["nap_minutes"]:
        state.facts.append((Fact.nap, None))


def set_sleep(state: NightState, columns: Row, source: Source) -> None:
    """Let the night have this sleep, and keep what its author stated."""
    figures = dict(state.sleep["figures"]) if state.sleep else {}
    figures[str(state.actor.id)] = {
        "kind": state.actor.kind.value,
        "at": rfc3339(state.now),
        "lights_out_at": None if columns["lights_out_at"] is None else rfc3339(columns["lights_out_at"]),
        "woke_at": None if columns["woke_at"] is None else rfc3339(columns["woke_at"]),
        "nap_minutes": columns["nap_minutes"],
    }
    state.sleep = state.key | columns | {"source": source.value, "figures": figures, "is_late": is_late(state)}
    state.touched_sleep = True
    state.audit.append(("sleep.recorded", {"version": columns["version"]}))


def stop_lights_out(state: NightState, change: Stop) -> None:
    """Log the bedtime that came with a stop, where none stands yet."""
    if change.lights_out_at is None or state.lights_out_at is not None:
        return
    sleep = state.sleep
    put = PutSleep(
        base_version=None,
        installation_id=new_id(),
        revision=1,
        lights_out_at=change.lights_out_at,
        woke_at=sleep["woke_at"] if sleep else None,
        nap_minutes=sleep["nap_minutes"] if sleep else None,
    )
    times = sleep_times(state, put)
    note_sleep_facts(state, times)
    kept = of_no_phone(sleep)
    version = {"version": sleep["version"] + 1 if sleep else 1, "change_counter": state.counter}
    set_sleep(state, kept | version | times | {"changed_by": state.actor.id, "changed_at": state.now}, Source.typed)
