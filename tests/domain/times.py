"""Wall-clock times of one Shanghai evening, written as a person says them: `at("19:30")`, `at("+06:50")` next day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from backend.domain.load import Kind, LoadEntry, Outcome, Place, Segment

SHANGHAI = ZoneInfo("Asia/Shanghai")
NIGHT = date(2026, 11, 5)


def at(clock: str, night: date = NIGHT) -> datetime:
    """The UTC instant of HH:MM or HH:MM:SS on the night's date, or with a + on the next."""
    day = night + timedelta(days=1) if clock.startswith("+") else night
    wall = datetime.fromisoformat(f"{day.isoformat()}T{clock.lstrip('+')}")
    return wall.replace(tzinfo=SHANGHAI).astimezone(UTC)


def naive(clock: str) -> datetime:
    """The same digits without an offset, as careless software sends them."""
    return at(clock).astimezone(SHANGHAI).replace(tzinfo=None)


def segment(span: str, **more: object) -> Segment:
    """`19:00-19:40`, or `19:00-` while it runs."""
    start, end = span.split("-")
    return Segment(at(start), at(end) if end else None, **more)  # type: ignore[arg-type]


def entry(
    *spans: str,
    subject: str | None = "maths",
    kind: Kind | None = Kind.written,
    place: Place = Place.home,
    is_self_study: bool = False,
    outcome: Outcome = Outcome.finished,
) -> LoadEntry:
    """An entry with such segments."""
    return LoadEntry(subject, kind, place, is_self_study, outcome, tuple(segment(span) for span in spans))
