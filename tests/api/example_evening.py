"""One evening in which every operation of the API is asked once, with the request of ``mobile_api/examples``.

The tests play it to prove the examples; ``python -m tests.api.example_evening`` plays it and writes the answers into
the files. Ids and secrets that the server makes anew each time are swapped for those of the files and back.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import sys
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from backend.clock import FrozenClock
from backend.domain.load import Kind, Place, Tier
from backend.settings import Settings
from backend.storage import models
from backend.storage.engine import build_engine
from mobile_api import examples, transaction
from mobile_api.app import create_app
from tests.api.conftest import SECRET_KEY, Client
from tests.api.planning import add_sheet, add_students
from tests.api.test_nights import at
from tests.cast import START, TONIGHT, Cast, Holder, the_cast
from tests.databases import SqliteDatabases

PHONE = "0193f2a0-5b7e-7c31-9a55-3f1d2c4b6a70"
ENTRY = "0193f2b4-1c02-7d10-8f3e-52a96c0de811"
SECOND_ENTRY = "0193f2b9-77aa-7f05-b1c4-90d2e3a41c26"
TABLET_ENTRY = "0193f1f0-2e64-7b8b-a0d7-1b6c5f4e3d92"
MESSAGE = "0193f2c1-0a3d-7e96-8d15-6f7b2c9a4e08"
ASSIGNMENT = "0193f26c-9e51-7a47-93b8-0c4d1e2f3a5b"
WEEKEND_WORK = "0193f271-3a02-7e4b-9c1d-5a8b7c6d4e21"
HANDOFF = "0193f2d4-6b80-7a15-b3c2-94e1d05f7a68"
WARNING = "0b8c6f0e-2a51-5c5e-8f6d-7d1c0a9b4e21"
WEEK_PLAN = "0193f270-4f18-7c6d-8e2a-b7d9c0a1f364"
TABLET = "0193f1ef-7c20-7d43-a8e6-2b9f0c5d7a14"
CODE, CHILDS_CODE, TABLET_CODE = "K7QM-3XRA", "H4TW-9PCD", "R6VN-8EJK"
TOKEN = "q3Zr0mJx5n8yW1kTfLb7Vg2sDhUe4aRc6PzNoYiXw9M"
TABLET_TOKEN = "T8uLb2cXq7RzVn4hKe1wYs6JdPg9mAf3oCi5ZrNtQyU"
NAMES = [
    "夏知远",
    "江一诺",
    "苏沐阳",
    "顾清和",
    "沈安然",
    "陆景行",
    "叶初晴",
    "秦子墨",
    "许嘉言",
    "谢雨桐",
    "钟书恒",
    "程若溪",
]
RANGE = {"from": "2026-11-09", "to": "2026-11-17"}

Document = dict[str, Any]
STEPS: tuple[tuple[str, str | None, Document], ...] = (
    ("GET /schools/{school_id}/policies", "office", {}),
    ("POST /schools/{school_id}/policies", "office", {}),
    ("POST /districts/{district_id}/policies", "officer", {}),
    ("GET /districts/{district_id}/policies", "officer", {}),
    ("POST /classes/{class_id}/assignments", "maths_teacher", {"learn": {"id": ASSIGNMENT}}),
    ("GET /assignments/{assignment_id}", "maths_teacher", {}),
    ("PATCH /assignments/{assignment_id}", "maths_teacher", {"if_match": True}),
    ("GET /assignments/{assignment_id}/versions", "maths_teacher", {}),
    ("PUT /assignments/{assignment_id}/publication", "maths_teacher", {}),
    ("PUT /classes/{class_id}/subjects/{subject}/nights/{night}/none", "homeroom", {"subject": "chinese"}),
    ("GET /me/classes", "maths_teacher", {}),
    ("GET /classes/{class_id}/plan", "homeroom", {"query": {"from": "2026-11-17", "to": "2026-11-18"}}),
    ("GET /classes/{class_id}/subjects/{subject}/offer", "maths_teacher", {}),
    ("GET /schools/{school_id}/weekends", "grade_head", {}),
    ("PUT /classes/{class_id}/weekends/{night}/decision", "grade_head", {}),
    ("GET /classes/{class_id}/weekends/{night}", "english_teacher", {}),
    ("PUT /classes/{class_id}/recorders/{student_id}", "homeroom", {}),
    ("DELETE /classes/{class_id}/recorders/{student_id}", "homeroom", {}),
    ("GET /classes/{class_id}/recorders", "homeroom", {}),
    ("PUT /classes/{class_id}/nights/{night}/set", "finn", {}),
    ("POST /guardians/{guardian_id}/claims", "homeroom", {"learn": {"code": CODE}}),
    ("POST /auth/claims", None, {"learn": {"token": TOKEN}}),
    ("POST /students/{student_id}/claims", "mother", {"learn": {"code": CHILDS_CODE}}),
    ("POST /auth/sessions", None, {"learn": {"token": TOKEN}}),
    ("GET /me", "mother", {}),
    ("GET /me/sessions", "mother", {}),
    ("DELETE /me/sessions/{session_id}", "grandfather", {}),
    ("GET /students/{student_id}/consent", "mother", {}),
    ("PUT /students/{student_id}/consent", "dora_mother", {"student": "dora"}),
    ("GET /push-key", "mother", {}),
    ("PUT /me/devices/{installation_id}", "mother", {}),
    ("DELETE /me/devices/{installation_id}", "mother", {}),
    ("GET /me/reminders", "mother", {}),
    ("PUT /me/reminders", "mother", {}),
    ("GET /students/{student_id}/reminders", "mother", {}),
    ("PUT /students/{student_id}/reminders", "mother", {}),
    ("POST /me/reminders/test", "mother", {}),
    ("GET /me/reminders/test", "mother", {}),
    ("GET /me/inbox", "mother", {}),
    ("PUT /me/inbox/{message_id}/snooze", "mother", {}),
    ("DELETE /me/inbox/{message_id}/snooze", "mother", {}),
    ("PUT /me/inbox/{message_id}/read", "mother", {}),
    ("GET /classes/{class_id}/reachability", "homeroom", {}),
    ("GET /schools/{school_id}/reachability", "office", {}),
    ("GET /schools/{school_id}/deliveries", "office", {}),
    ("PUT /students/{student_id}/picture-code", "homeroom", {}),
    ("GET /classes/{class_id}/picture-codes", "homeroom", {}),
    ("POST /classes/{class_id}/picture-codes", "homeroom", {}),
    ("POST /classes/{class_id}/tablets", "homeroom", {"learn": {"id": TABLET, "code": TABLET_CODE}}),
    ("POST /auth/tablets", None, {"learn": {"token": TABLET_TOKEN}}),
    ("GET /classes/{class_id}/tablets", "homeroom", {}),
    ("GET /tablet/pupils", "tablet", {}),
    ("GET /tablet/assignments", "tablet", {}),
    ("PUT /tablet/pupils/{student_id}/entries/{entry_id}", "tablet", {"entry": TABLET_ENTRY}),
    ("DELETE /classes/{class_id}/tablets/{tablet_id}", "homeroom", {}),
    ("PUT /students/{student_id}/nights/{night}/entries/{entry_id}", "ada", {"at": at(19, 30)}),
    ("POST /sync", "mother", {"at": at(20, 5)}),
    ("DELETE /students/{student_id}/nights/{night}/entries/{entry_id}", "ada", {"entry": SECOND_ENTRY}),
    ("PUT /students/{student_id}/nights/{night}/sleep", "ada", {"at": at(21, 20)}),
    ("PUT /students/{student_id}/nights/{night}/note", "mother", {}),
    ("PUT /students/{student_id}/nights/{night}/stop", "mother", {"student": "emil"}),
    ("PUT /students/{student_id}/nights/{night}/submission", "finn", {"student": "finn"}),
    ("PUT /students/{student_id}/nights/{night}/confirmation", "mother", {}),
    ("PUT /students/{student_id}/nights/{night}/review", "homeroom", {}),
    ("GET /students/{student_id}/nights/{night}", "mother", {}),
    ("GET /students/{student_id}/nights", "mother", {"query": {"from": "2026-11-16", "to": "2026-11-17"}}),
    ("GET /classes/{class_id}/nights/{night}", "homeroom", {}),
    ("GET /classes/{class_id}/nights/{night}/set", "homeroom", {}),
    ("GET /classes/{class_id}/nights/{night}/three-figures", "homeroom", {}),
    ("PUT /classes/{class_id}/nights/{night}/reviews", "homeroom", {}),
    ("GET /classes/{class_id}/nights/{night}/paper", "homeroom", {}),
    ("PUT /classes/{class_id}/nights/{night}/paper", "homeroom", {}),
    ("POST /classes/{class_id}/nights/{night}/handoffs", "homeroom", {"learn_item": {"id": HANDOFF}}),
    ("GET /me/handoffs", "maths_teacher", {}),
    ("PUT /me/handoffs/{handoff_id}/read", "maths_teacher", {}),
    ("GET /classes/{class_id}/meeting", "homeroom", {}),
    ("GET /classes/{class_id}/trends", "homeroom", {"query": RANGE}),
    ("GET /schools/{school_id}/trends", "office", {"query": RANGE}),
    ("GET /districts/{district_id}/trends", "officer", {"query": RANGE}),
    ("GET /classes/{class_id}/trends/overview", "homeroom", {"query": RANGE}),
    ("GET /schools/{school_id}/trends/overview", "office", {"query": RANGE}),
    ("GET /districts/{district_id}/trends/overview", "officer", {"query": RANGE}),
    ("GET /classes/{class_id}/trends/estimates", "homeroom", {"query": RANGE}),
    ("GET /schools/{school_id}/trends/estimates", "office", {"query": RANGE}),
    ("GET /districts/{district_id}/trends/estimates", "officer", {"query": RANGE}),
    ("GET /me/calibration", "maths_teacher", {"query": RANGE}),
    ("GET /classes/{class_id}/warnings", "homeroom", {"learn_item": {"id": WARNING}}),
    ("PUT /classes/{class_id}/warnings/{warning_id}/closing", "homeroom", {}),
    ("GET /schools/{school_id}/warnings", "office", {}),
    ("GET /schools/{school_id}/reports/monthly", "office", {"query": {"month": "2026-11-01"}}),
    ("GET /schools/{school_id}/reports/upward", "office", {"query": RANGE}),
    ("GET /districts/{district_id}/reports/upward", "officer", {"query": RANGE}),
    ("POST /schools/{school_id}/week-plans", "prep_maths", {"learn": {"id": WEEK_PLAN}}),
    ("DELETE /schools/{school_id}/week-plans/{plan_id}/filing", "prep_maths", {}),
    ("POST /schools/{school_id}/week-plans", "prep_maths", {}),
    ("GET /schools/{school_id}/week-plans", "office", {}),
    ("GET /schools/{school_id}/week-plans/overview", "office", {"query": {"week_starts_on": "2026-11-23"}}),
    ("GET /schools/{school_id}/week-plans/{plan_id}", "grade_head", {}),
    ("PUT /schools/{school_id}/week-plans/{plan_id}/decision", "office", {}),
    ("POST /schools/{school_id}/exports", "office", {}),
    ("POST /classes/{class_id}/exports", "homeroom", {}),
    ("POST /districts/{district_id}/exports", "officer", {}),
    ("POST /schools/{school_id}/roster-imports", "office", {"query": {"dry_run": "true"}, "upload": "roster.csv"}),
    ("GET /schools/{school_id}/audit", "office", {}),
    ("GET /schools/{school_id}/settings", "office", {}),
    ("PATCH /schools/{school_id}/settings", "office", {}),
    ("GET /notice-board/{school_slug}", None, {}),
    ("GET /students/{student_id}/reads", "mother", {}),
    ("GET /students/{student_id}/export", "mother", {}),
    ("POST /students/{student_id}/erasure", "ben_mother", {"student": "ben"}),
    ("PUT /me/password", "english_teacher", {}),
    ("DELETE /auth/sessions/current", "english_teacher", {}),
)
ROSTER = "班级,学号,姓名,家长姓名,联系电话\n三(1)班,20260340,温如玉,温建明,13800009999\n".encode()


class Evening:
    """The evening as it goes on: who is signed in, what the server has made, what it answered."""

    def __init__(self, app: Flask, cast: Cast, clock: FrozenClock) -> None:
        self._client, self._cast, self._clock = Client(app), cast, clock
        self._swaps: dict[str, str] = {}
        self._etag = ""

    def play(self, requests: dict[str, Document]) -> Iterator[tuple[str, TestResponse, Any]]:
        """Each operation, its answer, and the body of that as it stands in the files."""
        for operation, who, how in STEPS:
            answer = self._ask(operation, who, how, requests.get(operation, {}).get("request"))
            self._etag = answer.headers.get("ETag", self._etag)
            body = _body_of(answer)
            for name, example in how.get("learn", {}).items():
                if isinstance(body, dict) and name in body:
                    self._swaps[example] = body[name]
            for name, example in how.get("learn_item", {}).items():
                self._swaps[example] = body["items"][0][name]
            yield operation, answer, self._as_in_files(body)

    def _ask(self, operation: str, who: str | None, how: Document, body: Any) -> TestResponse:
        if "at" in how:
            self._clock.move_to(dt.datetime.fromisoformat(how["at"]))
        verb, path = operation.split(" ")
        client = self._client.as_(self._holder(who))
        headers = {"If-Match": self._etag} if how.get("if_match") else {}
        sent: Document = {} if body is None else {"json": json.loads(self._swapped(json.dumps(body)))}
        if "upload" in how:
            sent = {"data": {"file": (io.BytesIO(ROSTER), how["upload"])}}
        ask = getattr(client, verb.lower())
        asked: TestResponse = ask(self._path(path, who, how), headers=headers, **sent, **_query(verb, how))
        return asked

    def _holder(self, who: str | None) -> Holder | str | None:
        if who == "tablet":
            return self._swaps[TABLET_TOKEN]
        return None if who is None else getattr(self._cast, who)

    def _path(self, path: str, who: str | None, how: Document) -> str:
        values = {
            "student_id": getattr(self._cast, how.get("student", "ada")).id,
            "guardian_id": self._cast.mother.id,
            "class_id": self._cast.class_31.id,
            "school_id": self._cast.shiyan.id,
            "district_id": self._cast.district.id,
            "school_slug": self._cast.shiyan.slug,
            "night": TONIGHT,
            "subject": how.get("subject", "maths"),
            "entry_id": how.get("entry", ENTRY),
            "session_id": self._cast.grandfather.session_id if who == "grandfather" else "",
            "installation_id": PHONE,
            "message_id": MESSAGE,
            "assignment_id": ASSIGNMENT,
            "plan_id": WEEK_PLAN,
            "handoff_id": HANDOFF,
            "warning_id": WARNING,
            "tablet_id": TABLET,
        }
        return self._swapped(path.format(**values))

    def _swapped(self, text: str) -> str:
        for example, made in self._swaps.items():
            text = text.replace(example, made)
        return text

    def _as_in_files(self, body: Any) -> Any:
        text = json.dumps(body, ensure_ascii=False)
        for example, made in self._swaps.items():
            text = text.replace(made, example)
        return json.loads(text)


def _query(verb: str, how: Document) -> Document:
    query = how.get("query", {})
    return query if verb == "GET" else {"query_string": query}


def _body_of(answer: TestResponse) -> Any:
    if not answer.data:
        return None
    return answer.get_json() if answer.is_json else "(the bytes of the file)"


def furnish(engine: sa.Engine, cast: Cast) -> None:
    """Classmates with a week of sheets, so that trends have something to say, and a message in the mother's inbox."""
    ids = add_students(engine, cast.class_31, cast.shiyan.id, len(NAMES))
    with engine.begin() as connection:
        for number, (student_id, name) in enumerate(zip(ids, NAMES, strict=True), start=10):
            person = sa.update(models.Person).where(models.Person.id == student_id)
            connection.execute(person.values(name=name, name_key=name))
            student = sa.update(models.Student).where(models.Student.id == student_id)
            connection.execute(student.values(school_number=f"202603{number}"))
        connection.execute(sa.insert(models.OutboxRow), _message(cast))
        _set_weekend_work(connection, cast)
    for number, student_id in enumerate(ids):
        for back in (8, 7, 6, 5, 4, 1):
            night = TONIGHT - dt.timedelta(days=back)
            add_sheet(engine, cast.shiyan.id, cast.class_31.id, student_id, night, 40 + 3 * number + back)


