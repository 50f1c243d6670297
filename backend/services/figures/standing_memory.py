"""What a process remembers of what live figures rest on: for the same few numbers, the same stamps by the night.

Nothing is taken from here that was not asked of the database just now (`live_figures.Basis`); only the reading night by
night is spared. Each database has a memory of its own, which goes with its engine.
"""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine

Known = TypeVar("Known")
#: A class and period each, of some ten thousand bytes.
MOST_KNOWN = 256


class StandingMemory(Generic[Known]):
    """What was looked at last, of one kind, by database."""

    def __init__(self, most: int = MOST_KNOWN) -> None:
        """Empty."""
        self._most = most
        self._of: WeakKeyDictionary[Engine | Connection, OrderedDict[Hashable, Known]] = WeakKeyDictionary()
        self._lock = threading.Lock()

    def get(self, database: Engine | Connection, key: Hashable) -> Known | None:
        """What is known by this key."""
        with self._lock:
            known = self._of.get(database, OrderedDict())
            if key in known:
                known.move_to_end(key)
            return known.get(key)

    def put(self, database: Engine | Connection, key: Hashable, found: Known) -> None:
        """Know this from now on, and let go of what nobody has asked for the longest."""
        with self._lock:
            known = self._of.setdefault(database, OrderedDict())
            known[key] = found
            while len(known) > self._most:
                known.popitem(last=False)
