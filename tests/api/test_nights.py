"""The night over HTTP: logged, added up, confirmed, reviewed, as each person sees it."""

import datetime as dt
import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from backend.clock import FrozenClock
from backend.domain.load import Kind, Place, Tier
from backend.storage.models import Assignment, AssignmentState, AssignmentTier, AuditEvent, Enrolment, Post
from mobile_api.schemas.nights import NightOut, RecordedOut
from tests.api.conftest import Client
from tests.cast import START, TONIGHT, Cast

PHONE = uuid.UUID(int=1)
MATHS = uuid.UUID(int=101)
ENGLISH = uuid.UUID(int=102)


def at(hour: int, minute: int = 0, *, days: int = 0) -> str:
    """A school-local time of tonight as RFC 3339."""
    return f"{TONIGHT + dt.timedelta(days=days)}T{hour:02}:{minute:02}:00+08:00"


@pytest.fixture(autouse=True)
def published(engine: sa.Engine, cast: Cast) -> None:
    """Tonight's homework of Ada's class."""
    publish_tonight(engine, cast)


def publish_tonight(engine: sa.Engine, cast: Cast) -> None:
    """Maths (40 minutes) and English (20 to 25) for Ada's class."""
    shared = {"school_id": cast.shiyan.id, "class_id": cast.class_31.id, "kind": Kind.written, "place": Place.home}
    teacher = cast.maths_teacher.id
    with engine.begin() as connection:
        for assignment_id, subject, minutes, most in ((MATHS, "maths", 40, None), (ENGLISH, "english", 20, 25)):
            connection.execute(
                sa.insert(Assignment),
                shared
                | {
                    "id": assignment_id,
                    "subject": subject,
                    "title": f"{subject} p. 12",
                    "given_on": TONIGHT,
                    "due_on": TONIGHT + dt.timedelta(days=1),
                    "state": AssignmentState.PUBLISHED,
                    "created_by": teacher,
                    "created_at": START,
                    "published_at": START,
                },
            )
            tier = {"tier": Tier.standard, "estimated_minutes": minutes, "estimated_max_minutes": most}
            connection.execute(
                sa.insert(AssignmentTier),
                tier
                | {
                    "school_id": cast.shiyan.id,
                    "assignment_id": assignment_id,
                    "version": 1,
                    "in_force_at": START - dt.timedelta(hours=3),
                    "set_by": teacher,
                },
            )


@pytest.fixture
def path(cast: Cast) -> str:
    """The path of Ada's night."""
    return f"/students/{cast.ada.id}/nights/{TONIGHT}"


def entry(
    assignment_id: uuid.UUID | None, *times: tuple[str, str | None], revision: int = 1, **more: Any
) -> dict[str, Any]:
    """An entry's body."""
    running = any(finished is None for _, finished in times)
    return {
        "base_version": None,
        "installation_id": str(PHONE),
        "revision": revision,
        "assignment_id": None if assignment_id is None else str(assignment_id),
        "outcome": "in_progress" if running else "finished",
        "segments": [{"started_at": s, "finished_at": f, "source": "typed"} for s, f in times],
    } | more


def test_a_night_is_recorded_added_up_submitted_and_confirmed(
    client: Client, cast: Cast, path: str, clock: FrozenClock
) -> None:
    clock.move_to(dt.datetime.fromisoformat(at(21, 0)))
    ada, mother = client.as_(cast.ada), client.as_(cast.mother)
    answer = ada.put(f"{path}/entries/{uuid.UUID(int=11)}", entry(MATHS, (at(19), at(19, 40))))
    assert (answer.status_code, answer.json["result"]) == (200, "applied")
    assert RecordedOut().validate(answer.json) == {}
    answer = ada.put(f"{path}/entries/{uuid.UUID(int=12)}", entry(ENGLISH, (at(19, 30), at(20))))
    assert answer.json["sheet"]["loads"]["written_minutes"] == 60
    assert answer.json["sheet"]["loads"]["by_subject"] == {"maths": 40, "english": 30}
    assert answer.json["record"]["estimated_minutes"] == 25
    lights_out = {"base_version": None, "installation_id": str(PHONE), "revision": 1, "lights_out_at": at(20, 55)}
    answer = ada.put(f"{path}/sleep", lights_out)
    assert answer.json["sheet"]["state"] == "submitted"
    night = mother.get(path).json
    assert NightOut().validate(night) == {}
    assert (night["state"], night["cap"]["state"], night["cap"]["left_minutes"]) == ("submitted", "near", 0)
    answer = mother.put(f"{path}/confirmation", {"sheet_version": night["version"]})
    assert answer.json["sheet"]["state"] == "confirmed"
    answer = client.as_(cast.homeroom).put(
        f"{path}/review", {"sheet_version": night["version"], "teacher_reply": "早睡真好"}
    )
    assert answer.status_code == 200
    assert mother.get(path).json["review"]["teacher_reply"] == "早睡真好"


