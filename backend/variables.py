"""What an environment variable is and how its text is read. Which there are: `settings` and `channel_settings`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class SettingsError(Exception):
    """A variable has a value that cannot be used; the message names the variable and the remedy."""


@dataclass(frozen=True)
class Variable:
    """One environment variable: the field it fills, how its text is read, and a line for the manual.

    `read` turns the text into the field's value and raises ValueError with a remedy. A variable that is absent or empty
    has the value `default`. `secret` keeps its value out of error messages.
    """

    name: str
    field: str
    default: Any
    says: str
    read: Callable[[str], Any] = str
    secret: bool = False

    def value_in(self, env: Mapping[str, str]) -> Any:
        """Return the value for the field; raises SettingsError."""
        text = env.get(self.name, "").strip()
        if not text:
            return self.default
        try:
            return self.read(text)
        except ValueError as problem:
            shown = "" if self.secret else f" is {text!r}:"
            raise SettingsError(f"{self.name}{shown} {problem}") from None


def number(lowest: int, highest: int) -> Callable[[str], int]:
    """A reader of whole numbers between two, both included."""

    def read(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not lowest <= int(text) <= highest:
            raise ValueError(f"write a whole number from {lowest} to {highest}")
        return int(text)

    return read


def existing_file(text: str) -> Path:
    """The path of a file that is there."""
    path = Path(text).expanduser()
    if not path.is_file():
        raise ValueError("there is no such file; write the path of an existing one")
    return path


def one_of(*words: str) -> Callable[[str], str]:
    """A reader of one of some words."""

    def read(text: str) -> str:
        if text not in words:
            raise ValueError(f"write one of {', '.join(words)}")
        return text

    return read
