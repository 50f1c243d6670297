"""Delivery: what is asked again at sending, where a row goes next, and that nobody gets a second copy."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.clock import FrozenClock
from backend.domain.sheet import SheetState
from backend.storage import models
from backend.storage.models import OutboxState
from backend.storage.queries import outbox as queries
from notifications.channels.base import Message, Outcome, Result
from notifications.worker import Worker
from tests.cast import Cast
from tests.notifications.evening import (
    FakeChannel,
    at,
    change_sheet,
    deliveries_of,
    move,
    outbox_of,
    put_endpoint,
    put_setting,
    put_sheet,
    put_sleep,
)

MakeWorker = Callable[..., Worker]
SUBMITTED: dict[str, Any] = {
    "state": SheetState.submitted,
    "submitted_at": at("20:00"),
    "latest_lights_out": dt.time(22, 30),
}
RUNNING: dict[str, Any] = {"running_written": True, "cap_near_at": at("19:48"), "cap_reached_at": at("20:00:30")}


def answering(result: Result, **more: Any) -> Callable[[Message], Outcome]:
    """A provider that always says this."""
    return lambda _message: Outcome(result, error_code=result.value, **more)


def waiting_for_mother(session: Session, cast: Cast, worker: Worker, *addresses: str) -> None:
    """A sheet of Emil's to confirm, which only his mother can; she has these installations."""
    put_sheet(session, cast, cast.emil, **SUBMITTED)
    for address in addresses:
        put_endpoint(session, cast.mother, address)
    session.commit()
    worker.tick()


def states(session: Session) -> list[tuple[str, str | None]]:
    """State and reason of every row."""
    return [(row.state.value, row.outcome_reason) for row in outbox_of(session)]


def outcomes(session: Session) -> list[tuple[str, str]]:
    """Channel and outcome of every attempt."""
    return [(each.channel, each.outcome) for each in deliveries_of(session)]


@pytest.mark.parametrize("result", [Result.ACCEPTED, Result.ADDRESS_GONE])
def test_whatever_a_provider_says_is_kept_as_far_as_a_database_can_keep_it(
    session: Session, cast: Cast, make_worker: MakeWorker, result: Result
) -> None:
    said = "n\0t \ud800 text" + "x" * 300
    worker = make_worker(FakeChannel(answer=lambda _: Outcome(result, provider_id=said, error_code=said)))
    waiting_for_mother(session, cast, worker, "phone")
    worker.deliver()
    kept = deliveries_of(session)[0]
    assert kept.outcome != "sending"
    text = (kept.provider_id if result is Result.ACCEPTED else kept.error_code) or ""
    assert (text[:10], len(text)) == ("nt ? textx", 200 if result is Result.ACCEPTED else 64)


def test_a_reminder_goes_to_every_installation_of_the_person_once(
    session: Session, cast: Cast, worker: Worker, channel: FakeChannel
) -> None:
    waiting_for_mother(session, cast, worker, "phone", "tablet")
    worker.deliver()
    worker.deliver()
    assert sorted(map(str, channel.addresses)) == ["phone", "tablet"]
    assert states(session) == [("sent", None)]
    assert outcomes(session) == [("fake", "accepted")] * 2


def test_what_travels_is_a_code_an_opaque_id_and_neutral_words(
    session: Session, cast: Cast, worker: Worker, channel: FakeChannel
) -> None:
    waiting_for_mother(session, cast, worker, "phone")
    worker.deliver()
    (message,), (row,) = channel.sent, outbox_of(session)
    assert (message.code, message.id) == ("confirm_sheet", row.id)
    assert message.link == f"https://school.example/reminders/{row.id}"
    assert cast.emil.name not in message.body + message.title
    assert message.body == "有一份记录等您确认，点开查看。"


def test_a_guardian_who_wants_it_sees_the_childs_name_and_a_student_never_does(
    session: Session, cast: Cast, worker: Worker, channel: FakeChannel, clock: FrozenClock
) -> None:
    put_sheet(session, cast, cast.ada, **RUNNING)
    for person in (cast.mother, cast.ada):
        put_setting(session, person, shows_names=True)
        put_endpoint(session, person, person.key)
    session.commit()
    worker.tick(move(clock, "20:01").now())
    worker.deliver()
    bodies = {message.address: message.body for message in channel.sent}
    assert bodies["mother"] == "陈艾达今晚的书面作业已超过60分钟上限，可以先停下休息。"
    assert bodies["ada"] == "今晚的记录有一条时间提醒，点开查看。"


