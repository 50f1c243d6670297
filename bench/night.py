"""The night that is benchmarked: Ada's, with eight published assignments."""

import datetime as dt
import uuid

import sqlalchemy as sa

from backend.domain.load import Kind, Place, Tier
from backend.storage.models import Assignment, AssignmentState, AssignmentTier
from tests.cast import START, TONIGHT, the_cast

NIGHT = TONIGHT
NOW = START + dt.timedelta(hours=2)


def publish(engine: sa.Engine) -> list[uuid.UUID]:
    """Publish eight assignments of ten minutes for Ada's class; their ids."""
    cast = the_cast()
    ids = [uuid.UUID(int=1000 + n) for n in range(8)]
    teacher = cast.maths_teacher.id
    with engine.begin() as connection:
        for assignment_id in ids:
            row = {
                "school_id": cast.shiyan.id,
                "id": assignment_id,
                "class_id": cast.class_31.id,
                "subject": "maths",
                "title": "p. 12",
                "kind": Kind.written,
                "place": Place.home,
                "given_on": NIGHT,
                "due_on": NIGHT + dt.timedelta(days=1),
                "state": AssignmentState.PUBLISHED,
                "created_by": teacher,
                "created_at": START,
                "published_at": START,
            }
            connection.execute(sa.insert(Assignment), row)
            tier = {"tier": Tier.standard, "estimated_minutes": 10, "in_force_at": START, "set_by": teacher}
            connection.execute(
                sa.insert(AssignmentTier),
                tier | {"school_id": cast.shiyan.id, "assignment_id": assignment_id, "version": 1},
            )
    return ids
