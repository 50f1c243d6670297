"""How one student's evening went: which work was done when, when the lights went out, who wrote it down.

Times here are seconds since the night's local midnight. Turning an evening into rows is `nights.py`; adding it up is
the domain's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from backend.demo.homework import SetWork
from backend.demo.people import Pupil
from backend.demo.shape import SELF_STUDY
from backend.domain.load import ClockMark, Kind, Outcome, Place, Source, Tier

MINUTE = 60
HOUR = 3600


@dataclass(frozen=True, slots=True)
class NightKind:
    """What sort of night it is for everybody of a class; `latest` is the latest lights-out, in minutes."""

    is_school_day: bool
    next_is_school_day: bool
    school_ends: int
    work_begins: int
    latest: int | None


@dataclass(slots=True)
class Work:
    """Work on one assignment, or self-study (no `work`), as it went."""

    work: SetWork | None
    spans: list[tuple[int, int | None]]
    outcome: Outcome = Outcome.finished
    place: Place = Place.home
    tier: Tier | None = None
    source: Source = Source.timer
    clock: ClockMark = ClockMark.ok
    self_study: tuple[str, str | None] | None = None
    #: The span before a guardian amended it; None when nobody did.
    before_amendment: list[tuple[int, int | None]] | None = None


@dataclass(slots=True)
class Evening:
    """A whole evening."""

    works: list[Work] = field(default_factory=list)
    lights_out: int | None = None
    wakes: int = 0
    logs_waking: bool = False
    by_guardian: bool = False
    is_stopped: bool = False
    is_left_open: bool = False

    @property
    def ends(self) -> int:
        """When the last work ended, or began if it was left open."""
        return max((end or start for w in self.works for start, end in w.spans), default=0)


def evening(pupil: Pupil, works: list[tuple[SetWork, float]], kind: NightKind, rng: Random) -> Evening:
    """How the evening of one student went who did these shares of these works."""
    out = Evening(by_guardian=not pupil.traits.has_own_phone and rng.random() < 0.45)
    _do(out, pupil, works, kind, rng)
    _self_study(out, kind, rng)
    _go_to_bed(out, pupil, kind, rng)
    _mishaps(out, rng)
    return out


def _do(out: Evening, pupil: Pupil, works: list[tuple[SetWork, float]], kind: NightKind, rng: Random) -> None:
    at = _begins(kind, rng)
    after_class = (kind.school_ends + 10) * MINUTE if _stays(pupil, kind) else None
    typed = rng.random() < 0.4
    for work, share in works:
        took = _took(pupil, work, share, rng)
        at_school = after_class is not None and (work.place is Place.school or work.habit.kind is Kind.written)
        begin = after_class if at_school and after_class is not None else at
        spans, end = _spans(begin, took, typed, rng)
        done = Work(work, spans, tier=_tier(pupil, work, rng), source=_source(typed, rng))
        done.place = Place.school if at_school else Place.home
        done.clock = ClockMark.corrected if not typed and rng.random() < 0.02 else ClockMark.ok
        out.works.append(done)
        if at_school:
            after_class = None
        else:
            at = end + rng.randint(1, 9) * MINUTE


def _stays(pupil: Pupil, kind: NightKind) -> bool:
    return kind.is_school_day and pupil.traits.stays_after_class


def _begins(kind: NightKind, rng: Random) -> int:
    if kind.is_school_day:
        return round(rng.gauss(kind.work_begins, 26) + (95 if rng.random() < 0.06 else 0)) * MINUTE + rng.randrange(60)
    return rng.randint(9 * 60, 19 * 60) * MINUTE + rng.randrange(60)


def _took(pupil: Pupil, work: SetWork, share: float, rng: Random) -> int:
    """Seconds that the work takes this student."""
    estimate = (work.tiers.get(pupil.traits.tier) or work.tiers[Tier.standard]).estimated_minutes
    minutes = estimate * share * work.habit.takes * pupil.traits.pace * rng.lognormvariate(0, 0.16)
    return max(120, round(minutes * MINUTE))


def _spans(begin: int, took: int, typed: bool, rng: Random) -> tuple[list[tuple[int, int | None]], int]:
    """One span, or two with a pause; typed ones on whole minutes. And when it ended."""
    if typed:
        begin, took = begin - begin % MINUTE, max(MINUTE, took - took % MINUTE)
    elif took > 900 and rng.random() < 0.1:
        first, pause = round(took * rng.uniform(0.3, 0.7)), rng.randint(180, 900)
        end = begin + took + pause
        return [(begin, begin + first), (begin + first + pause, end)], end
    return [(begin, begin + took)], begin + took


def _source(typed: bool, rng: Random) -> Source:
    if not typed:
        return Source.timer
    return Source.estimated if rng.random() < 0.08 else Source.typed


def _tier(pupil: Pupil, work: SetWork, rng: Random) -> Tier:
    if len(work.tiers) == 1:
        return Tier.standard
    return pupil.traits.tier if rng.random() < 0.85 else Tier.standard


def _self_study(out: Evening, kind: NightKind, rng: Random) -> None:
    if rng.random() < 0.14:
        begin = max(out.ends + 600, (kind.work_begins + 20) * MINUTE)
        begin -= begin % MINUTE
        span = (begin, begin + rng.choice((15, 20, 30, 40)) * MINUTE)
        out.works.append(Work(None, [span], source=Source.typed, self_study=rng.choice(SELF_STUDY)))


def _go_to_bed(out: Evening, pupil: Pupil, kind: NightKind, rng: Random) -> None:
    late = 0 if kind.next_is_school_day else 22
    wanted = round(rng.gauss(pupil.traits.bedtime + late, 20)) * MINUTE
    _stop_for_sleep(out, kind, rng)
    out.lights_out = max(wanted, out.ends + rng.randint(5, 14) * MINUTE if not out.is_stopped else out.ends)
    out.lights_out -= out.lights_out % MINUTE
    sleeps_in = 0 if kind.next_is_school_day else rng.gauss(85, 25)
    out.wakes = 24 * HOUR + round(rng.gauss(pupil.traits.wakes + sleeps_in, 8)) * MINUTE
    out.logs_waking = rng.random() < pupil.traits.logs_waking


def _stop_for_sleep(out: Evening, kind: NightKind, rng: Random) -> None:
    """Some guardians stop the homework at the latest bedtime: what runs is cut, nothing more is begun."""
    stop = None if kind.latest is None else kind.latest * MINUTE
    if stop is None or out.ends <= stop or rng.random() < 0.35:
        return
    kept = [work for work in out.works if work.spans[0][0] < stop - 180]
    for work in kept:
        if (work.spans[-1][1] or 0) > stop and work.work is not None:
            work.outcome = Outcome.stopped_for_sleep
        work.spans = [(a, min(b or stop, stop)) for a, b in work.spans if a < stop]
    out.is_stopped = any(work.outcome is Outcome.stopped_for_sleep for work in kept)
    out.works, out.by_guardian = kept, out.by_guardian or out.is_stopped


def _mishaps(out: Evening, rng: Random) -> None:
    """What goes wrong on ordinary evenings: forgotten timers, forgotten bedtimes, work given up, times put right."""
    luck = rng.random()
    if luck < 0.018 and out.works and out.works[-1].source is Source.timer:
        out.works[-1].spans[-1] = (out.works[-1].spans[-1][0], None)
        out.works[-1].outcome = Outcome.in_progress
        out.lights_out, out.is_left_open = None, True
    elif luck < 0.045:
        out.lights_out, out.is_left_open = None, True
    elif luck < 0.09:
        out.lights_out = None
    elif luck < 0.13 and out.works and not out.is_stopped:
        _amend(rng.choice(out.works), rng)
    elif luck < 0.16 and out.works and out.works[-1].work is not None and not out.is_stopped:
        out.works[-1].outcome = Outcome.unfinished


def _amend(work: Work, rng: Random) -> None:
    """A guardian puts the end of a work right by some minutes."""
    begin, end = work.spans[-1]
    if end is None:
        return
    work.before_amendment = list(work.spans)
    begin, end = begin - begin % MINUTE, end - end % MINUTE
    work.spans[-1] = (begin, max(begin + MINUTE, end + rng.choice((-5, -3, 2, 5, 8)) * MINUTE))
    work.source = Source.amended