def test_a_reminder_planned_for_2030_is_not_sent_when_the_child_logs_at_202959(
    session: Session, cast: Cast, worker: Worker, channel: FakeChannel, clock: FrozenClock
) -> None:
    put_sheet(session, cast, cast.ada, latest_lights_out=dt.time(20, 20))
    put_endpoint(session, cast.mother, "phone")
    session.commit()
    move(clock, "20:29:59")
    worker.tick(at("20:30"))
    put_sleep(session, cast.ada, lights_out_at=at("20:29:59"))
    session.commit()
    move(clock, "20:30")
    worker.deliver()
    assert channel.sent == []
    assert set(states(session)) == {("dropped", "reason_gone")}


def test_a_child_who_logs_before_the_tick_leaves_nothing_to_send(
    session: Session, cast: Cast, worker: Worker, clock: FrozenClock
) -> None:
    put_sheet(session, cast, cast.ada, latest_lights_out=dt.time(20, 20))
    put_sleep(session, cast.ada, lights_out_at=at("20:29:59"))
    session.commit()
    worker.tick(move(clock, "20:30").now())
    assert outbox_of(session) == []


def test_a_sheet_confirmed_meanwhile_is_not_asked_for(
    session: Session, cast: Cast, worker: Worker, channel: FakeChannel
) -> None:
    waiting_for_mother(session, cast, worker, "phone")
    change_sheet(session, cast.emil, state=SheetState.confirmed)
    session.commit()
    worker.deliver()
    assert channel.sent == []
    assert states(session) == [("dropped", "reason_gone")]


def test_quiet_hours_that_begin_meanwhile_drop_the_row_and_say_so(
    session: Session, cast: Cast, worker: Worker, channel: FakeChannel, clock: FrozenClock
) -> None:
    put_setting(session, cast.mother, quiet_from=dt.time(20, 5), quiet_to=dt.time(7, 0))
    waiting_for_mother(session, cast, worker, "phone")
    move(clock, "20:05")
    worker.deliver()
    assert channel.sent == []
    assert states(session) == [("dropped", "not_wanted_now")]


def test_a_student_whose_silence_begins_between_tick_and_sending_hears_nothing(
    session: Session, cast: Cast, worker: Worker, channel: FakeChannel, clock: FrozenClock
) -> None:
    put_sheet(session, cast, cast.ada, **RUNNING, latest_lights_out=dt.time(20, 40))
    for person in (cast.ada, cast.mother):
        put_endpoint(session, person, person.key)
    session.commit()
    worker.tick(at("20:09"))
    move(clock, "20:10")
    worker.deliver()
    assert [each.address for each in channel.sent if each.code == "cap_reached"] == ["mother"]
    fates = {row.recipient_id: row.outcome_reason for row in outbox_of(session)}
    assert fates[cast.ada.id] in ("expired", "silent_hours")


def test_a_students_message_may_not_arrive_after_silence_begins(
    session: Session, cast: Cast, worker: Worker, channel: FakeChannel, clock: FrozenClock
) -> None:
    put_sheet(session, cast, cast.ada, **RUNNING, latest_lights_out=dt.time(20, 40))
    put_endpoint(session, cast.ada, "ada")
    session.commit()
    worker.tick(move(clock, "20:05").now())
    worker.deliver()
    assert [message.ttl_seconds for message in channel.sent] == [300]


def test_a_row_that_nobody_sent_in_time_is_dropped_as_expired(
    session: Session, cast: Cast, worker: Worker, channel: FakeChannel, clock: FrozenClock
) -> None:
    waiting_for_mother(session, cast, worker, "phone")
    move(clock, "+06:00")
    worker.deliver()
    assert channel.sent == []
    assert states(session) == [("dropped", "expired")]


def test_without_any_address_the_reminder_stands_in_the_inbox(session: Session, cast: Cast, worker: Worker) -> None:
    waiting_for_mother(session, cast, worker)
    worker.deliver()
    assert states(session) == [("sent", "inbox_only")]
    assert outcomes(session) == []


