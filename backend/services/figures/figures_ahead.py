"""Figures added up before anybody asks: what is due is fixed, and kept as it stands, piece by piece.

A reading does the same for what it finds missing, so nothing depends on this having run, on its having finished, or on
how often: whoever is first fixes a figure and the other's is let go. When to run is the worker's matter; a piece is
added up while only reading and then written at once, so that nobody waits for long.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from backend.domain.night import days_after
from backend.domain.stretches import Stretch
from backend.domain.trends import frozen_at
from backend.services.figures import frozen_figures, live_figures
from backend.services.figures.adding_up import add_up
from backend.services.figures.class_figures import Key, stretches_of
from backend.services.school.schools import local_date
from backend.storage.models import Class, RolledUpFigure, School
from backend.storage.queries import classes as places
from backend.storage.queries import kept_figures
from backend.storage.queries import trends as queries

#: A term with its holidays; what is older waits until somebody asks.
DAYS_BACK = 200
#: Some thousand sheets: a second's work.
CELLS_AT_ONCE = 120


@dataclass(frozen=True)
class Piece:
    """Some classes of a school over some stretches of which figures are due and missing."""

    classes: Sequence[Class]
    spans: Sequence[Stretch]


@dataclass(frozen=True)
class Prepared:
    """A piece added up, ready to be kept."""

    frozen: list[dict[str, Any]]
    rolled_up: list[dict[str, Any]]


def schools(session: Session) -> list[School]:
    """Every school whose figures are added up."""
    return places.every_school(session)


def next_due(school: School, *, now: dt.datetime) -> dt.datetime:
    """When a school's figures are next due after an instant: 07:00 of its zone."""
    today = local_date(now, school.zone)
    found = frozen_at(days_after(today, -1), school.zone)
    return found if found > now else frozen_at(today, school.zone)


def pieces_due(session: Session, *, school: School, now: dt.datetime) -> list[Piece]:
    """What is due and was not fixed yet, the latest first; of 200 days at most."""
    classes = places.classes_of_school(session, school.id)
    last = days_after(local_date(now, school.zone), -1)
    oldest = queries.first_night(session, school.id)
    if oldest is None or not classes:
        return []
    spans = stretches_of(session, school=school, first=max(oldest, days_after(last, -DAYS_BACK)), last=last)
    kept = kept_figures.frozen_numbers(session, school.id)
    missing = [
        span
        for span in reversed(spans)
        if frozen_at(span.until, school.zone) <= now and kept.get(span.until, 0) < len(classes)
    ]
    return list(_cut(classes, missing, kept_figures.frozen_keys(session, school.id, [span.until for span in missing])))


def _cut(classes: Sequence[Class], spans: Sequence[Stretch], there: set[Key]) -> Iterator[Piece]:
    """Few stretches of many classes, or many of few; a class that has all of them is left out."""
    wide = max(1, CELLS_AT_ONCE // len(classes))
    for start in range(0, len(spans), wide):
        some = sorted(spans[start : start + wide])
        lacking = [each for each in classes if any((each.id, span.until) not in there for span in some)]
        for at in range(0, len(lacking), CELLS_AT_ONCE):
            yield Piece(lacking[at : at + CELLS_AT_ONCE], some)


def prepare(session: Session, *, school: School, piece: Piece, now: dt.datetime) -> Prepared:
    """Add a piece up, once for both: those who see names and those who do not. Writes nothing.

    Stamps are read before the sheets, so a sheet written in between makes them too old, never too new.
    """
    standing = live_figures.standing_of(session, school.id, [each.id for each in piece.classes], piece.spans)
    added = add_up(session, school=school, classes=piece.classes, spans=piece.spans)
    return Prepared(
        [frozen_figures.frozen_row(school.id, each, now) for each in added.values()],
        [live_figures.rolled_up_row(school.id, added[key].cell, stamp) for key, stamp in standing.stamps.items()],
    )


def keep(session: Session, *, prepared: Prepared) -> None:
    """Keep what was prepared; figures fixed meanwhile stand."""
    kept_figures.freeze(session, prepared.frozen)
    kept_figures.keep(session, RolledUpFigure, prepared.rolled_up)


def renew(session: Session, *, school: School, now: dt.datetime) -> None:
    """Hold what has changed since the last time against what was given out, and note that it was done.

    Must come before the first piece is kept: what changes after the note is found the next time.
    """
    frozen_figures.renew(session, school, now)
