"""The class tablet: started by the homeroom teacher, and good for today's work done at school alone."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from backend.clock import FrozenClock
from backend.storage.models import AuditEvent, AuthSession, Entry, PictureCode, SignInFailure, Tablet
from tests.api.conftest import Client
from tests.cast import Cast, Holder

PICTURES = ["sun", "fish", "key"]
PHONE = "0193f2a0-0000-7000-8000-000000000001"


@pytest.fixture
def tablet(client: Client, cast: Cast) -> Client:
    """The tablet of Ada's class; Ada and Dora have their pictures."""
    for student in (cast.ada, cast.dora):
        body = {"pictures": PICTURES}
        assert client.as_(cast.homeroom).put(f"/students/{student.id}/picture-code", body).status_code == 204
    return client.as_(claimed(client, started(client, cast)["code"]).get_json()["token"])


def entry(**more: Any) -> dict[str, Any]:
    return {
        "picture_code": PICTURES,
        "base_version": None,
        "installation_id": PHONE,
        "revision": 1,
        "assignment_id": None,
        "title": "课后服务练字",
        "outcome": "finished",
        "segments": [{"started_at": "2026-11-17T16:30:00+08:00", "finished_at": "2026-11-17T17:00:00+08:00"}],
    } | more


def add(tablet: Client, pupil: Holder, entry_id: str | None = None, **more: Any) -> TestResponse:
    return tablet.put(f"/tablet/pupils/{pupil.id}/entries/{entry_id or uuid.uuid4()}", entry(**more))


def started(client: Client, cast: Cast, who: str = "homeroom") -> dict[str, Any]:
    answer = client.as_(getattr(cast, who)).post(f"/classes/{cast.class_31.id}/tablets")
    assert answer.status_code == 201, answer.text
    return dict(answer.get_json())


def claimed(client: Client, code: str, installation_id: str = PHONE) -> TestResponse:
    body = {"code": code, "installation_id": installation_id, "device_name": "iPad"}
    return client.as_(None).post("/auth/tablets", body)


def test_a_code_from_the_homeroom_teachers_screen_makes_one_device_the_tablet(
    client: Client, cast: Cast, session: Session
) -> None:
    made = started(client, cast)
    assert made["expires_at"] == "2026-11-17T11:00:00+00:00"
    answer = claimed(client, made["code"].lower().replace("-", " ")).get_json()

    assert answer["expires_at"] == "2027-12-22T10:30:00+00:00"
    me = client.as_(answer["token"]).get("/me").get_json()
    assert (me["kind"], me["tablet"]["class"]["id"], me["students"]) == ("tablet", str(cast.class_31.id), [])
    hashes = session.scalars(sa.select(AuthSession.token_hash).where(AuthSession.tablet_id.is_not(None))).all()
    assert len(hashes) == 1
    stored = session.scalars(sa.select(Tablet.code_hash)).one()
    assert stored is not None
    assert made["code"].encode() not in stored


def test_the_same_device_gets_its_seat_again_when_the_answer_was_lost(
    client: Client, cast: Cast, clock: FrozenClock
) -> None:
    made = started(client, cast)
    lost = claimed(client, made["code"]).get_json()["token"]
    clock.advance(minutes=9)
    found = claimed(client, made["code"]).get_json()["token"]

    assert client.as_(lost).get("/tablet/pupils").get_json()["code"] == "session_revoked"
    assert client.as_(found).get("/tablet/pupils").status_code == 200
    (listed,) = client.as_(cast.homeroom).get(f"/classes/{cast.class_31.id}/tablets").get_json()["items"]
    assert (listed["id"], listed["state"]) == (made["id"], "in_use")


@pytest.mark.parametrize("seconds", [0, 599])
def test_a_used_code_opens_nothing_for_another_device(
    client: Client, cast: Cast, clock: FrozenClock, seconds: int
) -> None:
    code = started(client, cast)["code"]
    mine = claimed(client, code).get_json()["token"]
    clock.advance(seconds=seconds)
    assert claimed(client, code, installation_id=str(uuid.uuid4())).get_json()["code"] == "claim_refused"
    assert client.as_(mine).get("/tablet/pupils").status_code == 200