def test_an_unchanged_night_answers_304(client: Client, cast: Cast, path: str) -> None:
    ada = client.as_(cast.ada)
    first = ada.get(path)
    again = ada.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_a_class_corrected_after_the_sheet_was_begun_leaves_the_night_readable(
    client: Client, cast: Cast, path: str, engine: sa.Engine
) -> None:
    client.as_(cast.ada).put(f"{path}/entries/{uuid.UUID(int=1)}", entry(MATHS, (at(18), at(18, 20))))
    with engine.begin() as connection:  # the first list had the wrong class; the roster corrects it the same day
        enrolment = sa.update(Enrolment).where(Enrolment.student_id == cast.ada.id)
        connection.execute(enrolment.values(class_id=cast.class_32.id))
    for reader in (cast.ada, cast.homeroom_32):
        night = client.as_(reader).get(path).get_json()
        assert (night["class_id"], night["loads"]["written_minutes"]) == (str(cast.class_31.id), 20)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("核查 3", "核查 3"), ("spot check 3", "spot check 3"), (" ", None), ("long " * 101, None), ("a\x01b", None)],
)
def test_a_reason_is_kept_as_it_was_written_or_refused(
    client: Client, cast: Cast, path: str, engine: sa.Engine, sent: str, kept: str | None
) -> None:
    # A header's octets are UTF-8; WSGI hands each of them over as one Latin-1 sign.
    headers = {"X-Reason": sent.encode().decode("latin-1")}
    answer = client.as_(cast.office).get(path, headers=headers)
    with engine.connect() as connection:
        reasons = connection.scalars(sa.select(AuditEvent.reason)).all()
    assert (answer.status_code, list(reasons)) == ((200, [kept]) if kept else (answer.status_code, []))
    assert answer.status_code in ({200} if kept else {404, 422})


def test_a_teacher_who_is_refused_and_shown_what_stands_has_looked(
    client: Client, cast: Cast, path: str, engine: sa.Engine
) -> None:
    place = f"{path}/entries/{uuid.UUID(int=1)}"
    client.as_(cast.ada).put(place, entry(MATHS, (at(18), at(18, 20))))
    stale = entry(MATHS, (at(18), at(18, 25)), installation_id=str(uuid.UUID(int=2)))
    refused = client.as_(cast.homeroom).put(place, stale)
    assert (refused.status_code, refused.get_json()["current"]["actual_minutes"]) == (409, 20)
    assert client.as_(cast.mother).put(place, stale).status_code == 409
    with engine.connect() as connection:
        looks = connection.execute(sa.select(AuditEvent.action, AuditEvent.actor_id, AuditEvent.student_id)).all()
    assert looks == [("night.read", cast.homeroom.id, cast.ada.id)]


def test_a_spot_check_ends_with_the_offices_last_day_by_the_schools_own_date(
    client: Client, cast: Cast, path: str, clock: FrozenClock, engine: sa.Engine
) -> None:
    with engine.begin() as connection:
        of_office = sa.update(Post).where(Post.person_id == cast.office.id)
        connection.execute(of_office.values(to_on=TONIGHT))
    office = client.as_(cast.office)
    clock.move_to(dt.datetime.fromisoformat(at(23, 59)))
    assert office.get(path, headers={"X-Reason": "spot check"}).status_code == 200
    clock.move_to(dt.datetime.fromisoformat(at(0, 1, days=1)))  # still the day before in UTC
    assert office.get(path, headers={"X-Reason": "spot check"}).status_code == 404
