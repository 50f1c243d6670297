"""What changed between two versions of a week plan: said item by item, so that a second look takes a minute.

Items carry no ids: a prep group types a list. What stands in both lists alike is the same item; of the rest, the same
line on the same day is, then the same line on another day, then the only other line of that day.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

Item = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """One item that is new (`before` is None), gone (`after` is None) or not as it was."""

    before: Item | None
    after: Item | None

    @property
    def what(self) -> str:
        """`added`, `removed` or `changed`."""
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "changed"


def changes_between(before: Sequence[Item], after: Sequence[Item]) -> list[Change]:
    """Every item that is not the same in both lists: the new list's in its order, then what is gone."""
    old, new = list(before), list(after)
    _pair(old, new, _key)
    pairs: list[tuple[Item, Item]] = []
    for part in (("given_on", "title"), ("title",), ("given_on",)):
        pairs += _pair(old, new, itemgetter(*part))
    changed = [Change(one, other) for one, other in pairs] + [Change(None, item) for item in new]
    order = {id(item): index for index, item in enumerate(after)}
    changed.sort(key=lambda change: order[id(change.after)])
    return changed + [Change(item, None) for item in old]


def _key(item: Item) -> tuple[Any, ...]:
    tiers = [tuple(sorted(each.items())) for each in item["tiers"]]
    return (*(item[name] for name in ("title", "kind", "place", "given_on", "due_on")), *sorted(tiers, key=str))


def _pair(old: list[Item], new: list[Item], key: Callable[[Item], Any]) -> list[tuple[Item, Item]]:
    """Take from both lists what agrees in its key, first with first."""
    pairs = []
    for item in list(new):
        match = next((each for each in old if key(each) == key(item)), None)
        if match is not None:
            old.remove(match)
            del new[next(index for index, each in enumerate(new) if each is item)]
            pairs.append((match, item))
    return pairs