def test_one_installation_gets_one_copy_of_what_two_persons_are_told(
    session: Session, cast: Cast, worker: Worker, channel: FakeChannel
) -> None:
    put_sheet(session, cast, cast.ada, **SUBMITTED)
    put_endpoint(session, cast.mother, "token of mother", installation="shared phone")
    put_endpoint(session, cast.father, "token of father", installation="shared phone")
    session.commit()
    worker.tick()
    worker.deliver()
    assert len(channel.sent) == 1
    assert sorted(states(session), key=str) == [("sent", "one_copy"), ("sent", None)]


def test_one_installation_gets_one_copy_even_from_two_workers_at_once(
    session: Session, cast: Cast, make_worker: MakeWorker
) -> None:
    put_sheet(session, cast, cast.ada, **SUBMITTED)
    put_endpoint(session, cast.mother, "m", installation="shared phone")
    put_endpoint(session, cast.father, "f", installation="shared phone")
    session.commit()
    second_channel = FakeChannel()
    second = make_worker(second_channel)
    first_channel = FakeChannel(before=second.deliver)
    make_worker(first_channel).tick()
    make_worker(first_channel).deliver()
    assert len(first_channel.sent) + len(second_channel.sent) == 1


def test_two_children_on_one_phone_are_two_reminders_with_two_tags(
    session: Session, cast: Cast, worker: Worker, channel: FakeChannel
) -> None:
    put_sheet(session, cast, cast.ada, **SUBMITTED)
    waiting_for_mother(session, cast, worker, "phone")
    worker.deliver()
    assert len({message.tag for message in channel.sent}) == len(channel.sent) == 2


def test_the_next_channel_is_tried_when_one_has_failed_for_good(
    session: Session, cast: Cast, make_worker: MakeWorker
) -> None:
    push = FakeChannel("push", answer=answering(Result.ADDRESS_GONE))
    mail = FakeChannel("mail", kinds=frozenset())
    worker = make_worker(push, mail)
    waiting_for_mother(session, cast, worker, "phone")
    worker.deliver()
    assert outcomes(session) == [("push", "failed"), ("mail", "accepted")]
    assert states(session) == [("sent", None)]


def test_a_school_decides_the_order_of_channels(session: Session, cast: Cast, make_worker: MakeWorker) -> None:
    push, mail = FakeChannel("push"), FakeChannel("mail", kinds=frozenset())
    session.execute(
        sa.update(models.School).where(models.School.id == cast.shiyan.id).values(channels=["mail", "inbox", "push"])
    )
    worker = make_worker(push, mail)
    waiting_for_mother(session, cast, worker, "phone")
    worker.deliver()
    assert outcomes(session) == [("mail", "accepted")]


def test_when_no_channel_is_left_the_row_is_a_dead_letter(
    session: Session, cast: Cast, make_worker: MakeWorker
) -> None:
    worker = make_worker(FakeChannel(answer=answering(Result.REFUSED)))
    waiting_for_mother(session, cast, worker, "phone")
    worker.deliver()
    assert states(session) == [("failed", "no_channel_left")]


def test_a_gone_address_is_turned_off_and_never_used_again(
    session: Session, cast: Cast, make_worker: MakeWorker, clock: FrozenClock
) -> None:
    channel = FakeChannel(answer=answering(Result.ADDRESS_GONE))
    worker = make_worker(channel)
    waiting_for_mother(session, cast, worker, "phone")
    worker.deliver()
    endpoint = session.scalars(sa.select(models.PushEndpoint)).one()
    assert endpoint.disabled_at is not None
    assert endpoint.disabled_reason == "address_gone"
    session.rollback()
    worker.tick(move(clock, "+07:30").now())
    worker.deliver()
    assert len(channel.sent) == 1
    assert ("sent", "inbox_only") in states(session)


def test_a_refused_message_leaves_its_address_on(session: Session, cast: Cast, make_worker: MakeWorker) -> None:
    worker = make_worker(FakeChannel(answer=answering(Result.REFUSED)))
    waiting_for_mother(session, cast, worker, "phone")
    worker.deliver()
    assert session.scalars(sa.select(models.PushEndpoint)).one().disabled_at is None


