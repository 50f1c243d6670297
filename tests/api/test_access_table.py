"""The table of who may do what: route × person, every cell tried by hand-written expectation.

The object is always Ada, her class 三(1)班, her school, her district. A person not named in a row gets 404, exactly as
for an unknown id; nobody signed in gets 401; a teacher with a first password gets 403 until it is changed.
"""

import datetime as dt
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, Response, current_app
from werkzeug.test import TestResponse

from backend.clock import FrozenClock
from backend.services.actor import token_hash
from backend.settings import Settings
from backend.storage.engine import build_engine
from backend.storage.models import AuthSession, Tablet
from mobile_api import transaction
from mobile_api.app import create_app
from tests.api.conftest import SECRET_KEY, Client
from tests.api.test_nights import MATHS, at, entry, publish_tonight
from tests.cast import TONIGHT, Cast, Holder, the_cast
from tests.databases import Databases

ENTRY = uuid.UUID(int=11)
TABLET = uuid.UUID(int=9)
PHONE = str(uuid.UUID(int=1))
UNKNOWN = uuid.UUID("00000000-0000-4000-8000-000000000404")
FAMILY = "ada mother father"
TEACHERS = "homeroom maths_teacher english_teacher"
PEOPLE = [
    "ada",
    "mother",
    "father",
    "grandfather",
    "emil",
    "finn",
    "finn_mother",
    "dora",
    "dora_mother",
    "ben",
    "ben_mother",
    "cleo",
    "cleo_mother",
    "homeroom",
    "maths_teacher",
    "english_teacher",
    "homeroom_32",
    "homeroom_11",
    "homeroom_71",
    "prep_maths",
    "grade_head",
    "office",
    "zed",
    "zed_mother",
    "other_homeroom",
    "other_office",
    "officer",
    "tablet",
]
STAFF = " ".join([*PEOPLE[PEOPLE.index("homeroom") : PEOPLE.index("zed")], "other_homeroom other_office officer"])
FAMILIES = " ".join([*PEOPLE[: PEOPLE.index("homeroom")], "zed zed_mother"])
VERSIONED = {"base_version": 1, "installation_id": PHONE, "revision": 2}
TOMORROW = str(TONIGHT + dt.timedelta(days=1))
HOMEWORK = {
    "subject": "maths",
    "title": "口算",
    "given_on": str(TONIGHT),
    "due_on": TOMORROW,
    "tiers": [{"estimated_minutes": 5}],
    "publish": False,
}
POLICY = {"effective_on": TOMORROW, "stage": "primary", "grade": 3, "fields": {"cap_minutes": 45}}
WEEK_PLAN = {
    "stage": "primary",
    "grade": 3,
    "subject": "maths",
    "week_starts_on": "2026-11-23",
    "items": [
        {"title": "口算", "given_on": "2026-11-23", "due_on": "2026-11-24", "tiers": [{"estimated_minutes": 10}]}
    ],
}


@dataclass(frozen=True)
class Row:
    """One route: who gets what. Keys of ``expected`` are statuses, values the names of the cast."""

    verb: str
    path: str
    expected: dict[int, str]
    body: Any = None
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """How the row is called in a failure."""
        return f"{self.verb} {self.path}{' with ' + ', '.join(self.headers) if self.headers else ''}"


S, N = "/students/{ada}", "/students/{ada}/nights/{tonight}"
RANGE = {"from": str(TONIGHT), "to": str(TONIGHT)}
SEES = f"{FAMILY} homeroom"

