"""What a play prints at its end: how many reminders of each code came due, and what became of every one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tests.simulation.played import Play

ENDS = ("sent", "inbox_only", "one_copy", "dropped", "failed", "unknown")


def report(play: Play) -> Iterator[str]:
    """The lines of the report."""
    table: dict[str, Counter[str]] = {}
    reasons: Counter[str] = Counter()
    for row in play.account.rows.values():
        end = row.reason if row.reason in ENDS else row.state.value
        table.setdefault(row.due.code, Counter())[end] += 1
        if row.reason:
            reasons[f"{row.state.value}: {row.reason}"] += 1
    yield f"{'code':<20}" + "".join(f"{end:>12}" for end in ("due", *ENDS))
    for code in sorted(table):
        numbers = [table[code].total(), *(table[code][end] for end in ENDS)]
        yield f"{code:<20}" + "".join(f"{count:12,}" for count in numbers)
    every = sum(table.values(), Counter[str]())
    yield f"{'all':<20}" + "".join(f"{count:12,}" for count in (every.total(), *(every[end] for end in ENDS)))
    yield ""
    yield from (f"  {reason:<36} {count:10,}" for reason, count in sorted(reasons.items()))
    yield ""
    counts = play.counts
    shown = sum(len(each) for each in play.phones.shown.values())
    replaced = sum(len(each) - len(set(each)) for each in play.phones.shown.values())
    passed_by = len(play.oracle.passed_by.keys() - play.oracle.told.keys())
    answers = ", ".join(f"{count:,} {answer}" for answer, count in sorted(play.phones.answers.items()))
    yield f"phones wrote {play.writes:,} changes; {counts.ticks:,} ticks, {counts.without_tick:,} minutes without one"
    yield f"{counts.deaths:,} deaths, {counts.slow_answers:,} answers slower than a lease, {counts.crossed:,} crossings"
    yield f"providers: {answers}"
    yield f"{counts.asked_again:,} messages were asked for again"
    yield f"{shown:,} copies came to phones, {replaced:,} of them in the place of an earlier one"
    yield f"{passed_by:,} reminders were true only while no worker ticked"
    yield f"{every['unknown']:,} unknown; {len(play.account.wrong):,} wrong"