def test_a_retry_waits_at_least_as_long_as_the_provider_said(
    session: Session, cast: Cast, make_worker: MakeWorker, clock: FrozenClock
) -> None:
    channel = FakeChannel(answer=answering(Result.RETRY, retry_after_seconds=120))
    worker = make_worker(channel)
    waiting_for_mother(session, cast, worker, "phone")
    worker.deliver()
    (row,) = outbox_of(session)
    assert row.state is OutboxState.PENDING
    assert dt.timedelta(seconds=120) <= row.due_at - clock.now() <= dt.timedelta(seconds=140)
    clock.advance(seconds=119)
    worker.deliver()
    assert len(channel.sent) == 1
    clock.advance(seconds=21)
    channel.answer = FakeChannel().answer
    worker.deliver()
    assert states(session) == [("sent", None)]
    assert outcomes(session) == [("fake", "retry"), ("fake", "accepted")]


def test_after_five_tries_the_next_channel_has_its_turn(
    session: Session, cast: Cast, make_worker: MakeWorker, clock: FrozenClock
) -> None:
    push = FakeChannel("push", answer=answering(Result.RETRY))
    worker = make_worker(push, FakeChannel("mail", kinds=frozenset()))
    waiting_for_mother(session, cast, worker, "phone")
    for _ in range(6):
        worker.deliver()
        clock.advance(minutes=11)
    assert [name for name, _ in outcomes(session)] == ["push"] * 5 + ["mail"]


def test_one_phone_that_has_it_is_not_sent_it_again_when_the_other_is_retried(
    session: Session, cast: Cast, make_worker: MakeWorker, clock: FrozenClock
) -> None:
    busy = answering(Result.RETRY)
    channel = FakeChannel(answer=lambda m: busy(m) if m.address == "tablet" else Outcome(Result.ACCEPTED))
    worker = make_worker(channel)
    waiting_for_mother(session, cast, worker, "phone", "tablet")
    worker.deliver()
    clock.advance(minutes=11)
    channel.answer = FakeChannel().answer
    worker.deliver()
    assert channel.addresses.count("phone") == 1
    assert channel.addresses.count("tablet") == 2
    assert states(session) == [("sent", None)]


def test_a_retry_that_would_come_too_late_is_not_made(session: Session, cast: Cast, make_worker: MakeWorker) -> None:
    worker = make_worker(FakeChannel(answer=answering(Result.RETRY, retry_after_seconds=11 * 3600)))
    waiting_for_mother(session, cast, worker, "phone")
    worker.deliver()
    assert states(session) == [("failed", "no_channel_left")]


def test_broken_credentials_alarm_the_operator_and_turn_no_address_off(
    session: Session, cast: Cast, make_worker: MakeWorker, caplog: pytest.LogCaptureFixture
) -> None:
    worker = make_worker(FakeChannel(answer=answering(Result.BROKEN)))
    waiting_for_mother(session, cast, worker, "phone")
    worker.deliver()
    assert [record.levelname for record in caplog.records if record.name == "notifications.delivery"] == ["CRITICAL"]
    assert session.scalars(sa.select(models.PushEndpoint)).one().disabled_at is None
    assert states(session) == [("pending", None)]


@pytest.mark.parametrize(("replaces", "state"), [(True, "pending"), (False, "unknown")])
def test_no_answer_is_tried_again_only_where_a_second_copy_replaces_the_first(
    session: Session, cast: Cast, make_worker: MakeWorker, replaces: bool, state: str
) -> None:
    channel = FakeChannel(answer=answering(Result.UNCLEAR), replaces_first_copy=replaces)
    worker = make_worker(channel)
    waiting_for_mother(session, cast, worker, "phone")
    worker.deliver()
    assert [row.state.value for row in outbox_of(session)] == [state]


def test_a_message_that_may_have_arrived_is_never_sent_over_another_channel(
    session: Session, cast: Cast, make_worker: MakeWorker, clock: FrozenClock
) -> None:
    silent = FakeChannel("silent", answer=answering(Result.UNCLEAR))
    mail = FakeChannel("mail", kinds=frozenset())
    worker = make_worker(silent, mail)
    waiting_for_mother(session, cast, worker, "phone")
    for _ in range(8):
        worker.deliver()
        clock.advance(minutes=11)
    assert (len(silent.sent), mail.sent) == (5, [])
    assert states(session) == [("unknown", "no_answer")]
    assert outcomes(session) == [("silent", "lost")] * 4 + [("silent", "unknown")]