def test_a_used_code_is_over_for_its_own_device_after_ten_minutes(
    client: Client, cast: Cast, clock: FrozenClock
) -> None:
    code = started(client, cast)["code"]
    claimed(client, code)
    clock.advance(minutes=5)
    claimed(client, code)
    clock.advance(minutes=5, seconds=1)
    assert claimed(client, code).get_json()["code"] == "claim_refused"


def test_a_code_is_used_up_by_a_sign_in_that_has_ended(client: Client, cast: Cast) -> None:
    code = started(client, cast)["code"]
    token = claimed(client, code).get_json()["token"]
    assert client.as_(token).delete("/auth/sessions/current").status_code == 204
    assert claimed(client, code).get_json()["code"] == "claim_refused"
    assert client.as_(cast.homeroom).get(f"/classes/{cast.class_31.id}/tablets").get_json()["items"] == []


def test_a_code_works_once_and_for_half_an_hour(client: Client, cast: Cast, clock: FrozenClock) -> None:
    used, late = started(client, cast)["code"], started(client, cast)["code"]
    assert claimed(client, used).status_code == 201
    clock.advance(minutes=30)
    refused = [claimed(client, code) for code in (used, late, "AAAA-AAAA")]

    assert [answer.status_code for answer in refused] == [refused[2].status_code] * 3
    assert {answer.get_json()["code"] for answer in refused} == {"claim_refused"}


def test_wrong_codes_are_counted_for_the_address(client: Client, cast: Cast, session: Session) -> None:
    for _ in range(3):
        claimed(client, "AAAA-AAAA")

    assert session.scalars(sa.select(SignInFailure.count)).all() == [3]


def test_a_familys_code_makes_no_tablet_and_a_tablets_code_signs_nobody_in(client: Client, cast: Cast) -> None:
    slip = client.as_(cast.homeroom).post(f"/students/{cast.ada.id}/claims").get_json()["code"]
    body = {"code": started(client, cast)["code"], "installation_id": PHONE}

    assert claimed(client, slip).get_json()["code"] == "claim_refused"
    assert client.as_(None).post("/auth/claims", body).get_json()["code"] == "claim_refused"


def test_a_class_has_several_tablets_and_one_is_taken_back_by_itself(client: Client, cast: Cast) -> None:
    address = f"/classes/{cast.class_31.id}/tablets"
    first, second = started(client, cast), started(client, cast)
    tokens = [claimed(client, made["code"]).get_json()["token"] for made in (first, second)]
    assert client.as_(cast.homeroom).delete(f"{address}/{first['id']}").status_code == 204
    assert client.as_(cast.homeroom).delete(f"{address}/{first['id']}").status_code == 204

    assert client.as_(tokens[0]).get("/tablet/pupils").get_json()["code"] == "session_revoked"
    assert client.as_(tokens[1]).get("/tablet/pupils").status_code == 200
    listed = client.as_(cast.homeroom).get(address).get_json()["items"]
    assert [(each["id"], each["state"], each["by"]["name"]) for each in listed] == [
        (second["id"], "in_use", cast.homeroom.name)
    ]


def test_a_tablet_waits_until_its_code_is_used_or_over(client: Client, cast: Cast, clock: FrozenClock) -> None:
    address = f"/classes/{cast.class_31.id}/tablets"
    code = started(client, cast)["code"]
    (waiting,) = client.as_(cast.homeroom).get(address).get_json()["items"]
    assert (waiting["state"], waiting["in_use_since"]) == ("waiting", None)
    assert waiting["code_expires_at"] == "2026-11-17T11:00:00+00:00"
    assert code not in client.as_(cast.homeroom).get(address).text
    clock.advance(minutes=30)
    assert client.as_(cast.homeroom).get(address).get_json()["items"] == []


def test_a_tablet_that_was_taken_back_before_its_code_was_used_stays_away(client: Client, cast: Cast) -> None:
    made = started(client, cast)
    client.as_(cast.homeroom).delete(f"/classes/{cast.class_31.id}/tablets/{made['id']}")

    assert claimed(client, made["code"]).get_json()["code"] == "claim_refused"


