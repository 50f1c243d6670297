"""Who at school is told of a class: the posts that stand today."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from backend.domain.people import Role


def stands(post: Any, day: Any) -> sa.ColumnElement[bool]:
    """Whether a post is held on a day."""
    return sa.and_(post.from_on <= day, sa.or_(post.to_on.is_(None), post.to_on >= day))


def concerns(post: Any, class_id: Any, *roles: Role) -> sa.ColumnElement[bool]:
    """Whether a post has to do with a class: one of `roles` in it, or the academic office, which has with every one."""
    in_class = sa.and_(post.role.in_(roles), post.class_id == class_id)
    return sa.or_(in_class, post.role == Role.academic_office)
