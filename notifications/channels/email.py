"""E-mail over SMTP: text and HTML in the person's language, a neutral subject, one tap to end it (RFC 8058).

One connection serves a batch. What a code means depends on where in the talk it comes, so the steps are taken one by
one: `smtplib.sendmail` would not tell a refused sender from a refused reader.
"""

from __future__ import annotations

import html
import re
import smtplib
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from backend.services.reminders.delivering import AddressKind
from notifications.channels.base import Message, Outcome, Result
from notifications.channels.email_words import email_words

TIMEOUT_SECONDS = 15.0
_ADDRESS = re.compile(
    r"[^\s@<>,;:\"()\[\]\\\x00-\x1f]+@[^\s@<>,;:\"()\[\]\\\x00-\x1f]+\.[^\s@<>,;:\"()\[\]\\\x00-\x1f]+"
)
#: Of the extended codes (RFC 3463): the mailbox is not there, or not any more.
_NO_MAILBOX = re.compile(rb"\b5\.(?:1\.[0-9]+|2\.1)\b")
_EXTENDED = re.compile(rb"\b[245]\.[0-9]{1,3}\.[0-9]{1,3}\b")


@dataclass(frozen=True)
class MailServer:
    """Where mail is handed in. `security` is ``starttls``, ``tls`` or ``none``."""

    host: str
    port: int
    security: str = "starttls"
    user: str | None = None
    password: str | None = field(default=None, repr=False)


