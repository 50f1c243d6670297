"""Plays the phones of one class through one evening, over HTTP, with a clock that it moves: `nightsheet demo --play`.

The script and what must come out of it are `backend.demo.evening`; the worker's tick is handed in, so that this side
and the reminders' side stay strangers. Only loopback is used, and the server is gone when the evening is over.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, TextIO
from uuid import UUID

from flask import Flask

from backend.clock import FrozenClock
from backend.demo import evening, evening_cast
from backend.demo.evening import Step
from backend.demo.evening_cast import EveningCast, WayIn
from backend.demo.evening_report import Outcome, problems, report
from backend.demo.told import Told
from backend.settings import Settings
from backend.storage.engine import build_engine
from mobile_api.demo_server import served

PREFIX = "/api/v1"
MINUTE = timedelta(minutes=1)
TIMEOUT_SECONDS = 30
Document = dict[str, Any]


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


@dataclass(slots=True)
class _Records:
    """What one installation holds: entries by subject, sleep and note of each child, with its own revisions."""

    entries: dict[tuple[str, str], Document] = field(default_factory=dict)
    sleeps: dict[str, Document] = field(default_factory=dict)
    assignments: dict[str, Document] = field(default_factory=dict)


@dataclass(slots=True)
class _Phone:
    """One signed-in person on one installation. A clock that is fast shows `fast` too much."""

    key: str
    installation_id: str
    records: _Records
    fast: timedelta
    token: str = ""
    is_online: bool = True
    queue: list[Document] = field(default_factory=list)


class _Player:
    """Carries the script out, one request a deed, and notes every answer that was not expected."""

    def __init__(self, cast: EveningCast, clock: FrozenClock, port: int) -> None:
        self._cast, self._clock, self._port = cast, clock, port
        self._random = Random(evening.SEED)
        self._phones: dict[str, _Phone] = {}
        self.surprises: list[str] = []

    # --- HTTP -------------------------------------------------------------------------------------------------------

    def _call(self, method: str, path: str, phone: _Phone | None, body: Document | None = None) -> tuple[int, Document]:
        """One request over a connection of its own; the status and the parsed answer."""
        headers = {"Content-Type": "application/json"}
        if phone is not None:
            headers["Authorization"] = f"Bearer {phone.token}"
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=TIMEOUT_SECONDS)
        try:
            payload = None if body is None else json.dumps(body, ensure_ascii=False).encode()
            connection.request(method, PREFIX + path, payload, headers)
            answer = connection.getresponse()
            text = answer.read()
            return answer.status, json.loads(text) if text else {}
        finally:
            connection.close()

    def _want(self, step: Step, status: int, answer: Document) -> None:
        """Note an answer that the script did not expect."""
        got = answer.get("code") or answer.get("result") or ""
        fine = status < 300 if not step.expect else step.expect in (got, str(status))
        if not fine:
            self.surprises.append(f"{step.at} {step.who} {step.do} {step.child}: {status} {got} {answer.get('errors')}")

    # --- signing in -------------------------------------------------------------------------------------------------

    def sign_everybody_in(self) -> None:
        """Staff by password; guardians, and children with a phone, by the code of their slip."""
        shared = {child.key: child.guardians[0] for child in evening.CHILDREN if child.shares_phone}
        absent = {c.key for c in evening.CHILDREN if not (c.own_phone or c.shares_phone)}
        installations: dict[str, tuple[str, _Records]] = {}
        for key, way in self._cast.ways_in.items():
            if key in absent:
                continue
            installation, records = installations.setdefault(shared.get(key, key), (self._new_id(), _Records()))
            fast = timedelta(seconds=evening.FAST_CLOCK.get(key, 0))
            phone = self._phones[key] = _Phone(key, installation, records, fast)
            self._sign_in(phone, way)
        for key, (starts, ends) in evening.QUIET.items():
            self._do("PUT", "/me/reminders", self._phones[key], {"quiet_from": starts, "quiet_to": ends})

    def _sign_in(self, phone: _Phone, way: WayIn) -> None:
        body: Document
        if way.role == "staff":
            body = {"school": evening_cast.SLUG, "login": way.login, "password": way.password}
            signed_in = self._do("POST", "/auth/sessions", None, body)
        else:
            body = {"code": way.code, "telephone_last_four": way.digits, "installation_id": phone.installation_id}
            signed_in = self._do("POST", "/auth/claims", None, body)
        phone.token = signed_in["token"]
        address = {"kind": "console", "address": f"console:{phone.key}"}
        if way.role != "staff":
            self._do("PUT", f"/me/devices/{phone.installation_id}", phone, address)

    def _do(self, method: str, path: str, phone: _Phone | None, body: Document | None = None) -> Document:
        """A request that cannot fail in a sound program. Raises RuntimeError when it does."""
        status, answer = self._call(method, path, phone, body)
        if status >= 300:
            raise RuntimeError(f"{method} {path}: {status} {answer}")
        return answer

    def _new_id(self) -> str:
        return str(UUID(int=self._random.getrandbits(128), version=4))

    # --- the evening ------------------------------------------------------------------------------------------------

    def play(self, tick: Callable[[datetime], object]) -> None:
        """Minute by minute: first what people do, then what the worker makes of it."""
        steps = evening.script()
        while self._clock.now() <= evening.instant(evening.ENDS):
            while steps and evening.instant(steps[0].at) <= self._clock.now():
                step = steps.pop(0)
                getattr(self, f"_{step.do}")(self._phones[step.who], step)
            tick(self._clock.now())
            self._clock.move_to(self._clock.now() + MINUTE)

    def board(self) -> Document:
        """The homeroom teacher's board of the night."""
        path = f"/classes/{self._cast.class_id}/nights/{evening.NIGHT}"
        return self._do("GET", path, self._phones["homeroom"])

    def nights(self) -> dict[str, Document]:
        """Every child's night, as a guardian sees it."""
        return {child.key: self._night(self._phones[child.guardians[0]], child.key) for child in evening.CHILDREN}

    def _path(self, child: str) -> str:
        return f"/students/{self._cast.id_of(child)}/nights/{evening.NIGHT}"

    def _night(self, phone: _Phone, child: str) -> Document:
        return self._do("GET", self._path(child), phone)

    def _phones_now(self, phone: _Phone) -> datetime:
        return self._clock.now() + phone.fast

    # --- teachers ---------------------------------------------------------------------------------------------------

    def _publish(self, phone: _Phone, step: Step) -> None:
        what = step.what
        body = {
            "subject": what["subject"],
            "title": what["title"],
            "given_on": evening.NIGHT.isoformat(),
            "due_on": (evening.NIGHT + timedelta(days=1)).isoformat(),
            "tiers": [{"estimated_minutes": what["minutes"]}],
            "over_cap_reason": what.get("reason"),
        }
        self._want(step, *self._call("POST", f"/classes/{self._cast.class_id}/assignments", phone, body))

    def _review(self, phone: _Phone, step: Step) -> None:
        version = self._night(phone, step.child)["version"]
        body = {"sheet_version": version, "teacher_reply": step.what["text"]}
        self._want(step, *self._call("PUT", self._path(step.child) + "/review", phone, body))

    # --- families: entries ------------------------------------------------------------------------------------------

    def _look(self, phone: _Phone, step: Step) -> None:
        """Open the night: the phone then holds what stands."""
        night = self._night(phone, step.child)
        phone.records.assignments.update({work["subject"]: work for work in night["assignments"]})
        for entry in night["entries"]:
            self._hold(phone, step.child, entry)
        phone.records.sleeps[step.child] = dict(night["sleep"])

    def _hold(self, phone: _Phone, child: str, entry: Document) -> None:
        mine = phone.records.entries.get((child, entry["subject"]))
        revision = mine["revision"] if mine else 0
        phone.records.entries[child, entry["subject"]] = {**entry, "revision": revision}

    def _start(self, phone: _Phone, step: Step) -> None:
        entry = self._entry(phone, step)
        entry["segments"].append(self._segment(self._phones_now(phone), None, "timer"))
        self._send_entry(phone, step, entry, "in_progress")

    def _pause(self, phone: _Phone, step: Step) -> None:
        self._end(phone, step, "in_progress")

    def _finish(self, phone: _Phone, step: Step) -> None:
        self._end(phone, step, "finished")

    def _end(self, phone: _Phone, step: Step, outcome: str) -> None:
        entry = self._entry(phone, step)
        entry["segments"][-1]["finished_at"] = self._phones_now(phone).isoformat()
        self._send_entry(phone, step, entry, outcome)

    def _type(self, phone: _Phone, step: Step) -> None:
        self._write(phone, step, "typed")

    def _amend(self, phone: _Phone, step: Step) -> None:
        self._write(phone, step, "amended")

    def _write(self, phone: _Phone, step: Step, source: str) -> None:
        entry = self._entry(phone, step)
        start, finish = evening.instant(step.what["from"]), evening.instant(step.what["to"])
        entry["segments"] = [self._segment(start, finish, source)]
        self._send_entry(phone, step, entry, "finished")

    def _segment(self, start: datetime, finish: datetime | None, source: str) -> Document:
        finished_at = None if finish is None else finish.isoformat()
        return {"started_at": start.isoformat(), "finished_at": finished_at, "source": source, "clock": "ok"}

    def _entry(self, phone: _Phone, step: Step) -> Document:
        """What the phone holds of the child's work on a subject, or a new entry under an id of its own."""
        key = (step.child, step.what["subject"])
        if key not in phone.records.entries and phone.is_online:
            self._look(phone, step)
        if key not in phone.records.entries:
            phone.records.entries[key] = {"id": self._new_id(), "version": None, "revision": 0, "segments": []}
        return phone.records.entries[key]

    def _send_entry(self, phone: _Phone, step: Step, entry: Document, outcome: str) -> None:
        entry["revision"] += 1
        body = {
            **self._versioning(phone, entry),
            "assignment_id": phone.records.assignments[step.what["subject"]]["id"],
            "title": "",
            "outcome": outcome,
            "segments": [
                {name: s[name] for name in ("started_at", "finished_at", "source", "clock")} for s in entry["segments"]
            ],
        }
        if not phone.is_online:
            phone.queue.append({"kind": "entry", **self._about(step), "id": entry["id"], **body})
            return
        status, answer = self._call("PUT", f"{self._path(step.child)}/entries/{entry['id']}", phone, body)
        self._want(step, status, answer)
        if status < 300:
            entry["version"] = answer["record"]["version"]
        else:
            # It is not saved: what the phone shows is what it sends again.
            entry["segments"] = [] if status == 403 else entry["segments"]

    def _versioning(self, phone: _Phone, record: Document) -> Document:
        return {
            "base_version": record["version"],
            "installation_id": phone.installation_id,
            "revision": record["revision"],
            "sent_at": self._phones_now(phone).isoformat(),
        }

    def _about(self, step: Step) -> Document:
        return {"student_id": str(self._cast.id_of(step.child)), "night": evening.NIGHT.isoformat()}

    # --- families: bed, morning, confirmation -------------------------------------------------------------------------

    def _lights_out(self, phone: _Phone, step: Step) -> None:
        self._send_sleep(phone, step, "lights_out_at")

    def _wake(self, phone: _Phone, step: Step) -> None:
        self._send_sleep(phone, step, "woke_at")

    def _send_sleep(self, phone: _Phone, step: Step, name: str) -> None:
        if phone.is_online:
            mine = phone.records.sleeps.get(step.child, {}).get("revision_of_mine", 0)
            phone.records.sleeps[step.child] = {**self._night(phone, step.child)["sleep"], "revision_of_mine": mine}
        sleep = phone.records.sleeps.setdefault(step.child, {})
        sleep[name] = evening.instant(step.what["at"]).isoformat()
        sleep["revision_of_mine"] = sleep.get("revision_of_mine", 0) + 1
        record = {"version": sleep.get("version") or None, "revision": sleep["revision_of_mine"]}
        times = {each: sleep.get(each) for each in ("lights_out_at", "woke_at", "nap_minutes")}
        body = {**self._versioning(phone, record), **times, "source": "typed"}
        if phone.is_online:
            self._want(step, *self._call("PUT", self._path(step.child) + "/sleep", phone, body))
        else:
            phone.queue.append({"kind": "sleep", **self._about(step), **body})

    def _submit(self, phone: _Phone, step: Step) -> None:
        body = {"sent_at": self._phones_now(phone).isoformat()}
        self._want(step, *self._call("PUT", self._path(step.child) + "/submission", phone, body))

    def _stop(self, phone: _Phone, step: Step) -> None:
        body = {"lights_out_at": evening.instant(step.what["at"]).isoformat()}
        self._want(step, *self._call("PUT", self._path(step.child) + "/stop", phone, body))

    def _confirm(self, phone: _Phone, step: Step) -> None:
        body = {"sheet_version": self._night(phone, step.child)["version"]}
        self._want(step, *self._call("PUT", self._path(step.child) + "/confirmation", phone, body))

    def _note(self, phone: _Phone, step: Step) -> None:
        record = {"version": None, "revision": 1}
        body = {**self._versioning(phone, record), "guardian_note": step.what["text"]}
        self._want(step, *self._call("PUT", self._path(step.child) + "/note", phone, body))

    def _grant_consent(self, phone: _Phone, step: Step) -> None:
        path = f"/students/{self._cast.id_of(step.child)}/consent"
        body = {"decision": "granted", "text_version": self._do("GET", path, phone)["text_version"]}
        self._want(step, *self._call("PUT", path, phone, body))

    # --- without a connection ---------------------------------------------------------------------------------------

    def _go_offline(self, phone: _Phone, step: Step) -> None:
        child = step.child or next(c.key for c in evening.CHILDREN if step.who in (c.key, *c.guardians))
        self._look(phone, Step(step.at, step.who, "look", child))
        phone.is_online = False

    def _go_online(self, phone: _Phone, step: Step) -> None:
        """Send what was kept, the latest first, as often as the script says: sending again changes nothing."""
        phone.is_online = True
        changes = [{name: c[name] for name in c if name != "sent_at"} for c in reversed(phone.queue)]
        self._sync(phone, step, changes)
        before = self._night(phone, step.child)
        for _ in range(step.what["times"] - 1):
            again = self._sync(phone, step, changes)
            if set(again) != {"same"} or self._night(phone, step.child) != before:
                self.surprises.append(f"{step.at} {step.who}: sending again changed something ({again})")
        phone.queue.clear()

    def _sync(self, phone: _Phone, step: Step, changes: list[Document]) -> list[str]:
        student_id = str(self._cast.id_of(step.child))
        body = {
            "installation_id": phone.installation_id,
            "sent_at": self._phones_now(phone).isoformat(),
            "cursors": {student_id: None},
            "changes": changes,
        }
        status, answer = self._call("POST", "/sync", phone, body)
        self._want(step, status, answer)
        results = [result["result"] for result in answer.get("results", [])]
        if not set(results) <= {"applied", "same"}:
            self.surprises.append(f"{step.at} {step.who} sync: {answer}")
        return results
