"""A tag is one reminder's: its copies share it, and another code, child or night never takes its place on a phone."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace

import pytest

from backend.domain.people import PersonKind
from backend.services.reminders.delivering import tag_of
from backend.services.reminders.outbox import Outgoing
from tests.cast import START, TONIGHT

pytestmark = pytest.mark.sqlite

ROW = Outgoing(
    school_id=uuid.UUID(int=1),
    id=uuid.UUID(int=2),
    code="cap_reached",
    recipient_id=uuid.UUID(int=3),
    recipient_kind=PersonKind.guardian,
    locale="zh-CN",
    shows_names=False,
    subject_id=uuid.UUID(int=4),
    subject_name=None,
    night=TONIGHT,
    occasion=1,
    params={},
    expires_at=START,
    attempts=0,
    zone="Asia/Shanghai",
    channels=(),
)


@pytest.mark.parametrize(
    "other",
    [
        {"school_id": uuid.UUID(int=9)},
        {"code": "wind_down"},
        {"subject_id": uuid.UUID(int=9)},
        {"night": TONIGHT + dt.timedelta(days=1)},
    ],
    ids=lambda other: next(iter(other)),
)
def test_another_reminder_has_another_tag(other: dict[str, object]) -> None:
    assert tag_of(replace(ROW, **other)) != tag_of(ROW)  # type: ignore[arg-type]


def test_a_second_asking_and_another_persons_copy_have_the_same() -> None:
    again = replace(ROW, id=uuid.UUID(int=7), recipient_id=uuid.UUID(int=8), occasion=2, attempts=3)
    assert tag_of(again) == tag_of(ROW)


def test_it_is_opaque_and_fits_the_narrowest_provider() -> None:
    assert len(tag_of(ROW)) == 32
    assert ROW.code not in tag_of(ROW)