ROWS = [
    # the night
    Row("GET", N, {200: SEES}),
    Row("GET", N, {200: f"{SEES} office"}, headers={"X-Reason": "spot check 3"}),
    Row("GET", f"{S}/nights", {200: SEES}, query=RANGE),
    Row("PUT", f"{N}/entries/{ENTRY}", {200: SEES}, entry(MATHS, (at(18), at(18, 10)), revision=2)),
    Row("DELETE", f"{N}/entries/{ENTRY}", {200: SEES}, VERSIONED),
    Row("PUT", f"{N}/sleep", {200: SEES}, VERSIONED | {"lights_out_at": at(21, 30)}),
    Row(
        "PUT",
        f"{N}/note",
        {200: "mother father homeroom", 403: "ada"},
        VERSIONED | {"base_version": None, "guardian_note": "早睡"},
    ),
    Row("PUT", f"{N}/submission", {200: SEES}, {}),
    Row("PUT", f"{N}/stop", {200: "mother father", 403: "ada homeroom"}, {}),
    Row("PUT", f"{N}/confirmation", {200: "mother father", 403: "ada homeroom"}, {"sheet_version": 2}),
    Row("PUT", f"{N}/review", {200: "homeroom", 403: FAMILY}, {"sheet_version": 2}),
    # the student
    Row("GET", f"{S}/consent", {200: FAMILY}),
    Row("PUT", f"{S}/consent", {200: "mother father"}, {"decision": "withdrawn", "text_version": "{consent}"}),
    Row("POST", f"{S}/claims", {201: "mother father homeroom office"}, {}),
    Row("POST", "/guardians/{mother}/claims", {201: "homeroom homeroom_11 office"}, {}),
    Row("PUT", f"{S}/picture-code", {204: "mother father homeroom office"}, {"pictures": ["sun", "sun", "sun"]}),
    Row("GET", f"{S}/reads", {200: FAMILY}),
    Row("GET", f"{S}/export", {200: "mother father"}),
    Row("POST", f"{S}/erasure", {200: "mother father"}, {"confirm_name": "陈艾达"}),
    Row("GET", f"{S}/reminders", {200: "mother father"}),
    Row("PUT", f"{S}/reminders", {200: "mother father"}, {"codes": [{"code": "wind_down", "enabled": True}]}),
    # the class
    Row("GET", "/me/classes", {200: STAFF.removesuffix(" officer")}),
    Row("GET", "/classes/{class}/plan", {200: f"{TEACHERS} prep_maths grade_head office"}),
    Row("POST", "/classes/{class}/assignments", {201: "homeroom maths_teacher"}, HOMEWORK),
    Row("GET", "/assignments/{maths}", {200: f"{TEACHERS} prep_maths grade_head office"}),
    Row("GET", "/assignments/{maths}/versions", {200: f"{TEACHERS} prep_maths grade_head office"}),
    Row("PUT", "/assignments/{maths}/publication", {200: "homeroom maths_teacher"}, {"published": False}),
    Row(
        "PATCH",
        "/assignments/{maths}",
        {200: "homeroom maths_teacher"},
        {"title": "改"},
        headers={"If-Match": "{etag}"},
    ),
    Row("PUT", "/classes/{class}/subjects/chinese/nights/{tonight}/none", {200: "homeroom"}, {"none": True}),
    Row("GET", "/classes/{class}/subjects/maths/offer", {200: "maths_teacher"}),
    Row("GET", "/classes/{class}/weekends/{tonight}", {200: f"{TEACHERS} prep_maths grade_head office"}),
    Row(
        "PUT",
        "/classes/{class}/weekends/{tonight}/decision",
        {422: "grade_head"},
        {"approved": True, "seen": [{"id": str(MATHS), "version": 1}]},
    ),
    Row("GET", "/schools/{school}/weekends", {200: "grade_head office"}),
    Row("GET", "/classes/{class}/nights/{tonight}", {200: TEACHERS}),
    Row(
        "PUT",
        "/classes/{class}/nights/{tonight}/set",
        {200: "finn finn_mother homeroom"},
        {"items": [{"subject": "maths", "title": "口算", "estimated_minutes": 10}]},
    ),
    Row("GET", "/classes/{class}/nights/{tonight}/set", {200: "finn finn_mother homeroom"}),
    Row("PUT", "/classes/{class}/nights/{tonight}/reviews", {200: "homeroom"}, {}),
    Row("GET", "/classes/{class}/nights/{tonight}/paper", {200: "homeroom"}),
    Row(
        "PUT",
        "/classes/{class}/nights/{tonight}/paper",
        {200: "homeroom"},
        {"installation_id": PHONE, "rows": [{"student_id": "{ada}"}]},
    ),
    Row("POST", "/classes/{class}/nights/{tonight}/handoffs", {201: "homeroom"}, {"assignment_id": "{maths}"}),
    Row("GET", "/classes/{class}/meeting", {200: "homeroom"}),
    Row("GET", "/classes/{class}/trends", {200: f"{TEACHERS} grade_head office"}, query=RANGE),
    Row("GET", "/classes/{class}/trends/overview", {200: f"{TEACHERS} grade_head office"}, query=RANGE),
    Row("GET", "/classes/{class}/trends/estimates", {200: f"{TEACHERS} grade_head office"}, query=RANGE),
    Row("POST", "/classes/{class}/exports", {200: f"{TEACHERS} grade_head office"}, {"by": "subject"}),
    Row("GET", "/classes/{class}/warnings", {200: "homeroom grade_head office"}),
    Row("PUT", f"/classes/{{class}}/warnings/{UNKNOWN}/closing", {}, {"action": "周二不留书面作业"}),
    Row("GET", "/classes/{class}/tablets", {200: "homeroom office"}),
    Row("POST", "/classes/{class}/tablets", {201: "homeroom office"}),
    Row("DELETE", f"/classes/{{class}}/tablets/{TABLET}", {204: "homeroom office"}),
    Row("GET", "/classes/{class}/picture-codes", {200: "homeroom"}),
    Row("POST", "/classes/{class}/picture-codes", {201: "homeroom"}, {"student_ids": ["{ada}"]}),
    Row("GET", "/classes/{class}/recorders", {200: "homeroom"}),
    Row("PUT", "/classes/{class}/recorders/{ada}", {200: "homeroom"}),
    Row("DELETE", "/classes/{class}/recorders/{ada}", {200: "homeroom"}),
    Row("GET", "/tablet/pupils", {200: "tablet"}),
    Row("GET", "/tablet/assignments", {200: "tablet"}),
    Row(
        "PUT",
        f"/tablet/pupils/{{ada}}/entries/{uuid.UUID(int=77)}",
        {422: "tablet"},
        entry(MATHS, (at(16), at(16, 10))) | {"place": "school", "picture_code": ["sun", "sun", "sun"]},
    ),
    # the school
    Row("GET", "/schools/{school}/trends", {200: "grade_head office officer"}, query=RANGE),
    Row("GET", "/schools/{school}/trends/overview", {200: "grade_head office officer"}, query=RANGE),
    Row("GET", "/schools/{school}/trends/estimates", {200: "grade_head office officer"}, query=RANGE),
    Row("GET", "/schools/{school}/warnings", {200: "grade_head office"}),
    Row("GET", "/schools/{school}/reports/monthly", {200: "grade_head office officer"}),
    Row("GET", "/schools/{school}/reports/upward", {200: "grade_head office officer"}, query=RANGE),
    Row("GET", "/schools/{school}/policies", {200: "office"}),
    Row("POST", "/schools/{school}/policies", {201: "office"}, POLICY | {"level": "grade"}),
    Row("GET", "/classes/{class}/reachability", {200: "homeroom"}),
    Row("GET", "/schools/{school}/reachability", {200: "office"}),
    Row("GET", "/schools/{school}/deliveries", {200: "office"}),
    Row("GET", "/schools/{school}/settings", {200: "office"}),
    Row("PATCH", "/schools/{school}/settings", {200: "office"}, {"hide_titles": True}),
    Row("GET", "/schools/{school}/week-plans", {200: "prep_maths grade_head office"}),
    Row("POST", "/schools/{school}/week-plans", {201: "prep_maths"}, WEEK_PLAN),
    Row("GET", "/schools/{school}/week-plans/overview", {200: "prep_maths grade_head office"}),
    Row("GET", f"/schools/{{school}}/week-plans/{UNKNOWN}", {}),
    Row("DELETE", f"/schools/{{school}}/week-plans/{UNKNOWN}/filing", {}),
    Row("PUT", f"/schools/{{school}}/week-plans/{UNKNOWN}/decision", {}, {"approved": True}),
    Row("GET", "/classes/{class}/nights/{tonight}/three-figures", {200: f"{TEACHERS} grade_head office"}),
    Row("POST", "/schools/{school}/exports", {200: "grade_head office officer"}, {"to": str(TONIGHT)}),
    Row("GET", "/schools/{school}/audit", {200: "office"}),
    Row("POST", "/schools/{school}/roster-imports", {200: "office"}, {}),
    # the district
    Row("GET", "/districts/{district}/policies", {200: "officer"}),
    Row("POST", "/districts/{district}/policies", {201: "officer"}, POLICY),
    Row("GET", "/districts/{district}/trends", {200: "officer"}, query=RANGE),
    Row("GET", "/districts/{district}/trends/overview", {200: "officer"}, query=RANGE),
    Row("GET", "/districts/{district}/trends/estimates", {200: "officer"}, query=RANGE),
    Row("GET", "/districts/{district}/reports/upward", {200: "officer"}, query=RANGE),
    Row("POST", "/districts/{district}/exports", {200: "officer"}, {"table": "upward"}),
    # one's own
    Row("GET", "/me", {200: " ".join(PEOPLE)}),
    Row("GET", "/me/sessions", {200: " ".join(PEOPLE[:-1])}),
    Row("DELETE", "/me/sessions/{mother_session}", {204: "mother"}),
    Row("DELETE", "/auth/sessions/current", {204: " ".join(PEOPLE)}),
    Row("GET", "/me/reminders", {200: " ".join(PEOPLE[:-2])}),
    Row("PUT", "/me/reminders", {200: " ".join(PEOPLE[:-2])}, {"codes": []}),
    Row("GET", "/me/reminders/test", {200: " ".join(PEOPLE[:-2])}),
    Row("POST", "/me/reminders/test", {201: " ".join(PEOPLE[:-2])}),
    Row("PUT", f"/me/inbox/{UNKNOWN}/read", {}, {}),
    Row("PUT", f"/me/inbox/{UNKNOWN}/snooze", {}, {"minutes": 15}),
    Row("DELETE", f"/me/inbox/{UNKNOWN}/snooze", {}),
    Row("GET", "/me/handoffs", {200: STAFF.replace(" officer", "")}),
    Row("PUT", f"/me/handoffs/{UNKNOWN}/read", {}, {}),
    Row("PUT", f"/me/devices/{UNKNOWN}", {204: " ".join(PEOPLE[:-2])}, {"kind": "console", "address": "here"}),
    Row("DELETE", f"/me/devices/{UNKNOWN}", {204: " ".join(PEOPLE[:-2])}),
    Row("PUT", "/me/password", {422: STAFF}, {"old_password": ""}),
    Row("POST", "/sync", {200: FAMILIES}, {"installation_id": PHONE, "sent_at": at(22)}),
    Row("GET", "/me/inbox", {200: " ".join(PEOPLE[:-2])}),
    Row("GET", "/me/calibration", {200: STAFF.removesuffix(" officer")}, query=RANGE),
]