@pytest.mark.parametrize("who", ["maths_teacher", "homeroom_32", "grade_head", "other_homeroom", "other_office"])
def test_nobody_else_starts_one_or_takes_one_back(client: Client, cast: Cast, who: str) -> None:
    made, other = started(client, cast), client.as_(getattr(cast, who))
    for class_id in (cast.class_31.id, uuid.uuid4()):
        assert other.post(f"/classes/{class_id}/tablets").status_code == 404
        assert other.get(f"/classes/{class_id}/tablets").status_code == 404
        assert other.delete(f"/classes/{class_id}/tablets/{made['id']}").status_code == 404
    assert claimed(client, made["code"]).status_code == 201


def test_a_tablet_of_another_class_is_an_unknown_tablet(client: Client, cast: Cast) -> None:
    made = started(client, cast)
    address = f"/classes/{cast.class_32.id}/tablets"

    assert client.as_(cast.homeroom_32).delete(f"{address}/{made['id']}").status_code == 404
    assert client.as_(cast.homeroom_32).get(address).get_json()["items"] == []


def test_starting_and_taking_back_are_audited(client: Client, cast: Cast, session: Session) -> None:
    made = started(client, cast, "office")
    client.as_(cast.office).delete(f"/classes/{cast.class_31.id}/tablets/{made['id']}")

    events = session.scalars(sa.select(AuditEvent.action).where(AuditEvent.class_id == cast.class_31.id)).all()
    assert sorted(events) == ["tablet.disabled", "tablet.enabled"]