def _set_weekend_work(connection: sa.Connection, cast: Cast) -> None:
    """English over the coming weekend, so that its grade head has something to decide."""
    key = {"school_id": cast.shiyan.id, "set_by": cast.english_teacher.id}
    work = {"id": uuid.UUID(WEEKEND_WORK), "class_id": cast.class_31.id, "subject": "english", "title": "朗读 Unit 5"}
    dates = {"given_on": TONIGHT + dt.timedelta(days=3), "due_on": TONIGHT + dt.timedelta(days=6)}
    made = {"created_by": cast.english_teacher.id, "created_at": START, "published_at": START}
    state = {"state": models.AssignmentState.PUBLISHED, "kind": Kind.written, "place": Place.home}
    school = {"school_id": cast.shiyan.id}
    connection.execute(sa.insert(models.Assignment), school | work | dates | made | state)
    tier = {"assignment_id": work["id"], "version": 1, "tier": Tier.standard, "estimated_minutes": 45}
    connection.execute(sa.insert(models.AssignmentTier), key | tier | {"in_force_at": START})


def _message(cast: Cast) -> Document:
    ids = {"school_id": cast.shiyan.id, "id": uuid.UUID(MESSAGE), "recipient_id": cast.mother.id}
    about = {"code": "confirm_sheet", "subject_id": cast.ada.id, "night": TONIGHT - dt.timedelta(days=1)}
    hour = dt.timedelta(hours=1)
    times = {"created_at": START - 22 * hour, "due_at": START - 22 * hour, "expires_at": START + hour}
    return ids | about | times | {"occasion": 1, "params": {"minutes": 61}, "state": models.OutboxState.SENT}


