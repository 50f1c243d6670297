"""`nightsheet channels …`, what `doctor` says of channels, and that the imports leave addresses behind."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa
from click.testing import Result
from sqlalchemy.orm import Session

from backend.push_keys import public_key
from backend.storage.models import PushEndpoint

Call = Callable[..., Result]
STAFF = "姓名,职务,电话\n褚教务,教务处,13700001111\n"


def take_staff(call: Call, folder: Path, school: str) -> None:
    (folder / "staff.csv").write_text(STAFF, encoding="utf-8")
    answer = call("staff", "import", folder / "staff.csv", "--school", school)
    assert answer.exit_code == 0, answer.output


def groups_file(folder: Path) -> str:
    path = folder / "groups.json"
    path.write_text(json.dumps({"staff": {"channel": "wecom_bot", "url": "https://qyapi.example/send?key=bot-key"}}))
    return str(path)


def test_the_push_key_is_made_once_and_its_public_half_printed(call: Call, folder: Path) -> None:
    first, second = call("channels", "push-keys"), call("channels", "push-keys")
    path = folder / "instance" / "web_push_key.pem"
    assert public_key(path) in first.stdout
    assert "made the key" in first.stdout
    assert "stays" in second.stdout
    assert public_key(path) in second.stdout
    assert path.read_text().splitlines()[1] not in first.output + second.output


def test_a_list_of_staff_leaves_telephones_to_send_to(call: Call, folder: Path, school: str, session: Session) -> None:
    take_staff(call, folder, school)
    assert session.scalars(sa.select(PushEndpoint.address)).all() == ["13700001111"]
    session.rollback()
    assert "sms: 1" in call("channels", "refresh", "--school", school).stdout


def test_refresh_brings_back_what_is_missing(call: Call, folder: Path, school: str, session: Session) -> None:
    take_staff(call, folder, school)
    session.execute(sa.delete(PushEndpoint))
    session.commit()
    assert "sms: 1" in call("channels", "refresh", "--school", school).stdout


def test_a_list_of_ids_is_taken_whole_or_not_at_all(call: Call, folder: Path, school: str, session: Session) -> None:
    take_staff(call, folder, school)
    listed = folder / "ids.csv"
    listed.write_text("way,telephone,address\nwecom_bot,13700001111,staff\nwecom_bot,13799999999,staff\n")
    groups = {"NIGHTSHEET_GROUP_BOTS": groups_file(folder)}
    refused = call("channels", "import-ids", listed, "--school", school, **groups)
    assert refused.exit_code == 1
    assert "line 3: nobody of the school fits" in refused.stderr
    listed.write_text("way,telephone,address\nwecom_bot,13700001111,staff\n")
    assert "can be used" in call("channels", "import-ids", listed, "--school", school, "--dry-run", **groups).stdout
    answer = call("channels", "import-ids", listed, "--school", school, **groups)
    assert (answer.exit_code, answer.stdout.strip()) == (0, "1 line, 1 address changed")
    assert set(session.scalars(sa.select(PushEndpoint.address))) == {"13700001111", "staff"}


def test_every_problem_of_a_line_is_worded_in_both_languages() -> None:
    import inspect
    import re

    from backend.commands.words import Words
    from backend.services.reminders import contact_lists

    codes = set(re.findall(r'_Unusable\("(\w+)"', inspect.getsource(contact_lists))) | {"several_people", "nobody"}
    for locale in ("zh-CN", "en"):
        for code in codes:
            assert Words(locale)(f"contacts.{code}", ways="email")


def wrong(answer: Result) -> str:
    return "\n".join(line for line in answer.stdout.splitlines() if line.startswith("✗"))


def test_doctor_finds_a_channel_of_the_order_that_is_not_turned_on(call: Call, school: str) -> None:
    call("school", "set", "--slug", school, "--channels", "sms,inbox")
    assert "sms stands in its order but is not turned on" in wrong(call("doctor"))


def test_doctor_finds_a_channel_that_has_nobody_to_send_to(call: Call, folder: Path, school: str) -> None:
    sms = {
        "NIGHTSHEET_CHANNELS": "sms,inbox",
        "NIGHTSHEET_SMS_URL": "https://sms.example/send",
        "NIGHTSHEET_SMS_SECRET": "x" * 32,
    }
    assert "sms has no address to send to" in wrong(call("doctor", **sms))
    take_staff(call, folder, school)
    assert "no address to send to" not in wrong(call("doctor", **sms))


def test_doctor_finds_a_missing_push_key_and_a_contact_that_nobody_can_write_to(call: Call, school: str) -> None:
    on = {"NIGHTSHEET_CHANNELS": "web_push,inbox"}
    found = wrong(call("doctor", **on))
    assert "no key of Web Push" in found
    assert "NIGHTSHEET_WEB_PUSH_CONTACT" in found
    call("channels", "push-keys")
    found = wrong(call("doctor", **on, NIGHTSHEET_WEB_PUSH_CONTACT="mailto:it@school.example"))
    assert "Web Push" not in found
    assert "NIGHTSHEET_WEB_PUSH_CONTACT" not in found


def test_doctor_finds_a_push_key_that_others_can_read(call: Call, folder: Path, school: str) -> None:
    call("channels", "push-keys")
    (folder / "instance" / "web_push_key.pem").chmod(0o644)
    assert "web_push_key.pem" in wrong(call("doctor"))
