"""What an actor is to one student's night, judged from facts that one statement brought with the night itself.

The same rules as SQL predicates are in ``access``; here no further statement is spent (docs/architecture.md).
"""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from backend.services.actor import Actor, ActorKind
from backend.storage.queries.json_rows import Row


@dataclass(frozen=True)
class Relation:
    """An actor, a student and a night of the student's in a class. ``homeroom_posts`` are the actor's, of any class."""

    actor: Actor
    student_id: uuid.UUID
    class_id: uuid.UUID | None
    night: dt.date
    today: dt.date
    is_guardian: bool
    homeroom_posts: Sequence[Row]

    @property
    def is_family(self) -> bool:
        """The student, or a guardian whose guardianship stands."""
        if self.actor.kind is ActorKind.STUDENT:
            return self.actor.id == self.student_id
        return self.actor.kind is ActorKind.GUARDIAN and self.is_guardian

    @property
    def is_homeroom(self) -> bool:
        """Homeroom teacher of the night's class, today and already on that night (rule 12)."""
        if self.actor.kind is not ActorKind.STAFF:
            return False
        return is_homeroom_of(self.homeroom_posts, self.class_id, night=self.night, today=self.today)

    @property
    def is_class_tablet(self) -> bool:
        """The tablet of the night's class."""
        return (
            self.actor.kind is ActorKind.TABLET and self.class_id is not None and self.actor.class_id == self.class_id
        )

    @property
    def sees(self) -> bool:
        """Whether the night is there for the actor at all; the office's spot check with a reason is apart."""
        return self.is_family or self.is_homeroom


def is_homeroom_of(
    homeroom_posts: Sequence[Row], class_id: uuid.UUID | None, *, night: dt.date, today: dt.date
) -> bool:
    """Whether one of a person's homeroom posts is in the class, stands today and had begun by the night (rule 12)."""
    return any(
        post["class_id"] == class_id and post["from_on"] <= night and covers(post, today) for post in homeroom_posts
    )


def covers(dated: Row, day: dt.date) -> bool:
    """Whether a row with ``from_on`` and ``to_on`` stands on a day."""
    return bool(dated["from_on"] <= day and (dated["to_on"] is None or dated["to_on"] >= day))
