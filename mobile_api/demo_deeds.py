"""What people do on one evening of `demo --play`: each step of the script as requests of that person's phone.

The script is `backend.demo.evening`; `demo_phone` plays it. An answer that the script did not expect is a surprise.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from backend.clock import FrozenClock
from backend.demo import evening
from backend.demo.evening import Step
from backend.demo.evening_cast import EveningCast
from mobile_api.demo_phones import Document, Loopback, Phone


class Deeds:
    """Carries steps out, one request a deed, and notes every answer that was not expected."""

    def __init__(self, cast: EveningCast, clock: FrozenClock, line: Loopback, random: Random) -> None:
        """Nothing has been done yet."""
        self._cast, self._clock, self._line, self._random = cast, clock, line, random
        self.surprises: list[str] = []

    def carry_out(self, phone: Phone, step: Step) -> None:
        """One step: the deed that bears its name."""
        getattr(self, f"_{step.do}")(phone, step)

    def night(self, phone: Phone, child: str) -> Document:
        """A child's night as this phone sees it."""
        return self._line.do("GET", self._path(child), phone)

    def _want(self, step: Step, status: int, answer: Document) -> None:
        """Note an answer that the script did not expect."""
        got = answer.get("code") or answer.get("result") or ""
        fine = status < 300 if not step.expect else step.expect in (got, str(status))
        if not fine:
            self.surprises.append(f"{step.at} {step.who} {step.do} {step.child}: {status} {got} {answer.get('errors')}")

    def _path(self, child: str) -> str:
        return f"/students/{self._cast.id_of(child)}/nights/{evening.NIGHT}"

    def _phones_now(self, phone: Phone) -> datetime:
        return self._clock.now() + phone.fast

    def _new_id(self) -> str:
        return new_id(self._random)

    def _publish(self, phone: Phone, step: Step) -> None:
        what = step.what
        body = {
            "subject": what["subject"],
            "title": what["title"],
            "given_on": evening.NIGHT.isoformat(),
            "due_on": (evening.NIGHT + timedelta(days=1)).isoformat(),
            "tiers": [{"estimated_minutes": what["minutes"]}],
            "over_cap_reason": what.get("reason"),
        }
        self._want(step, *self._line.call("POST", f"/classes/{self._cast.class_id}/assignments", phone, body))

    def _review(self, phone: Phone, step: Step) -> None:
        version = self.night(phone, step.child)["version"]
        body = {"sheet_version": version, "teacher_reply": step.what["text"]}
        self._want(step, *self._line.call("PUT", self._path(step.child) + "/review", phone, body))

    def _look(self, phone: Phone, step: Step) -> None:
        """Open the night: the phone then holds what stands."""
        night = self.night(phone, step.child)
        phone.records.assignments.update({work["subject"]: work for work in night["assignments"]})
        for entry in night["entries"]:
            self._hold(phone, step.child, entry)
        phone.records.sleeps[step.child] = dict(night["sleep"])

    def _hold(self, phone: Phone, child: str, entry: Document) -> None:
        mine = phone.records.entries.get((child, entry["subject"]))
        revision = mine["revision"] if mine else 0
        phone.records.entries[child, entry["subject"]] = {**entry, "revision": revision}

    def _start(self, phone: Phone, step: Step) -> None:
        entry = self._entry(phone, step)
        entry["segments"].append(self._segment(self._phones_now(phone), None, "timer"))
        self._send_entry(phone, step, entry, "in_progress")

    def _pause(self, phone: Phone, step: Step) -> None:
        self._end(phone, step, "in_progress")

    def _finish(self, phone: Phone, step: Step) -> None:
        self._end(phone, step, "finished")

    def _end(self, phone: Phone, step: Step, outcome: str) -> None:
        entry = self._entry(phone, step)
        entry["segments"][-1]["finished_at"] = self._phones_now(phone).isoformat()
        self._send_entry(phone, step, entry, outcome)

    def _type(self, phone: Phone, step: Step) -> None:
        self._write(phone, step, "typed")

    def _amend(self, phone: Phone, step: Step) -> None:
        self._write(phone, step, "amended")

    def _write(self, phone: Phone, step: Step, source: str) -> None:
        entry = self._entry(phone, step)
        start, finish = evening.instant(step.what["from"]), evening.instant(step.what["to"])
        entry["segments"] = [self._segment(start, finish, source)]
        self._send_entry(phone, step, entry, "finished")

    def _segment(self, start: datetime, finish: datetime | None, source: str) -> Document:
        finished_at = None if finish is None else finish.isoformat()
        return {"started_at": start.isoformat(), "finished_at": finished_at, "source": source, "clock": "ok"}

    def _entry(self, phone: Phone, step: Step) -> Document:
        """What the phone holds of the child's work on a subject, or a new entry under an id of its own."""
        key = (step.child, step.what["subject"])
        if key not in phone.records.entries and phone.is_online:
            self._look(phone, step)
        if key not in phone.records.entries:
            phone.records.entries[key] = {"id": self._new_id(), "version": None, "revision": 0, "segments": []}
        return phone.records.entries[key]

    def _send_entry(self, phone: Phone, step: Step, entry: Document, outcome: str) -> None:
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
        status, answer = self._line.call("PUT", f"{self._path(step.child)}/entries/{entry['id']}", phone, body)
        self._want(step, status, answer)
        if status < 300:
            entry["version"] = answer["record"]["version"]
        else:
            # It is not saved: what the phone shows is what it sends again.
            entry["segments"] = [] if status == 403 else entry["segments"]

    def _versioning(self, phone: Phone, record: Document) -> Document:
        return {
            "base_version": record["version"],
            "installation_id": phone.installation_id,
            "revision": record["revision"],
            "sent_at": self._phones_now(phone).isoformat(),
        }

    def _about(self, step: Step) -> Document:
        return {"student_id": str(self._cast.id_of(step.child)), "night": evening.NIGHT.isoformat()}

    def _lights_out(self, phone: Phone, step: Step) -> None:
        self._send_sleep(phone, step, "lights_out_at")

    def _wake(self, phone: Phone, step: Step) -> None:
        self._send_sleep(phone, step, "woke_at")

    def _send_sleep(self, phone: Phone, step: Step, name: str) -> None:
        if phone.is_online:
            mine = phone.records.sleeps.get(step.child, {}).get("revision_of_mine", 0)
            phone.records.sleeps[step.child] = {**self.night(phone, step.child)["sleep"], "revision_of_mine": mine}
        sleep = phone.records.sleeps.setdefault(step.child, {})
        sleep[name] = evening.instant(step.what["at"]).isoformat()
        sleep["revision_of_mine"] = sleep.get("revision_of_mine", 0) + 1
        record = {"version": sleep.get("version") or None, "revision": sleep["revision_of_mine"]}
        times = {each: sleep.get(each) for each in ("lights_out_at", "woke_at", "nap_minutes")}
        body = {**self._versioning(phone, record), **times, "source": "typed"}
        if phone.is_online:
            self._want(step, *self._line.call("PUT", self._path(step.child) + "/sleep", phone, body))
        else:
            phone.queue.append({"kind": "sleep", **self._about(step), **body})

    def _submit(self, phone: Phone, step: Step) -> None:
        body = {"sent_at": self._phones_now(phone).isoformat()}
        self._want(step, *self._line.call("PUT", self._path(step.child) + "/submission", phone, body))

    def _stop(self, phone: Phone, step: Step) -> None:
        body = {"lights_out_at": evening.instant(step.what["at"]).isoformat()}
        self._want(step, *self._line.call("PUT", self._path(step.child) + "/stop", phone, body))

    def _confirm(self, phone: Phone, step: Step) -> None:
        body = {"sheet_version": self.night(phone, step.child)["version"]}
        self._want(step, *self._line.call("PUT", self._path(step.child) + "/confirmation", phone, body))

    def _note(self, phone: Phone, step: Step) -> None:
        record = {"version": None, "revision": 1}
        body = {**self._versioning(phone, record), "guardian_note": step.what["text"]}
        self._want(step, *self._line.call("PUT", self._path(step.child) + "/note", phone, body))

    def _grant_consent(self, phone: Phone, step: Step) -> None:
        path = f"/students/{self._cast.id_of(step.child)}/consent"
        body = {"decision": "granted", "text_version": self._line.do("GET", path, phone)["text_version"]}
        self._want(step, *self._line.call("PUT", path, phone, body))

    def _go_offline(self, phone: Phone, step: Step) -> None:
        child = step.child or next(c.key for c in evening.CHILDREN if step.who in (c.key, *c.guardians))
        self._look(phone, Step(step.at, step.who, "look", child))
        phone.is_online = False

    def _go_online(self, phone: Phone, step: Step) -> None:
        """Send what was kept, the latest first, as often as the script says: sending again changes nothing."""
        phone.is_online = True
        changes = [{name: c[name] for name in c if name != "sent_at"} for c in reversed(phone.queue)]
        self._sync(phone, step, changes)
        before = self.night(phone, step.child)
        for _ in range(step.what["times"] - 1):
            again = self._sync(phone, step, changes)
            if set(again) != {"same"} or self.night(phone, step.child) != before:
                self.surprises.append(f"{step.at} {step.who}: sending again changed something ({again})")
        phone.queue.clear()

    def _sync(self, phone: Phone, step: Step, changes: list[Document]) -> list[str]:
        student_id = str(self._cast.id_of(step.child))
        body = {
            "installation_id": phone.installation_id,
            "sent_at": self._phones_now(phone).isoformat(),
            "cursors": {student_id: None},
            "changes": changes,
        }
        status, answer = self._line.call("POST", "/sync", phone, body)
        self._want(step, status, answer)
        results = [result["result"] for result in answer.get("results", [])]
        if not set(results) <= {"applied", "same"}:
            self.surprises.append(f"{step.at} {step.who} sync: {answer}")
        return results


def new_id(random: Random) -> str:
    """An id as a phone makes it, the same at each playing."""
    return str(UUID(int=random.getrandbits(128), version=4))