class World:
    """One database for the whole table: every request is rolled back after its answer stands."""

    def __init__(self, app: Flask, cast: Cast) -> None:
        self.app = app
        self.cast = cast
        self.client = Client(app)
        self.tablet_token = "token-of-a-tablet-0123456789abcdefghijklmnop"
        self.values = {
            "ada": cast.ada.id,
            "tonight": TONIGHT,
            "class": cast.class_31.id,
            "school": cast.shiyan.id,
            "district": cast.district.id,
            "maths": MATHS,
            "mother": cast.mother.id,
            "mother_session": cast.mother.session_id,
        }
        consent = self.client.as_(cast.mother).get(f"/students/{cast.ada.id}/consent").json
        self.values["consent"] = consent["text_version"] if "text_version" in consent else consent["text"]["version"]
        self.values["etag"] = self.client.as_(cast.homeroom).get(f"/assignments/{MATHS}").headers.get("ETag", "")

    def ask(self, row: Row, who: str | None, **swapped: Any) -> TestResponse:
        """One cell of the table."""
        values = {name: str(value) for name, value in (self.values | swapped).items()}
        path = "/api/v1" + fill(row.path, values)
        token = None if who is None else self.tablet_token if who == "tablet" else holder(self.cast, who).token
        headers = {name: fill(text, values) for name, text in row.headers.items()} | {"X-Request-Id": "0" * 32}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        body = None if row.body is None else json.loads(fill(json.dumps(row.body), values))
        return self.app.test_client().open(path, method=row.verb, json=body, query_string=row.query, headers=headers)


