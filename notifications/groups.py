"""What may stand in a group of staff, where everybody reads what is for one: classes' matters, in neutral words.

Never a reminder about a child, never a name, never a guardian's; `publish_estimates` neither, which would hold one
colleague's omission up to all. `routing` asks before it chooses a group, and the channel asks again.
"""

from __future__ import annotations

from backend.domain.people import PersonKind
from backend.storage.models import GROUP_KINDS, AddressKind
from notifications.messages import Words, words

#: Codes whose subject is a class or no one, told to more than one colleague.
GROUP_CODES = frozenset({"plan_over_cap", "class_over_cap", "weekly_digest"})


def may_reach(kind: AddressKind, *, code: str, recipient: PersonKind) -> bool:
    """Whether a reminder may go to an address of this kind."""
    return kind not in GROUP_KINDS or (code in GROUP_CODES and recipient is PersonKind.staff)


def group_words(code: str, locale: str) -> Words | None:
    """What a group reads; None for a code that does not belong there. Names and figures have no way in."""
    return words(code, locale) if code in GROUP_CODES else None
