"""The ways out, one file each. A new channel is added to `MAKERS` and to `CHANNELS` in backend/settings.py.

The inbox in the app is no channel: a row of the outbox *is* the message there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from backend.clock import Clock
from backend.settings import Settings, SettingsError
from notifications.channels.base import Channel
from notifications.channels.console import ConsoleChannel

#: Stands in a school's order like a channel, and needs no sending.
INBOX = "inbox"


def _console(_settings: Settings, _clock: Clock) -> Channel:
    return ConsoleChannel()


def _fcm(settings: Settings, clock: Clock) -> Channel:
    from notifications.channels.fcm import fcm_from_file

    if settings.firebase_credentials is None:
        raise SettingsError("NIGHTSHEET_CHANNELS names fcm; set NIGHTSHEET_FIREBASE_CREDENTIALS too")
    return fcm_from_file(settings.firebase_credentials, now=clock.now)


MAKERS: Mapping[str, Callable[[Settings, Clock], Channel]] = {"console": _console, "fcm": _fcm}


def build_channels(settings: Settings, clock: Clock) -> list[Channel]:
    """The channels that this installation has turned on, in its order. Raises SettingsError."""
    return [MAKERS[name](settings, clock) for name in settings.channels if name != INBOX]
