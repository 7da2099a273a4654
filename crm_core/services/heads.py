"""Who leads: the people to turn to when something about a department has to be decided or hurried."""

from collections.abc import Iterable
from datetime import date

from foundation.people.access import roles
from foundation.people.models import Assignment, Department, User


def nearest_heads(department: Department, *, permission: str, day: date, without: Iterable[int | None] = ()) -> list[User]:
    """Heads of the department, or else of the nearest one above it, who hold the permission and are none of those left out."""
    holding = [role.key for role in roles().values() if permission in role.permissions]
    posts = Assignment.objects.on(day).filter(position__role__in=holding, position__is_head=True, user__is_active=True)
    posts = posts.exclude(user__in=[pk for pk in without if pk]).select_related("user", "position__department")
    above = [post for post in posts if department.path.startswith(post.position.department.path)]
    nearest = max((len(post.position.department.path) for post in above), default=0)
    return list({post.user_id: post.user for post in above if len(post.position.department.path) == nearest}.values())
