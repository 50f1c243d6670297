"""The channel for Firebase against firebase-admin's own `send_each`: the same messages to the same stand-in, in turn.

The stand-in answers at once and lives in a process of its own, so that it is not what is measured. Part of
`make bench-reminders`; alone it is `python -m bench.reminders_push`.
"""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from backend.storage.models import AddressKind
from notifications.channels.base import Message, Result
from notifications.channels.fcm import FcmChannel
from tests.notifications.google_stand_in import throw_away_key

MESSAGES, ROUNDS = 500, 3
NOW = dt.datetime(2026, 11, 19, 13, 0, tzinfo=dt.UTC)
_STAND_IN = """
import asyncio
from aiohttp import web
async def token(_request):
    return web.json_response({"access_token": "token", "expires_in": 3600, "token_type": "Bearer"})
async def send(request):
    await request.read()
    return web.json_response({"name": "projects/demo/messages/1"})
app = web.Application()
app.add_routes([web.post("/token", token), web.post("/v1/projects/demo/messages:send", send)])
async def main():
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, backlog=1024)
    await site.start()
    print(site._server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()
asyncio.run(main())
"""


def push() -> list[str]:
    """Send and time; returns the lines to print."""
    from firebase_admin import messaging

    service = messaging._MessagingService
    kept = service.FCM_URL
    with _stand_in() as base:
        service.FCM_URL = base + "/v1/projects/{0}/messages:send"
        try:
            return _against_send_each(base)
        finally:
            service.FCM_URL = kept


def _against_send_each(base: str) -> list[str]:
    import firebase_admin
    from firebase_admin import messaging

    channel = FcmChannel(lambda: _credential(base), now=lambda: NOW)
    app = firebase_admin.initialize_app(_credential(base), name="send_each")
    batch = [_message(number) for number in range(MESSAGES)]

    def ours() -> bool:
        return all(outcome.result is Result.ACCEPTED for outcome in channel.send(batch))

    def theirs() -> bool:
        taken: int = messaging.send_each([_theirs(each) for each in batch], app=app).success_count
        return taken == MESSAGES

    try:
        return _compared(_timed(ours, theirs))
    finally:
        channel.close()
        firebase_admin.delete_app(app)


def _timed(*ways: Callable[[], bool]) -> list[tuple[float, float]]:
    """The best ``(seconds, seconds of processor)`` of each way, in turn; the first round opens connections."""
    found: list[list[tuple[float, float]]] = [[] for _ in ways]
    for turn in range(ROUNDS + 1):
        for way, times in zip(ways, found, strict=True):
            began, used = time.perf_counter(), time.process_time()
            if not way():
                raise RuntimeError("the stand-in refused a message")
            if turn:
                times.append((time.perf_counter() - began, time.process_time() - used))
    return [(min(wall for wall, _ in times), min(cpu for _, cpu in times)) for times in found]


def _compared(times: Sequence[tuple[float, float]]) -> list[str]:
    (ours, our_cpu), (theirs, their_cpu) = times
    return [
        f"  push: {MESSAGES / ours:,.0f} messages/s, send_each {MESSAGES / theirs:,.0f}: {theirs / ours:.1f} times it",
        f"  own processor time a message: {our_cpu / MESSAGES * 1e3:.2f} ms, send_each"
        f" {their_cpu / MESSAGES * 1e3:.2f}: {their_cpu / our_cpu:.1f} times less",
    ]


def _message(number: int) -> Message:
    return Message(
        id=uuid.UUID(int=number),
        code="confirm_sheet",
        title="作业记录单",
        body="有一份记录等您确认，点开查看。",
        tag=f"{number:032x}",
        ttl_seconds=600,
        link=f"https://school.example/reminders/{number}",
        kind=AddressKind.FCM_INSTALLATION,
        address=f"phone{number}",
    )


def _theirs(message: Message) -> Any:
    """As somebody would write it who uses the library as it is documented: less than the channel puts in."""
    from firebase_admin import messaging

    return messaging.Message(
        fid=message.address,
        data={"code": message.code, "id": str(message.id)},
        notification=messaging.Notification(title=message.title, body=message.body),
        android=messaging.AndroidConfig(collapse_key=message.tag, ttl=dt.timedelta(seconds=message.ttl_seconds)),
    )


def _credential(base: str) -> Any:
    from firebase_admin import credentials

    return credentials.Certificate(
        {
            "type": "service_account",
            "project_id": "demo",
            "private_key_id": "1",
            "private_key": throw_away_key(),
            "client_email": "worker@demo.example",
            "client_id": "1",
            "token_uri": f"{base}/token",
        }
    )


@contextmanager
def _stand_in() -> Iterator[str]:
    own = [sys.executable, "-c", _STAND_IN]
    with subprocess.Popen(own, stdout=subprocess.PIPE, text=True) as served:  # noqa: S603 - a constant of ours
        try:
            assert served.stdout is not None  # noqa: S101 - asked for above
            yield f"http://127.0.0.1:{served.stdout.readline().strip()}"
        finally:
            served.terminate()


if __name__ == "__main__":
    sys.stdout.write("\n".join(push()) + "\n")
