"""A teacher's own estimates against what they took, for the teacher's own eyes (rule 5).

Nobody else is shown estimates by teacher: others get them by subject, in `trend_overviews`.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy.orm import Session

from backend.domain.estimates import Judged, calibrate
from backend.domain.night import days_after
from backend.services.actor import Actor
from backend.services.figures.class_figures import Cell, Table, stretches_of
from backend.services.figures.live_figures import live_cells
from backend.services.figures.trend_access import Figures, period, period_head
from backend.services.figures.trend_parts import estimate, monday_of, work_in
from backend.services.school import schools
from backend.storage.queries import classes as places


def own_calibration(
    session: Session, *, actor: Actor, first: dt.date | None, last: dt.date | None, now: dt.datetime
) -> dict[str, Any]:
    """Each class and subject that the actor teaches today, as it stands since then, with its weeks. Raises ``Invalid``.

    What was set before the own post is another teacher's, and the class's minutes of then not the actor's to see.
    """
    place = schools.get_school(session, school_id=actor.school, now=now)
    start, end = period(first, last, place.today)
    taught = places.taught_by(session, place.id, actor.id, place.today)
    classes = {class_.id: class_ for class_, _, _ in taught}
    spans = stretches_of(session, school=place.school, first=start, last=end)
    cells = live_cells(session, school=place.school, classes=list(classes.values()), spans=spans, whole=True)
    items = [
        {"class_id": class_.id, "class_name": class_.name, "subject": subject}
        | _of([each for each in cells.values() if each.class_id == class_.id and each.stretch.since >= since], subject)
        for class_, subject, since in taught
    ]
    return period_head(Figures(start, end)) | {"items": items}


def _of(cells: Iterable[Cell], subject: str) -> dict[str, Any]:
    weeks: dict[dt.date, list[Judged]] = defaultdict(list)
    for cell in cells:
        weeks[monday_of(cell.stretch.until)] += work_in(cell, Table.subject, live=True).get(subject, [])
    every = [each for monday in sorted(weeks) for each in weeks[monday]]
    return estimate(every) | {
        "weeks": [
            {"from": monday, "to": days_after(monday, 6), "n": found.n, "ratio": found.ratio}
            for monday in sorted(weeks)
            if (found := calibrate(weeks[monday])).n
        ]
    }
