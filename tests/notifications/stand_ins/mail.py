"""A mail server on loopback (RFC 5321): letters that it took, and a reply of one's own for any step of the talk."""

from __future__ import annotations

import base64
import socketserver
import threading
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any


@dataclass
class Letter:
    """One letter as it was handed in."""

    sender: str
    reader: str
    raw: bytes

    @property
    def parsed(self) -> EmailMessage:
        """The letter as a mail program reads it."""
        found = message_from_bytes(self.raw, policy=default)
        assert isinstance(found, EmailMessage)
        return found


@dataclass
class MailProvider:
    """The stand-in. `replies` gives a step another answer; b"" is silence. END is the answer to the whole letter."""

    replies: dict[str, bytes] = field(default_factory=dict)
    by_reader: dict[str, bytes] = field(default_factory=dict)
    letters: list[Letter] = field(default_factory=list)
    sign_ins: list[str] = field(default_factory=list)
    connections: int = 0
    open: int = 0

    def __post_init__(self) -> None:
        """Start serving on a free port of loopback."""
        provider = self
        self.ended = threading.Event()

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                provider.connections += 1
                provider.open += 1
                try:
                    talk(provider, self)
                except OSError:
                    pass
                finally:
                    provider.open -= 1

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True

        self.server = Server(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server.server_address[1])

    def stop(self) -> None:
        """Stop serving and close the socket."""
        self.ended.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def talk(provider: MailProvider, link: Any) -> None:
    """One connection, from greeting to QUIT."""

    def say(step: str, usual: bytes) -> bool:
        answer = provider.replies.get(step, usual)
        if not answer:
            provider.ended.wait(20)
            return False
        link.wfile.write(answer + b"\r\n")
        return True

    if not say("CONNECT", b"220 mail.example ESMTP"):
        return
    sender = reader = ""
    while line := link.rfile.readline():
        word, rest = line.strip()[:4].upper(), line.strip().decode()
        if word in (b"EHLO", b"HELO"):
            going = say("EHLO", b"250-mail.example\r\n250-8BITMIME\r\n250 AUTH PLAIN")
        elif word == b"AUTH":
            provider.sign_ins.append(base64.b64decode(rest.split()[-1]).decode())
            going = say("AUTH", b"235 2.7.0 welcome")
        elif word == b"MAIL":
            sender = rest[rest.index("<") + 1 : rest.index(">")]
            going = say("MAIL", b"250 2.1.0 ok")
        elif word == b"RCPT":
            reader = rest[rest.index("<") + 1 : rest.index(">")]
            going = say("RCPT", provider.by_reader.get(reader, b"250 2.1.5 ok"))
        elif word == b"DATA":
            going = say("DATA", b"354 go on")
            if going and provider.replies.get("DATA", b"354").startswith(b"354"):
                letter = Letter(sender, reader, take(link))
                if provider.replies.get("END", b"250").startswith(b"250"):
                    provider.letters.append(letter)
                going = say("END", b"250 2.0.0 queued as 7")
        elif word == b"QUIT":
            say("QUIT", b"221 bye")
            return
        else:
            going = say(word.decode(), b"250 ok")
        if not going:
            return


def take(link: Any) -> bytes:
    """The letter up to the line with a dot."""
    lines: list[bytes] = []
    while (line := link.rfile.readline()) not in (b".\r\n", b""):
        lines.append(line[1:] if line.startswith(b"..") else line)
    return b"".join(lines)