def fill(text: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        text = text.replace("{" + name + "}", value)
    return text


def holder(cast: Cast, name: str) -> Holder:
    found = getattr(cast, name)
    assert isinstance(found, Holder)
    return found


@pytest.fixture(scope="module")
def world(databases: Databases) -> Iterator[World]:
    """Ada has logged and submitted a night; a class tablet is enabled."""
    url, cast = databases.fresh(with_cast=True), the_cast()
    engine = build_engine(url, pool_size=2)
    publish_tonight(engine, cast)
    clock = FrozenClock(dt.datetime.fromisoformat(at(22)))
    app = create_app(Settings.from_env({"DATABASE_URL": url, "NIGHTSHEET_SECRET_KEY": SECRET_KEY}), clock=clock)
    app.testing = True
    app.after_request(_rolled_back)
    night = f"/students/{cast.ada.id}/nights/{TONIGHT}"
    ada = Client(app).as_(cast.ada)
    assert ada.put(f"{night}/entries/{ENTRY}", entry(MATHS, (at(19), at(19, 40)))).status_code == 200
    sleep = VERSIONED | {"base_version": None, "revision": 1, "lights_out_at": at(21, 15)}
    assert ada.put(f"{night}/sleep", sleep).json["sheet"]["version"] == 2
    made = World(app, cast)
    enable_tablet(engine, cast, made.tablet_token, clock.now())
    app.config["ROLLS_BACK"] = True
    yield made
    with app.app_context():
        transaction.db.engine.dispose()
    engine.dispose()
    databases.drop(url)


def _rolled_back(response: Response) -> Response:
    if current_app.config.get("ROLLS_BACK"):
        transaction.discard()
    return response


def enable_tablet(engine: sa.Engine, cast: Cast, token: str, now: dt.datetime) -> None:
    tablet_id = TABLET
    with engine.begin() as connection:
        of_class = {"school_id": cast.shiyan.id, "id": tablet_id, "class_id": cast.class_31.id}
        connection.execute(sa.insert(Tablet), of_class | {"enabled_by": cast.homeroom.id, "enabled_at": now})
        session = {"token_hash": token_hash(token), "school_id": cast.shiyan.id, "tablet_id": tablet_id}
        connection.execute(
            sa.insert(AuthSession), session | {"created_at": now, "expires_at": now + dt.timedelta(days=1)}
        )


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_cell_of_the_table(world: World, row: Row) -> None:
    expected = dict.fromkeys(PEOPLE, 404)
    for status, names in row.expected.items():
        expected |= dict.fromkeys(names.split(), status)
    found = {name: world.ask(row, name).status_code for name in PEOPLE}
    wrong = {name: (found[name], expected[name]) for name in PEOPLE if found[name] != expected[name]}
    assert wrong == {}, f"{row.name}: (found, expected)"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_nobody_is_let_in_without_a_token(world: World, row: Row) -> None:
    answer = world.ask(row, None)
    assert (answer.status_code, answer.json["code"]) == (401, "unauthenticated")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


OPEN_AT_FIRST = {"/auth/sessions/current", "/me/password"}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_first_password_opens_nothing(world: World, row: Row) -> None:
    answer = world.ask(row, "new_teacher")
    assert answer.status_code in ({204, 422} if row.path in OPEN_AT_FIRST else {403, 404})


OBJECTS = {
    "ada": UNKNOWN,
    "mother": UNKNOWN,
    "mother_session": UNKNOWN,
    "class": UNKNOWN,
    "school": UNKNOWN,
    "district": UNKNOWN,
    "maths": UNKNOWN,
}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_what_is_not_yours_to_see_answers_to_the_byte_like_an_unknown_id(world: World, row: Row) -> None:
    allowed = " ".join(row.expected.values()).split()
    for name in PEOPLE:
        if name in allowed:
            continue
        yours, unknown = world.ask(row, name), world.ask(row, name, **OBJECTS)
        assert (yours.status_code, yours.data) == (unknown.status_code, unknown.data), name
        assert sorted(yours.headers.items()) == sorted(unknown.headers.items()), name


def test_the_table_has_every_route_of_the_api(world: World) -> None:
    listed = {(row.verb, row.path.split("/")[1]) for row in ROWS}
    for rule in world.app.url_map.iter_rules():
        if str(rule).startswith("/api/v1/") and world.app.view_functions[rule.endpoint].access.who is not None:  # type: ignore[attr-defined]
            for verb in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                assert (verb, str(rule).split("/")[3]) in listed, rule
