"""A word to whoever runs the installation when reminders have stopped: to a web hook, by mail, or both.

A line of the log that is an alarm says so itself (``extra={"alarm": …}``): nobody has ticked for ten minutes, or a
provider refuses a channel's credentials. What travels is that line and numbers: nobody's name, nothing of a child. A
process that cannot log cannot alarm either, so a rule on `/metrics` stays the better watch (docs/operations.md).
"""

from __future__ import annotations

import json
import logging
import smtplib
import ssl
import threading
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from http.client import HTTPException
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from backend.settings import Settings

log = logging.getLogger(__name__)

Way = Callable[[Mapping[str, Any]], None]
"""Tells one alarm, or raises OSError."""

#: The same alarm of the same channel is told by a process so often at the most.
PAUSE_SECONDS = 3600.0
TIMEOUT_SECONDS = 10.0
#: What an alarm may say beside its line; everything else that a log line carries stays in the log.
TOLD = ("channel", "minutes")


class AlarmHandler(logging.Handler):
    """Tells alarms over each way, beside the process's work and never twice within `PAUSE_SECONDS`."""

    def __init__(self, ways: Sequence[Way], *, installation: str, now: Callable[[], float] = time.monotonic) -> None:
        """`installation` is the public address, so that the reader knows whose alarm it is."""
        super().__init__(logging.CRITICAL)
        self._ways, self._installation, self._now = ways, installation, now
        self._told: dict[tuple[str, str], float] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Tell it if it is an alarm and was not told lately."""
        alarm = getattr(record, "alarm", None)
        if alarm is None:
            return
        which, now = (str(alarm), str(getattr(record, "channel", ""))), self._now()
        if now - self._told.get(which, -PAUSE_SECONDS) < PAUSE_SECONDS:
            return
        self._told[which] = now
        threading.Thread(target=self._tell, args=(self._said(record),), daemon=True).start()

    def _said(self, record: logging.LogRecord) -> dict[str, Any]:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="seconds")
        said = {"alarm": vars(record)["alarm"], "says": record.getMessage(), "at": at, "of": self._installation}
        return said | {name: vars(record)[name] for name in TOLD if name in vars(record)}

    def _tell(self, said: Mapping[str, Any]) -> None:
        for way in self._ways:
            try:
                way(said)
            except (OSError, smtplib.SMTPException, HTTPException, ValueError) as problem:
                # URLError and HTTPError are OSErrors; what a server garbles and an address nobody can write are not.
                log.error("an alarm could not be told", extra={"problem": type(problem).__name__})


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """An alarm goes where the operator said, and nowhere else."""


def to_url(url: str) -> Way:
    """POST the alarm as JSON: ``alarm, says, at, of``, and ``channel`` or ``minutes`` where there is one."""
    opener = urllib.request.build_opener(_NoRedirects)

    def tell(said: Mapping[str, Any]) -> None:
        body = json.dumps(said).encode()
        request = urllib.request.Request(url, body, {"Content-Type": "application/json"})  # noqa: S310 - https by the settings
        opener.open(request, timeout=TIMEOUT_SECONDS).close()

    return tell


def by_mail(settings: Settings, to: str, *, trust: ssl.SSLContext | None = None) -> Way:
    """A plain letter over the mail server of the channel ``email``. `trust` only for tests."""

    def tell(said: Mapping[str, Any]) -> None:
        letter = EmailMessage()
        letter["From"], letter["To"] = settings.mail_from, to
        letter["Subject"] = f"Nightsheet 作业记录单: {said['says']}"
        letter.set_content("\n".join(f"{name}: {value}" for name, value in said.items()))
        with _server(settings, trust or ssl.create_default_context()) as server:
            if settings.smtp_user:
                server.login(settings.smtp_user, settings.smtp_password or "")
            server.send_message(letter)

    return tell


def _server(settings: Settings, trust: ssl.SSLContext) -> smtplib.SMTP:
    where = (settings.smtp_host or "", settings.smtp_port)
    if settings.smtp_security == "tls":
        return smtplib.SMTP_SSL(*where, timeout=TIMEOUT_SECONDS, context=trust)
    server = smtplib.SMTP(*where, timeout=TIMEOUT_SECONDS)
    if settings.smtp_security == "starttls":
        server.starttls(context=trust)
    return server


def install(settings: Settings) -> AlarmHandler | None:
    """Let this process's alarms be told as the settings say; None where they name nobody."""
    ways: list[Way] = []
    if settings.alarm_url:
        ways.append(to_url(settings.alarm_url))
    if settings.alarm_mail:
        ways.append(by_mail(settings, settings.alarm_mail))
    if not ways:
        return None
    handler = AlarmHandler(ways, installation=settings.public_url)
    logging.getLogger().addHandler(handler)
    return handler
