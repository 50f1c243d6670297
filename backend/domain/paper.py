"""Paper typed in: where the minutes of a sheet lie when it says only how long the work took (rule 2, load).

Paper rarely says when a subject was begun. Its minutes are laid end to end, in the sheet's order, so that the union of
the segments is their sum; they end when the lights went out, else at half past eight, and never in time to come.
"""

import datetime as dt
from collections.abc import Sequence

from backend.domain.night import Zone, local_instant

#: When homework is taken to have ended where the sheet does not say: early enough for every stage's bedtime.
USUAL_END = dt.time(20, 30)

Span = tuple[dt.datetime, dt.datetime]


def last_minute(night: dt.date, zone: Zone, *, lights_out_at: dt.datetime | None, now: dt.datetime) -> dt.datetime:
    """The instant, in whole minutes, at which minutes without a time are taken to have ended."""
    end = min(now, local_instant(night, USUAL_END, zone), *([lights_out_at] if lights_out_at else []))
    return end.replace(second=0, microsecond=0)


def lay_out(minutes: Sequence[int], taken: Sequence[Span], *, end: dt.datetime) -> list[Span]:
    """Spans of these minutes in their order, the last ending at ``end``; none overlaps another or what is taken."""
    spans: list[Span] = []
    for each in reversed(minutes):
        span = _latest_free(dt.timedelta(minutes=each), [*taken, *spans], end)
        spans.append(span)
        end = span[0]
    return spans[::-1]


def _latest_free(length: dt.timedelta, taken: Sequence[Span], end: dt.datetime) -> Span:
    """The latest span of this length that ends by ``end`` and overlaps nothing taken."""
    while True:
        begin = end - length
        in_the_way = [start for start, finish in taken if start < end and finish > begin]
        if not in_the_way:
            return begin, end
        end = min(in_the_way)