def test_a_refusal_after_a_copy_that_may_have_arrived_gives_no_other_channel_its_turn(
    session: Session, cast: Cast, make_worker: MakeWorker, clock: FrozenClock
) -> None:
    answers = iter([Outcome(Result.UNCLEAR), Outcome(Result.REFUSED)])
    mail = FakeChannel("mail", kinds=frozenset())
    worker = make_worker(FakeChannel("push", answer=lambda _message: next(answers)), mail)
    waiting_for_mother(session, cast, worker, "phone")
    worker.deliver()
    clock.advance(minutes=1)
    worker.deliver()
    worker.deliver()
    assert mail.sent == []
    assert states(session) == [("unknown", "no_answer")]


def test_a_slow_worker_whose_row_went_out_again_meanwhile_leaves_that_attempt_alone(
    session: Session, cast: Cast, make_worker: MakeWorker, clock: FrozenClock
) -> None:
    other = make_worker(FakeChannel())

    def sleep_too_long() -> None:
        clock.advance(minutes=6)
        other.deliver()

    slow = make_worker(FakeChannel(before=sleep_too_long))
    waiting_for_mother(session, cast, slow, "phone")
    slow.deliver()
    assert states(session) == [("sent", None)]
    assert sorted(outcomes(session)) == [("fake", "accepted"), ("fake", "lost")]


def test_what_waited_for_a_slow_provider_is_asked_again_before_another_channel_sends_it(
    session: Session, cast: Cast, make_worker: MakeWorker, clock: FrozenClock
) -> None:
    def confirm_slowly() -> None:
        clock.advance(minutes=1)
        change_sheet(session, cast.ada, state=SheetState.confirmed)
        session.commit()

    slow = FakeChannel("slow", before=confirm_slowly)
    other = FakeChannel("other", kinds=frozenset({models.AddressKind.CONSOLE}))
    worker = make_worker(slow, other)
    put_sheet(session, cast, cast.ada, **SUBMITTED)
    put_endpoint(session, cast.mother, "phone")
    put_endpoint(session, cast.father, "console", kind=models.AddressKind.CONSOLE)
    session.commit()
    worker.tick()
    worker.deliver()
    assert (len(slow.sent), other.sent) == (1, [])
    assert sorted(map(str, states(session))) == ["('dropped', 'reason_gone')", "('sent', None)"]


class Killed(BaseException):
    """Stands for kill -9: nothing catches it."""


class DyingChannel(FakeChannel):
    """Its worker dies after the provider has taken the message and before anybody could mark it."""

    def send(self, batch: Any) -> list[Outcome]:
        """Take the messages, then die."""
        super().send(batch)
        raise Killed


def die_between_answer_and_mark(worker: Worker) -> None:
    """Deliver with a worker that dies at the worst instant."""
    with pytest.raises(Killed):
        worker.deliver()


def test_a_row_found_sending_goes_out_again_only_where_the_copy_replaces_the_first(
    session: Session, cast: Cast, make_worker: MakeWorker, clock: FrozenClock
) -> None:
    dying, channel = DyingChannel(), FakeChannel()
    waiting_for_mother(session, cast, make_worker(dying), "phone")
    die_between_answer_and_mark(make_worker(dying))
    survivor = make_worker(channel)
    survivor.deliver()
    assert channel.sent == []
    clock.advance(minutes=5, seconds=31)
    survivor.deliver()
    assert [message.tag for message in channel.sent] == [message.tag for message in dying.sent]
    assert states(session) == [("sent", None)]
    assert outcomes(session) == [("fake", "lost"), ("fake", "accepted")]


def test_a_row_found_sending_is_unknown_and_never_sent_again_over_other_channels(
    session: Session, cast: Cast, make_worker: MakeWorker, clock: FrozenClock
) -> None:
    dying = DyingChannel(replaces_first_copy=False)
    waiting_for_mother(session, cast, make_worker(dying), "phone")
    die_between_answer_and_mark(make_worker(dying))
    clock.advance(minutes=5, seconds=31)
    channel = FakeChannel(replaces_first_copy=False)
    survivor = make_worker(channel)
    assert survivor.deliver()["lost_unknown"] == 1
    survivor.deliver()
    assert channel.sent == []
    assert states(session) == [("unknown", "worker_lost")]
    assert outcomes(session) == [("fake", "unknown")]


def test_a_row_that_may_have_arrived_is_not_called_dropped_when_its_reason_goes(
    session: Session, cast: Cast, make_worker: MakeWorker, clock: FrozenClock
) -> None:
    dying = DyingChannel()
    waiting_for_mother(session, cast, make_worker(dying), "phone")
    die_between_answer_and_mark(make_worker(dying))
    change_sheet(session, cast.emil, state=SheetState.confirmed)
    session.commit()
    clock.advance(minutes=6)
    make_worker(FakeChannel()).deliver()
    assert states(session) == [("unknown", "reason_gone")]