class EmailChannel:
    """Sends to guardians' and staff's addresses. `unsubscribe_link` gives each message the way to end them."""

    name = "email"
    kinds = frozenset({AddressKind.EMAIL})
    replaces_first_copy = False

    def __init__(
        self,
        server: MailServer,
        *,
        sender: str,
        unsubscribe_link: Callable[[Message], str],
        now: Callable[[], datetime],
        timeout_seconds: float = TIMEOUT_SECONDS,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        """Open nothing yet. `trust` only for tests, whose mail server is on this machine."""
        self._server, self._sender, self._link, self._now = server, sender, unsubscribe_link, now
        self._timeout, self._trust = timeout_seconds, trust
        self._connection: smtplib.SMTP | None = None

    def send(self, batch: Sequence[Message]) -> list[Outcome]:
        """Send one after another over one connection; an outcome for each message, in order."""
        outcomes: list[Outcome] = []
        for message in batch:
            outcomes.append(self._send_one(message))
            if outcomes[-1].error_code in _WHOLE_BATCH:
                # Of a server that fell silent the rest hears nothing now: a hundred time-outs outlast the lease.
                rest = _AGAIN if outcomes[-1].result is Result.UNCLEAR else outcomes[-1]
                outcomes += [rest] * (len(batch) - len(outcomes))
                break
        self.close()
        return outcomes

    def close(self) -> None:
        """Say good-bye, if anybody listens."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            connection.quit()
        except (smtplib.SMTPException, OSError):
            connection.close()

    def _send_one(self, message: Message) -> Outcome:
        if not _ADDRESS.fullmatch(message.address or "") or not (message.address or "").isascii():
            return Outcome(Result.ADDRESS_GONE, error_code="address_unreadable")
        try:
            letter = self._letter(message)
        except (ValueError, MessageError):
            # Like a..b@home.example, which some providers hand out: one address must not hold up the others.
            return Outcome(Result.ADDRESS_GONE, error_code="address_unreadable")
        try:
            connection = self._connected()
        except smtplib.SMTPAuthenticationError as error:
            return _of_sign_in(error.smtp_code)
        except (smtplib.SMTPNotSupportedError, ssl.SSLError):
            return Outcome(Result.BROKEN, error_code="mail_security")
        except (smtplib.SMTPException, OSError):
            self._forget()
            return Outcome(Result.RETRY, error_code="mail_server")
        return self._hand_in(connection, message.address or "", letter)

    def _hand_in(self, connection: smtplib.SMTP, address: str, letter: bytes) -> Outcome:
        handing_in = False
        try:
            code, said = connection.mail(self._sender)
            if code != 250:
                return self._over(_of_sender(code))
            code, said = connection.rcpt(address)
            if code not in (250, 251):
                return self._over(_of_reader(code, said))
            handing_in = True
            code, said = connection.data(letter)
        except smtplib.SMTPDataError as error:
            return self._over(_of_letter(error.smtp_code, _bytes(error.smtp_error)))
        except (smtplib.SMTPException, OSError):
            self._forget()
            return Outcome(Result.UNCLEAR, error_code="no_answer") if handing_in else _AGAIN
        if code != 250:
            return self._over(_of_letter(code, said))
        return Outcome(Result.ACCEPTED, provider_id=said.decode("ascii", "replace")[:200] or None)

    def _over(self, outcome: Outcome) -> Outcome:
        """Begin anew with the next message; a server that hung up is forgotten."""
        try:
            if self._connection is not None:
                self._connection.rset()
        except (smtplib.SMTPException, OSError):
            self._forget()
        return outcome

    def _forget(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connected(self) -> smtplib.SMTP:
        if self._connection is None:
            self._connection = self._open()
        return self._connection

    def _open(self) -> smtplib.SMTP:
        server, trust = self._server, self._trust or ssl.create_default_context()
        if server.security == "tls":
            made: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=self._timeout, context=trust)
        else:
            made = smtplib.SMTP(server.host, server.port, timeout=self._timeout)
        try:
            if server.security == "starttls":
                made.starttls(context=trust)
            if server.user:
                made.login(server.user, server.password or "")
        except BaseException:
            made.close()
            raise
        return made

    def _letter(self, message: Message) -> bytes:
        """The whole letter. Headers are made by the library, which refuses line breaks in them."""
        words = email_words(message.locale)
        unsubscribe = self._link(message)
        letter = EmailMessage(policy=SMTP)
        letter["From"] = Address(message.title, addr_spec=self._sender)
        letter["To"] = Address(addr_spec=message.address)
        letter["Subject"] = words["subject"]
        letter["Date"] = format_datetime(self._now())
        letter["Message-ID"] = f"<{message.id}@{parseaddr(self._sender)[1].rpartition('@')[2]}>"
        letter["Auto-Submitted"] = "auto-generated"
        letter["List-Unsubscribe"] = f"<{unsubscribe}>"
        if unsubscribe.startswith("https://"):
            letter["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        letter.set_content(f"{message.body}\n\n{message.link}\n\n-- \n{words['why']}\n{words['stop']} {unsubscribe}\n")
        letter.add_alternative(_page(message, words, unsubscribe), subtype="html")
        letter["Content-Language"] = message.locale  # last: setting the content takes headers of content away
        return letter.as_bytes()


_AGAIN = Outcome(Result.RETRY, error_code="mail_server")
#: What the first message of a batch learns holds for all of it: nobody knocks a hundred times at a closed door.
_WHOLE_BATCH = frozenset(
    {"no_answer", "mail_server", "mail_sign_in", "mail_sign_in_later", "mail_security", "mail_sender"}
)


def _of_sign_in(code: int) -> Outcome:
    if code < 500:
        return Outcome(Result.RETRY, error_code="mail_sign_in_later")
    return Outcome(Result.BROKEN, error_code="mail_sign_in")


def _of_sender(code: int) -> Outcome:
    """MAIL FROM was refused: for now, or because this server does not take mail from us."""
    return _AGAIN if code < 500 else Outcome(Result.BROKEN, error_code="mail_sender")


def _of_reader(code: int, said: bytes) -> Outcome:
    """RCPT TO was refused. A refusal by policy (5.7) or a full mailbox (5.2.2) says nothing against the address."""
    named = f"smtp_{code}"
    if code == 421:
        return _AGAIN
    if code < 500:
        return Outcome(Result.RETRY, error_code=named)
    no_mailbox = _NO_MAILBOX.search(said) or (code in (550, 551, 553, 556) and not _EXTENDED.search(said))
    return Outcome(Result.ADDRESS_GONE if no_mailbox else Result.REFUSED, error_code=named)


def _of_letter(code: int, said: bytes) -> Outcome:
    """The letter itself was refused; some servers say only now that there is no such mailbox."""
    if code < 500:
        return Outcome(Result.RETRY, error_code=f"smtp_{code}")
    gone = _NO_MAILBOX.search(said) is not None
    return Outcome(Result.ADDRESS_GONE if gone else Result.REFUSED, error_code=f"smtp_{code}")


def _bytes(said: object) -> bytes:
    return said if isinstance(said, bytes) else str(said).encode()


def _page(message: Message, words: dict[str, str], unsubscribe: str) -> str:
    """The letter as HTML: nothing loaded from anywhere, readable in the dark."""
    body, link, stop = (html.escape(text) for text in (message.body, message.link, unsubscribe))
    return f"""<!doctype html>
<html lang="{html.escape(message.locale)}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<title>{html.escape(message.title)}</title></head>
<body style="margin:0;padding:24px 16px;font:17px/1.6 'PingFang SC','Noto Sans SC',sans-serif">
<div style="max-width:520px;margin:0 auto">
<p style="margin:0 0 24px">{body}</p>
<p style="margin:0 0 32px"><a href="{link}" style="display:inline-block;padding:12px 24px;border-radius:8px;\
background:#1d5fe0;color:#ffffff;text-decoration:none">{html.escape(words["open"])}</a></p>
<p style="margin:0;font-size:14px">{html.escape(words["why"])}<br>
<a href="{stop}">{html.escape(words["stop_link"])}</a></p>
</div></body></html>
"""