class TestPicturesOfAClass:
    """Made for a class to be printed; shown once."""

    @staticmethod
    def address(cast: Cast) -> str:
        return f"/classes/{cast.class_31.id}/picture-codes"

    def test_who_has_pictures_stands_in_the_order_of_the_roll_and_never_which(self, client: Client, cast: Cast) -> None:
        client.as_(cast.mother).put(f"/students/{cast.ada.id}/picture-code", {"pictures": PICTURES})
        answer = client.as_(cast.homeroom).get(self.address(cast))

        found = [(each["name"], each["set_at"], each["may_write"]) for each in answer.get_json()["items"]]
        assert found == [
            (cast.ada.name, "2026-11-17T10:30:00+00:00", True),
            (cast.finn.name, None, True),
            (cast.dora.name, None, False),
        ]
        assert "fish" not in answer.text

    def test_they_are_made_for_all_that_have_none_and_consent(
        self, client: Client, cast: Cast, session: Session
    ) -> None:
        client.as_(cast.mother).put(f"/students/{cast.ada.id}/picture-code", {"pictures": PICTURES})
        made = client.as_(cast.homeroom).post(self.address(cast), {}).get_json()["items"]

        assert [each["name"] for each in made] == [cast.finn.name]
        assert len(made[0]["pictures"]) == 3
        tablet = client.as_(claimed(client, started(client, cast)["code"]).get_json()["token"])
        assert add(tablet, cast.finn, picture_code=made[0]["pictures"]).status_code == 200
        assert add(tablet, cast.ada).status_code == 200
        action = (AuditEvent.action == "picture_code.set") & (AuditEvent.actor_id == cast.homeroom.id)
        assert session.scalars(sa.select(AuditEvent.student_id).where(action)).all() == [cast.finn.id]

    def test_one_childs_are_made_anew_and_the_old_ones_end(
        self, client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        client.as_(cast.mother).put(f"/students/{cast.ada.id}/picture-code", {"pictures": PICTURES})
        monkeypatch.setattr("backend.services.identity.picture_codes.secrets.choice", lambda _: "moon")
        body = {"student_ids": [str(cast.ada.id)]}
        (made,) = client.as_(cast.homeroom).post(self.address(cast), body).get_json()["items"]

        assert made == {"student_id": str(cast.ada.id), "name": cast.ada.name, "pictures": ["moon"] * 3}
        tablet = client.as_(claimed(client, started(client, cast)["code"]).get_json()["token"])
        assert add(tablet, cast.ada).status_code == 422
        assert add(tablet, cast.ada, picture_code=["moon"] * 3).status_code == 200

    def test_a_pupil_of_another_class_among_them_makes_none(self, client: Client, cast: Cast, session: Session) -> None:
        body = {"student_ids": [str(cast.ada.id), str(cast.ben.id)]}

        assert client.as_(cast.homeroom).post(self.address(cast), body).status_code == 404
        assert session.scalars(sa.select(PictureCode)).all() == []


def test_the_tablet_shows_its_class_in_the_order_of_the_roll_and_nothing_more(tablet: Client, cast: Cast) -> None:
    items = tablet.get("/tablet/pupils").get_json()["items"]

    assert [(item["name"], item["has_picture_code"], item["may_write"]) for item in items] == [
        (cast.ada.name, True, True),
        (cast.finn.name, False, True),
        (cast.dora.name, True, False),
    ]
    assert set(items[0]) == {"id", "name", "has_picture_code", "may_write"}


def test_the_tablet_opens_nothing_else(tablet: Client, cast: Cast) -> None:
    night = f"/students/{cast.ada.id}/nights/2026-11-17"
    for path in (night, "/me/sessions", "/me/inbox", "/me/reminders", f"/classes/{cast.class_31.id}/plan"):
        assert tablet.get(path).status_code == 404
    body = {name: value for name, value in entry().items() if name != "picture_code"}
    assert tablet.put(f"{night}/entries/{uuid.uuid4()}", body).status_code in {403, 404}


def test_a_pupil_adds_todays_work_and_gets_a_receipt_only(tablet: Client, cast: Cast, session: Session) -> None:
    entry_id = str(uuid.uuid4())
    taken = add(tablet, cast.ada, entry_id)

    assert taken.status_code == 200
    assert taken.get_json() == {
        "entry_id": entry_id,
        "result": "applied",
        "received_at": "2026-11-17T10:30:00+00:00",
    }
    row = session.scalars(sa.select(Entry)).one()
    assert (row.student_id, row.place.value, row.actual_minutes) == (cast.ada.id, "school", 30)


def test_the_same_entry_twice_is_one(tablet: Client, cast: Cast, session: Session) -> None:
    entry_id = str(uuid.uuid4())
    results = [add(tablet, cast.ada, entry_id).get_json()["result"] for _ in range(2)]

    assert results == ["applied", "same"]
    assert session.scalar(sa.select(sa.func.count()).select_from(Entry)) == 1


def test_the_tablet_changes_nothing_that_stands(tablet: Client, cast: Cast, client: Client) -> None:
    entry_id = str(uuid.uuid4())
    add(tablet, cast.ada, entry_id)
    changed = add(tablet, cast.ada, entry_id, base_version=1, revision=2, title="另一件事")

    assert changed.status_code in {403, 409}
    night = client.as_(cast.ada).get(f"/students/{cast.ada.id}/nights/2026-11-17").get_json()
    assert [row["title"] for row in night["entries"]] == ["课后服务练字"]


def test_work_is_work_at_school_whatever_the_tablet_says(tablet: Client, cast: Cast, session: Session) -> None:
    assert add(tablet, cast.ada, place="home").status_code == 200
    assert session.scalars(sa.select(Entry.place)).one().value == "school"


def test_only_today(tablet: Client, cast: Cast) -> None:
    yesterday = [{"started_at": "2026-11-16T16:30:00+08:00", "finished_at": "2026-11-16T17:00:00+08:00"}]

    assert add(tablet, cast.ada, segments=yesterday).status_code == 422


@pytest.mark.parametrize("who", ["ben", "zed", "cleo"])
def test_a_pupil_of_another_class_is_an_unknown_pupil(tablet: Client, cast: Cast, who: str) -> None:
    unknown = tablet.put(f"/tablet/pupils/{uuid.uuid4()}/entries/{uuid.uuid4()}", entry())

    assert add(tablet, getattr(cast, who)).status_code == unknown.status_code == 404


def test_without_consent_nothing_is_added(tablet: Client, cast: Cast) -> None:
    refused = add(tablet, cast.dora)

    assert (refused.status_code, refused.get_json()["code"]) == (403, "consent_required")


def test_wrong_pictures_and_none_set_look_the_same(tablet: Client, cast: Cast) -> None:
    wrong = add(tablet, cast.ada, picture_code=["sun", "fish", "cat"])
    turned = add(tablet, cast.ada, picture_code=["fish", "sun", "key"])
    unset = add(tablet, cast.finn)

    for answer in (wrong, turned, unset):
        assert answer.status_code == 422
        assert [(e["path"], e["code"]) for e in answer.get_json()["errors"]] == [("picture_code", "wrong_pictures")]


def test_wrong_pictures_are_counted_for_each_pupil_apart(
    tablet: Client, cast: Cast, client: Client, clock: FrozenClock, session: Session
) -> None:
    client.as_(cast.finn_mother).put(f"/students/{cast.finn.id}/picture-code", {"pictures": PICTURES})
    for picture in ("cat", "dog", "apple", "boat", "house"):
        assert add(tablet, cast.ada, picture_code=["sun", "fish", picture]).status_code == 422

    assert add(tablet, cast.ada).status_code == 429
    assert add(tablet, cast.finn).status_code == 200
    clock.advance(minutes=15)
    assert add(tablet, cast.ada).status_code == 200
    assert session.scalars(sa.select(SignInFailure)).all() == []


@pytest.mark.parametrize("pictures", [[], ["sun"], ["sun", "fish", "shark"], ["sun"] * 4, "sun", None])
def test_a_picture_code_is_three_known_pictures(client: Client, cast: Cast, pictures: Any) -> None:
    body = {"pictures": pictures}

    assert client.as_(cast.mother).put(f"/students/{cast.ada.id}/picture-code", body).status_code == 422


@pytest.mark.parametrize(
    ("who", "status"),
    [("mother", 204), ("homeroom", 204), ("office", 204), ("ben_mother", 404), ("maths_teacher", 404), ("ada", 404)],
)
def test_who_sets_a_picture_code(client: Client, cast: Cast, who: str, status: int, session: Session) -> None:
    body = {"pictures": PICTURES}
    response = client.as_(getattr(cast, who)).put(f"/students/{cast.ada.id}/picture-code", body)

    assert response.status_code == status
    stored = session.scalars(sa.select(PictureCode.code_hash)).all()
    assert len(stored) == (1 if status == 204 else 0)
    assert "sun" not in repr(stored)


def test_an_entry_that_was_deleted_at_home_stays_gone(tablet: Client, cast: Cast, client: Client) -> None:
    entry_id = str(uuid.uuid4())
    add(tablet, cast.ada, entry_id)
    body = {"base_version": 1, "installation_id": str(uuid.uuid4()), "revision": 1}
    deleted = client.as_(cast.mother).delete(f"/students/{cast.ada.id}/nights/2026-11-17/entries/{entry_id}", body)
    assert deleted.status_code == 200

    gone = add(tablet, cast.ada, entry_id, revision=2)
    assert (gone.status_code, gone.get_json()["code"]) == (410, "gone")


def test_an_entry_that_was_changed_at_home_is_not_shown_to_the_class(
    tablet: Client, cast: Cast, client: Client
) -> None:
    entry_id = str(uuid.uuid4())
    add(tablet, cast.ada, entry_id)
    amended = {name: value for name, value in entry(title="在家改的").items() if name != "picture_code"}
    amended |= {"base_version": 1, "installation_id": str(uuid.uuid4())}
    address = f"/students/{cast.ada.id}/nights/2026-11-17/entries/{entry_id}"
    assert client.as_(cast.mother).put(address, amended | {"place": "school"}).status_code == 200

    refused = add(tablet, cast.ada, entry_id, revision=2)
    assert refused.status_code in {403, 409}
    assert "在家改的" not in refused.get_data(as_text=True)


def test_the_tablet_names_tonights_homework_and_nothing_about_pupils(
    client: Client, tablet: Client, cast: Cast
) -> None:
    body = {
        "subject": "maths",
        "title": "口算第 12 页",
        "given_on": "2026-11-17",
        "due_on": "2026-11-18",
        "tiers": [{"tier": "standard", "estimated_minutes": 20}],
    }
    made = client.as_(cast.maths_teacher).post(f"/classes/{cast.class_31.id}/assignments", body).get_json()
    tonight = [
        each for each in tablet.get("/tablet/assignments").get_json()["items"] if each["title"] == "口算第 12 页"
    ]
    wanted = {"subject": "maths", "title": "口算第 12 页", "kind": "written", "tiers": ["standard"]}
    assert [each | {"id": None} for each in tonight] == [wanted | {"id": None}]
    assignment = made.get("assignment", made)["id"]
    assert tonight[0]["id"] == assignment
    assert add(tablet, cast.ada, assignment_id=assignment, subject=None, title="").get_json()["result"] == "applied"
