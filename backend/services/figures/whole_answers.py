"""An answer about a whole class, grade, school or district: the figures are found, `draw` makes the document.

What is drawn is `trend_overviews` and `estimates_by_week`; who may ask is `trend_access`.
"""

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from backend.domain.policy import Stage
from backend.services.actor import Actor
from backend.services.figures.answers import Answer
from backend.services.figures.trend_access import Figures, class_figures, district_figures, school_figures

Draw = Callable[[Figures], dict[str, Any]]


def ask_class(
    session: Session,
    draw: Draw,
    *,
    name: str,
    actor: Actor,
    class_id: uuid.UUID,
    first: dt.date | None,
    last: dt.date | None,
    now: dt.datetime,
) -> Answer:
    """What ``draw`` makes of a class's figures; ``name`` tells it from others. Raises ``NotFound``, ``Invalid``."""
    found = class_figures(session, actor=actor, class_id=class_id, first=first, last=last, whole=True, now=now)
    head = {"class_id": class_id, "class_name": found.classes[0].name}
    return Answer(found, (f"class's {name}",), lambda found: draw(found) | head)


def ask_school(
    session: Session,
    draw: Draw,
    *,
    name: str,
    actor: Actor,
    school_id: uuid.UUID,
    first: dt.date | None,
    last: dt.date | None,
    now: dt.datetime,
    stage: Stage | None = None,
    grade: int | None = None,
) -> Answer:
    """The same of a school, or of one grade. Raises ``NotFound``, ``Invalid``."""
    found = school_figures(
        session,
        actor=actor,
        school_id=school_id,
        first=first,
        last=last,
        whole=True,
        now=now,
        stage=stage,
        grade=grade,
    )
    head = {"school_id": school_id, "school_name": found.name}
    return Answer(found, (f"school's {name}",), lambda found: draw(found) | head)


def ask_district(
    session: Session,
    draw: Draw,
    *,
    name: str,
    actor: Actor,
    district_id: uuid.UUID,
    first: dt.date | None,
    last: dt.date | None,
    now: dt.datetime,
) -> Answer:
    """The same of a district. Raises ``NotFound``, ``Invalid``."""
    found = district_figures(session, actor=actor, district_id=district_id, first=first, last=last, whole=True, now=now)
    about = (f"district's {name}", str(district_id))
    return Answer(found, about, lambda found: draw(found) | {"district_id": district_id})