def test_a_leased_row_is_anothers_only_half_a_minute_after_its_lease(
    session: Session, cast: Cast, make_worker: MakeWorker, clock: FrozenClock, channel: FakeChannel
) -> None:
    waiting_for_mother(session, cast, make_worker(channel), "phone")
    session.execute(
        sa.update(models.OutboxRow).values(
            state=OutboxState.LEASED, lease_holder="somebody", leased_until=clock.now() + dt.timedelta(minutes=5)
        )
    )
    session.commit()
    worker = make_worker(channel)
    clock.advance(minutes=5, seconds=30)
    worker.deliver()
    assert channel.sent == []
    clock.advance(seconds=1)
    worker.deliver()
    assert len(channel.sent) == 1


def test_a_worker_that_lost_its_lease_while_sending_does_not_overwrite_what_stands(
    session: Session, cast: Cast, make_worker: MakeWorker, clock: FrozenClock
) -> None:
    fast = FakeChannel(replaces_first_copy=False)
    other = make_worker(fast)

    def sleep_too_long() -> None:
        clock.advance(minutes=6)
        other.deliver()

    slow = make_worker(FakeChannel(replaces_first_copy=False, before=sleep_too_long))
    waiting_for_mother(session, cast, slow, "phone")
    slow.deliver()
    assert fast.sent == []
    assert states(session) == [("unknown", "worker_lost")]


def test_two_workers_at_once_send_every_row_once(session: Session, cast: Cast, make_worker: MakeWorker) -> None:
    put_sheet(session, cast, cast.ada, **SUBMITTED)
    put_sheet(session, cast, cast.finn, **SUBMITTED)
    put_sheet(session, cast, cast.ben, **SUBMITTED)
    for person in (cast.mother, cast.father, cast.finn_mother, cast.ben_mother):
        put_endpoint(session, person, person.key)
    waiting_for_mother(session, cast, make_worker(FakeChannel()))
    channels = [FakeChannel(), FakeChannel()]
    workers = [make_worker(channel) for channel in channels]
    threads = [threading.Thread(target=worker.deliver) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sent = sorted(f"{message.address} {message.tag}" for channel in channels for message in channel.sent)
    assert len(sent) == len(set(sent)) == 5
    assert set(states(session)) == {("sent", None)}


def test_two_workers_that_tick_at_once_put_every_row_in_once(
    session: Session, cast: Cast, make_worker: MakeWorker
) -> None:
    put_sheet(session, cast, cast.ada, **SUBMITTED)
    session.commit()
    workers = [make_worker(FakeChannel()), make_worker(FakeChannel())]
    threads = [threading.Thread(target=worker.settle) for worker in workers]  # needs no lease: both really insert
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outbox_of(session)) == 2


def test_a_worker_that_is_asked_to_stop_finishes_the_chunk_in_hand_and_gives_back_the_rest(
    session: Session, cast: Cast, make_worker: MakeWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notifications.delivery.CHUNK", 1)
    put_sheet(session, cast, cast.ada, **SUBMITTED)
    for person in (cast.mother, cast.father):
        put_endpoint(session, person, person.key)
    channel = FakeChannel()
    worker = make_worker(channel)
    waiting_for_mother(session, cast, worker)
    channel.before = worker.stop
    worker.deliver()
    assert len(channel.sent) == 1
    assert sorted(state for state, _ in states(session)) == ["pending", "pending", "sent"]


def test_only_the_holder_of_a_lease_may_begin_and_only_while_it_lasts(
    session: Session, cast: Cast, worker: Worker, clock: FrozenClock
) -> None:
    waiting_for_mother(session, cast, worker, "phone")
    now, until = clock.now(), clock.now() + dt.timedelta(minutes=5)
    keys = queries.claim(session, holder="one", now=now, until=until, limit=10)
    assert queries.mark_sending(session, holder="two", keys=keys, now=now, until=until) == set()
    assert queries.mark_sending(session, holder="one", keys=keys, now=until, until=until) == set()
    assert queries.mark_sending(session, holder="one", keys=keys, now=now, until=until) == set(keys)
