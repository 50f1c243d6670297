"""What an office was shown of a night's messages stays as it was, whoever is erased later (rule 11, privacy).

A figure that falls by one on the day on which a child is erased speaks of that child. Therefore a night's figures are
kept when it is over: by the worker within the hour, and before any messages are erased. Kept is what is shown and
nothing else; exact counts beside the messages that are left would give the erased child's back by subtraction.
"""

import datetime as dt

from sqlalchemy.orm import Session

from backend.domain.night import days_after
from backend.services.reminders.delivery_figures import OF_STAFF, Shown, live_figures, over_at
from backend.services.school.schools import local_date
from backend.storage.models import School
from backend.storage.queries import delivery_figures as queries

NIGHTS_AT_ONCE = 31


def keep_all(session: Session, *, school: School, now: dt.datetime) -> None:
    """Keep every night that is over, in this transaction: for whoever is about to erase messages."""
    while keep_some(session, school=school, now=now):
        pass


def keep_some(session: Session, *, school: School, now: dt.datetime) -> int:
    """Keep the oldest nights that are over and not kept yet, a month at most; returns how many."""
    first, last = queries.first_not_kept(session, school.id), last_over(school, now)
    if first is None or first > last:
        return 0
    nights = [days_after(first, n) for n in range(min(NIGHTS_AT_ONCE, (last - first).days + 1))]
    codes, channels = live_figures(session, school, nights, now, settled=True)
    rows: dict[dt.date, dict[str, Shown]] = {night: {"codes": [], "channels": []} for night in nights}
    for code in codes:
        if code["code"] not in OF_STAFF:
            rows[code.pop("night")]["codes"].append(code)
    for channel in channels:
        rows[channel.pop("night")]["channels"].append(channel)
    kept = [{"school_id": school.id, "night": night, "kept_at": now, **row} for night, row in rows.items()]
    queries.keep_nights(session, kept)
    return len(kept)


def last_over(school: School, now: dt.datetime) -> dt.date:
    """The last night of which nothing can come due or go out any more."""
    last = days_after(local_date(now, school.zone), -1)
    return last if over_at(last, school) <= now else days_after(last, -1)