def evening_on(url: str) -> tuple[Evening, Flask]:
    """The evening before it begins, on a fresh database that holds the cast."""
    cast, clock, engine = the_cast(), FrozenClock(START), build_engine(url, pool_size=2)
    furnish(engine, cast)
    engine.dispose()
    app = create_app(Settings.from_env({"DATABASE_URL": url, "NIGHTSHEET_SECRET_KEY": SECRET_KEY}), clock=clock)
    app.testing = True
    return Evening(app, cast, clock), app


def shortened(body: Any) -> Any:
    """An answer as short as an example should be: two items a list, no long texts."""
    if isinstance(body, dict):
        return {name: shortened(value) for name, value in body.items()}
    if isinstance(body, list):
        return [shortened(each) for each in body[:2]]
    return f"{body[:100]}…" if isinstance(body, str) and len(body) > 120 else body


def write(folder: Path, answers: dict[str, Any]) -> None:
    """Put the answers into the files, each operation in the order in which it stands there."""
    for path in sorted(folder.glob("*.json")):
        noun = json.loads(path.read_text(encoding="utf-8"))
        for operation, example in noun.items():
            example.pop("response", None)
            if answers.get(operation) is not None:
                example["response"] = shortened(answers[operation])
        path.write_text(json.dumps(noun, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def main() -> int:
    """Play the evening and write the files; 1 when a request was refused."""
    answers: dict[str, Any] = {}
    refused = 0
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        evening, app = evening_on(SqliteDatabases(Path(folder)).fresh(with_cast=True))
        for operation, answer, body in evening.play(examples.examples()):
            answers[operation] = body
            if answer.status_code >= 300:
                sys.stderr.write(f"{operation}: {answer.status_code} {answer.get_data(as_text=True)}\n")
                refused = 1
        with app.app_context():
            transaction.db.engine.dispose()
    if not refused:
        write(Path(examples.__file__).parent, answers)
    return refused


if __name__ == "__main__":
    sys.exit(main())
