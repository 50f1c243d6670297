"""The play: a clock, phones, two workers, accidents; and after every step the account is held against the outbox."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from backend.clock import FrozenClock
from backend.domain.errors import Invalid, NotFound
from backend.services.actor import Actor, ActorKind
from backend.services.reminders import ticking
from backend.services.reminders.snoozing import MINUTES, snooze
from backend.storage import models
from backend.storage.engine import build_engine, session_factory
from backend.storage.models import AddressKind, OutboxState
from notifications.channels.base import Message
from notifications.worker import Worker
from tests.simulation import school as schools
from tests.simulation.account import Account
from tests.simulation.days import Deed, deeds_of
from tests.simulation.deaths import Death, Killed, SkewedClock
from tests.simulation.facts import MINUTE, Facts
from tests.simulation.families import DAY
from tests.simulation.oracle import Oracle
from tests.simulation.phones import Phones as Writers
from tests.simulation.providers import Phones, Provider

SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True)
class Plan:
    """What is played."""

    seed: int
    students: int
    first: dt.date
    days: int
    zone: ZoneInfo = SHANGHAI
    every_minutes: int = 1
    deaths_a_day: float = 12
    outage: tuple[int, dt.time, int] | None = (1, dt.time(20, 0), 100)
    """On which day, from when and for how many minutes no worker runs."""


@dataclass
class Machine:
    """One worker, which may be dead until an instant."""

    name: str
    skew: float
    death: Death = field(default_factory=Death)
    engine: sa.Engine | None = None
    worker: Worker | None = None
    back_at: dt.datetime | None = None


@dataclass
class Counts:
    """What the report prints."""

    ticks: int = 0
    without_tick: int = 0
    deaths: int = 0
    slow_answers: int = 0
    crossed: int = 0
    asked_again: int = 0


class Play:
    """One run. `run` plays it; `account` holds what must not be, as sentences."""

    def __init__(self, url: str, plan: Plan, *, say: Callable[[str], None] = lambda _line: None) -> None:
        self.plan = plan
        self.counts = Counts()
        self.phones = Phones()
        self._url = url
        self._say = say
        self._chance = random.Random(f"{plan.seed} accidents")
        people = random.Random(f"{plan.seed} people")
        self.school = schools.found(people, students=plan.students, zone=plan.zone, first=plan.first, days=plan.days)
        self.facts = Facts(self.school)
        self.oracle = Oracle(self.facts)
        self.clock = FrozenClock(self.school.at(plan.first, dt.time(6)))
        self._engine = build_engine(url, pool_size=2)
        self._sessions = session_factory(self._engine)
        self.account = Account(self._sessions, self.oracle, self.phones, say=say)
        self._writers = Writers(self._sessions, self.facts)
        self._machines = [Machine("one", 4), Machine("two", -3)]
        self._nested = False
        self._deeds: list[Deed] = []
        with self._engine.begin() as connection:
            schools.write(connection, self.school, first=plan.first)
            connection.execute(sa.insert(models.PushEndpoint), schools.endpoints(people, self.school))
            for column in ("created_at", "finished_at"):  # the account asks by these; the product never does
                connection.exec_driver_sql(f"CREATE INDEX ix_account_{column} ON outbox ({column})")

    @property
    def writes(self) -> int:
        """How many changes phones have made."""
        return self._writers.writes

    # --- time -------------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Play every minute, then let what is under way come to its end."""
        try:
            for number in range(self.plan.days):
                self._day(self.plan.first + number * DAY)
            self._finish()
        finally:
            for machine in self._machines:
                self._bury(machine)
            self._engine.dispose()

    def _day(self, day: dt.date) -> None:
        begins, ends = (self.school.at(on, dt.time(6)) for on in (day, day + DAY))
        if (day - self.plan.first).days % 3 == 1:
            self._choose_times(day)
        self.oracle.begin_day(day + DAY)
        if day == self.plan.first:
            self.oracle.begin_day(day)
        self._deeds = sorted([*self._deeds, *deeds_of(self.plan.seed, self.facts, day)], key=_when)
        minute = begins
        while minute < ends:
            if minute >= self.clock.now():
                self.clock.move_to(minute)
                self._minute()
            minute += self._pace(minute) * MINUTE
        rows, wrong = len(self.account.rows), len(self.account.wrong)
        self._say(f"{day:%a %d %b}: {rows:7,} reminders, {self.counts.deaths:4} deaths, {wrong} wrong")

    def _let_the_planner_know(self) -> None:
        """What PostgreSQL does by itself beside a school's evening; the tests' own server does not."""
        if self._engine.dialect.name == "postgresql":
            with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("ANALYZE")

    def _choose_times(self, day: dt.date) -> None:
        """Every third day the school moves its reminders, and the account is told from this morning on."""
        times = self.school.choose_times(random.Random(f"{self.plan.seed} {day} times"))
        with self._sessions.begin() as session:
            session.execute(sa.update(models.School).values(**times))
        self.oracle.begin_day(day)
        self.oracle.touch(self.school.children, day, self.clock.now())

    def _pace(self, minute: dt.datetime) -> int:
        """Minutes to the next: a short play ticks seldom, and yet more seldom in the small hours."""
        every = self.plan.every_minutes
        return every if every == 1 or minute.astimezone(self.school.zone).hour not in range(1, 5) else every * 6

    def _minute(self) -> None:
        now = self.clock.now()
        if now.minute == 0 and now.hour % 3 == 0:
            self._let_the_planner_know()
        due = [deed for deed in self._deeds if deed.at <= now]
        if due:
            self._deeds = self._deeds[len(due) :]
            touched = self._writers.do(due, now)
            self.oracle.touch(touched, self.oracle.now(now).tonight, now)
        for machine in self._machines:
            self._wake(machine)
            self._maybe_doom(machine)
        ticked = [self._tick(machine) for machine in self._machines]
        if not any(ticked):
            self.oracle.nobody_ticked(now)
            self.counts.without_tick += 1
        for machine in self._machines:
            self._deliver(machine)
        self._ask_again()

    def _ask_again(self) -> None:
        """One in thirty messages is asked for again; what the product refuses stays as it was."""
        now, recent = self.clock.now(), sorted(self.account.recent, key=lambda each: self.account.rows[each].due.key)
        self.account.recent.clear()
        chance = random.Random(f"{self.plan.seed} {now} again")
        for message_id in (each for each in recent if chance.random() < 1 / 30):
            person = self.account.rows[message_id].due.to
            actor = Actor(ActorKind(person.kind.value), person.id, self.school.id, person.id)
            try:
                with self._sessions.begin() as session:
                    minutes = chance.choice(MINUTES)
                    again_at = snooze(session, actor=actor, message_id=message_id, minutes=minutes, now=now)
            except (Invalid, NotFound):  # NotFound: what was dropped stands in nobody's inbox
                continue
            self.counts.asked_again += 1
            self.account.asked_again(message_id, now, again_at)

    def _finish(self) -> None:
        """Nothing new is put in; what is pending is sent, given up or settled."""
        for _ in range(60 * 24):
            for machine in self._machines:
                machine.death.disarm()
                self._wake(machine)
                self._deliver(machine)
            if not self._open_rows():
                break
            self.clock.advance(minutes=1)
        self.account.settle()

    def _open_rows(self) -> int:
        over = [OutboxState.PENDING, OutboxState.LEASED, OutboxState.SENDING]
        with self._sessions() as session:
            asked = sa.select(sa.func.count()).select_from(models.OutboxRow).where(models.OutboxRow.state.in_(over))
            return session.scalar(asked) or 0

    # --- workers ----------------------------------------------------------------------------------------------------

    def _wake(self, machine: Machine) -> None:
        now = self.clock.now()
        if self._is_outage(now):
            self._bury(machine)
        elif machine.worker is None and (machine.back_at is None or machine.back_at <= now):
            if machine.engine is None:  # kept over deaths: it holds compiled statements and, disposed of, nothing else
                machine.engine = build_engine(self._url, pool_size=2)
                machine.death.watch(machine.engine)
            channels = [
                self._provider(machine, "push", AddressKind.FCM_INSTALLATION, replaces=True),
                self._provider(machine, "messenger", AddressKind.CONSOLE, replaces=False),
            ]
            machine.worker = Worker(
                machine.engine,
                clock=SkewedClock(self.clock, machine.skew),
                channels=channels,
                public_url="https://school.example",
                chance=random.Random(f"{self.plan.seed} {now}"),
            )

    def _is_outage(self, now: dt.datetime) -> bool:
        if self.plan.outage is None:
            return False
        number, clock, minutes = self.plan.outage
        begins = self.school.at(self.plan.first + number * DAY, clock)
        return begins <= now < begins + minutes * MINUTE

    def _maybe_doom(self, machine: Machine) -> None:
        """More deaths where there is more to die of: evenings have most statements and messages."""
        if self._chance.random() < self.plan.deaths_a_day * self.plan.every_minutes / (24 * 60):
            machine.death.arm(self._chance.choice([*range(40), *range(40), *range(300)]))

    def _bury(self, machine: Machine) -> None:
        if machine.engine is not None:
            machine.engine.dispose()
        machine.worker = None
        machine.death.disarm()

    def _die(self, machine: Machine) -> None:
        self.counts.deaths += 1
        table = models.OutboxRow
        holder = machine.worker.holder if machine.worker else ""
        held = self.account.records(table.state == OutboxState.SENDING, table.lease_holder == holder)
        self.phones.doubtful |= {record.id for record in held}
        self._bury(machine)
        machine.back_at = self.clock.now() + MINUTE * self._chance.choice([0, 1, 2, 7])

    def _tick(self, machine: Machine) -> bool:
        if machine.worker is None:
            return False
        now = self.clock.now() + dt.timedelta(seconds=machine.skew)
        try:
            machine.worker.tick()
        except Killed:
            self._die(machine)
        with self._sessions() as session:
            if ticking.last_tick(session) != now:
                return False
        self.counts.ticks += 1
        self.account.compare(now, self.oracle.tick(now))
        return True

    def _deliver(self, machine: Machine) -> None:
        if machine.worker is None:
            return
        started = self.clock.now()
        try:
            machine.worker.deliver()
        except Killed:
            self._die(machine)
        if not self._nested:
            self.account.look_at_ends(started)

    def _provider(self, machine: Machine, name: str, kind: AddressKind, *, replaces: bool) -> Provider:
        other = next(each for each in self._machines if each is not machine)

        def meanwhile(batch: Sequence[Message]) -> None:
            """While one waits for a provider the other works; and an answer may take longer than a lease."""
            luck = self._chance.random()
            if self._nested or luck > 0.3:
                return
            self._nested = True
            if luck < 0.002:
                self.counts.slow_answers += 1
                self.phones.doubtful |= {message.id for message in batch}
                self.clock.advance(minutes=6)
            self.counts.crossed += 1
            self._deliver(other)
            self._nested = False

        return Provider(
            name,
            kind,
            replaces=replaces,
            phones=self.phones,
            identify=lambda row_id: str(self.account.rows[row_id].due.key),
            allow=lambda message: self.account.allow(message, self.clock.now() + dt.timedelta(seconds=machine.skew)),
            step=machine.death.step,
            meanwhile=meanwhile,
            seed=self.plan.seed,
        )


def _when(deed: Deed) -> dt.datetime:
    return deed.at
