"""Plays the phones of one class through one evening, over HTTP, with a clock that it moves: `nightsheet demo --play`.

The script and what must come out of it are `backend.demo.evening`; the worker's tick is handed in, so that this side
and the reminders' side stay strangers. Only loopback is used, and the server is gone when the evening is over.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import TextIO

from flask import Flask

from backend.clock import FrozenClock
from backend.demo import evening, evening_cast
from backend.demo.evening_cast import EveningCast, WayIn
from backend.demo.evening_report import Outcome, problems, report
from backend.demo.told import Told
from backend.settings import Settings
from backend.storage.engine import build_engine
from mobile_api.demo_deeds import Deeds, new_id
from mobile_api.demo_phones import Document, Loopback, Phone, Records
from mobile_api.demo_server import served

MINUTE = timedelta(minutes=1)


def play(
    *,
    app: Flask,
    clock: FrozenClock,
    tick: Callable[[datetime], object],
    reminders: Callable[[], list[Told]],
    out: TextIO,
    locale: str = "zh-CN",
) -> int:
    """Let one class live one evening and print what came out; 0 when all of it is as it must be, else 1.

    `app` is an application over an empty, migrated database with a secret key, made with this `clock`. `tick` runs and
    delivers one minute of the worker; `reminders` lists every reminder of the database (`backend.demo.told`).
    """
    outcome = live(app=app, clock=clock, tick=tick, reminders=reminders)
    found = problems(outcome)
    out.write(report(outcome, locale=locale, found=found))
    return 1 if found else 0


def live(
    *, app: Flask, clock: FrozenClock, tick: Callable[[datetime], object], reminders: Callable[[], list[Told]]
) -> Outcome:
    """The evening itself, and all that came out."""
    settings: Settings = app.extensions["nightsheet.settings"]
    clock.move_to(evening.instant(evening.BEGINS))
    engine = build_engine(settings.database_url)
    try:
        cast = evening_cast.load(engine, secret_key=settings.required_secret_key(), now=clock.now())
    finally:
        engine.dispose()
    with served(app) as port:
        player = _Player(cast, clock, port)
        player.sign_everybody_in()
        player.play(tick)
        return Outcome(cast, player.board(), player.nights(), reminders(), player.surprises)


class _Player:
    """Signs everybody in and lets the evening pass, minute by minute."""

    def __init__(self, cast: EveningCast, clock: FrozenClock, port: int) -> None:
        self._cast, self._clock, self._line = cast, clock, Loopback(port)
        self._random = Random(evening.SEED)
        self._phones: dict[str, Phone] = {}
        self._deeds = Deeds(cast, clock, self._line, self._random)

    @property
    def surprises(self) -> list[str]:
        """Every answer that the script did not expect."""
        return self._deeds.surprises

    def sign_everybody_in(self) -> None:
        """Staff by password; guardians, and children with a phone, by the code of their slip."""
        shared = {child.key: child.guardians[0] for child in evening.CHILDREN if child.shares_phone}
        absent = {c.key for c in evening.CHILDREN if not (c.own_phone or c.shares_phone)}
        installations: dict[str, tuple[str, Records]] = {}
        for key, way in self._cast.ways_in.items():
            if key in absent:
                continue
            installation, records = installations.setdefault(shared.get(key, key), (new_id(self._random), Records()))
            fast = timedelta(seconds=evening.FAST_CLOCK.get(key, 0))
            phone = self._phones[key] = Phone(key, installation, records, fast)
            self._sign_in(phone, way)
        for key, (starts, ends) in evening.QUIET.items():
            self._line.do("PUT", "/me/reminders", self._phones[key], {"quiet_from": starts, "quiet_to": ends})

    def _sign_in(self, phone: Phone, way: WayIn) -> None:
        body: Document
        if way.role == "staff":
            body = {"school": evening_cast.SLUG, "login": way.login, "password": way.password}
            signed_in = self._line.do("POST", "/auth/sessions", None, body)
        else:
            body = {"code": way.code, "telephone_last_four": way.digits, "installation_id": phone.installation_id}
            signed_in = self._line.do("POST", "/auth/claims", None, body)
        phone.token = signed_in["token"]
        address = {"kind": "console", "address": f"console:{phone.key}"}
        if way.role != "staff":
            self._line.do("PUT", f"/me/devices/{phone.installation_id}", phone, address)

    def play(self, tick: Callable[[datetime], object]) -> None:
        """Minute by minute: first what people do, then what the worker makes of it."""
        steps = evening.script()
        while self._clock.now() <= evening.instant(evening.ENDS):
            while steps and evening.instant(steps[0].at) <= self._clock.now():
                step = steps.pop(0)
                self._deeds.carry_out(self._phones[step.who], step)
            tick(self._clock.now())
            self._clock.move_to(self._clock.now() + MINUTE)

    def board(self) -> Document:
        """The homeroom teacher's board of the night."""
        path = f"/classes/{self._cast.class_id}/nights/{evening.NIGHT}"
        return self._line.do("GET", path, self._phones["homeroom"])

    def nights(self) -> dict[str, Document]:
        """Every child's night, as a guardian sees it."""
        return {child.key: self._deeds.night(self._phones[child.guardians[0]], child.key) for child in evening.CHILDREN}
