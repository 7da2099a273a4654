"""What a person may see and do on a day: roles held through assignments, own or as deputy."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.module_loading import import_string

from foundation.people.models import Assignment, Delegation, Position, User
from foundation.people.roles import Role, Scope

__all__ = ["Access", "Post", "Role", "Scope", "access_of", "people_with_role", "roles"]


@cache
def roles() -> dict[str, Role]:
    """Every role by its key, from the table that ``settings.ROLES`` names."""
    return {role.key: role for role in import_string(settings.ROLES)}


@dataclass(frozen=True)
class Post:
    """One assignment in force: role, department and for whom the holder acts."""

    user_id: int
    position_id: int
    department_id: int
    department_path: str
    business_unit_id: int | None
    role: Role
    is_main: bool
    is_head: bool
    acts_for: int | None = None


class Access:
    """A person's rights on one day, read once and kept for the life of this object (a request, a job's chunk)."""

    def __init__(self, user: User, day: date):
        self.user = user
        self.day = day
        self._positions: dict[int, Position] = {}

    @cached_property
    def principals(self) -> list[int]:
        """People for whom this person acts as deputy today."""
        if not self.user.is_active or not self.user.pk:
            return []
        return list(Delegation.objects.on(self.day).filter(deputy=self.user, principal__is_active=True).values_list("principal_id", flat=True))

    @cached_property
    def posts(self) -> list[Post]:
        """Assignments in force, the main one first, own before those held as deputy."""
        if not self.user.is_active or not self.user.pk:
            return []
        rows = Assignment.objects.on(self.day).filter(user_id__in=[self.user.pk, *self.principals]).select_related("position__department")
        known = roles()
        self._positions = {row.position_id: row.position for row in rows}
        found = [
            Post(
                user_id=row.user_id,
                position_id=row.position_id,
                department_id=row.position.department_id,
                department_path=row.position.department.path,
                business_unit_id=row.position.department.business_unit_id,
                role=known[row.position.role],
                is_main=row.is_main,
                is_head=row.position.is_head,
                acts_for=None if row.user_id == self.user.pk else row.user_id,
            )
            for row in rows
            if row.position.role in known
        ]
        return sorted(found, key=lambda post: (post.acts_for is not None, not post.is_main, post.position_id))

    @property
    def main_post(self) -> Post | None:
        """The post that names this person's department and role in records and events."""
        own = [post for post in self.posts if post.acts_for is None]
        return own[0] if own else None

    @property
    def main_position(self) -> Position | None:
        """The position of the main post, with its department."""
        main = self.main_post
        return self._positions[main.position_id] if main else None

    @cached_property
    def role_keys(self) -> frozenset[str]:
        return frozenset(post.role.key for post in self.posts)

    @cached_property
    def permissions(self) -> frozenset[str]:
        """Permission strings (``crm_core.claim_account``) of all roles held."""
        if self.user.is_superuser and self.user.is_active:
            return frozenset().union(*(role.permissions for role in roles().values()))
        return frozenset().union(*(post.role.permissions for post in self.posts))

    @cached_property
    def department_ids(self) -> frozenset[int]:
        return frozenset(post.department_id for post in self.posts)

    @cached_property
    def report_ids(self) -> frozenset[int]:
        """People under this person's own posts, at any depth."""
        positions = {post.position_id for post in self.posts}
        seen: set[int] = set()
        people: set[int] = set()
        while positions:
            rows = Assignment.objects.on(self.day).filter(position__reports_to__in=positions).values_list("position_id", "user_id")
            seen |= positions
            people |= {user for _position, user in rows}
            positions = {position for position, _user in rows} - seen
        return frozenset(people)

    def scope_posts(self, label: str) -> list[tuple[Scope, Post]]:
        """For a model label, each post's scope that shows anything at all."""
        pairs = [(post.role.scope_for(label), post) for post in self.posts]
        return [(scope, post) for scope, post in pairs if scope != Scope.NONE]

    def sees_all(self, label: str) -> bool:
        """Whether every row of the model is visible."""
        return (self.user.is_superuser and self.user.is_active) or any(scope == Scope.ALL for scope, _post in self.scope_posts(label))


def access_of(user: Any, day: date | None = None) -> Access:
    """The person's rights on ``day`` (today unless said), kept on the user object for the request."""
    if day is not None:
        return Access(user, day)
    kept: Access | None = getattr(user, "_access", None)
    if kept is None or kept.day != timezone.localdate():
        kept = Access(user, timezone.localdate())
        user._access = kept
    return kept


def people_with_role(role_key: str, *, day: date, where: Callable[[models.QuerySet], models.QuerySet] | None = None) -> models.QuerySet[User]:
    """Active people who hold a role on ``day``, in the departments that ``where`` keeps."""
    rows: models.QuerySet = Assignment.objects.on(day).filter(position__role=role_key, user__is_active=True)
    if where is not None:
        rows = where(rows)
    return User.objects.filter(pk__in=rows.values("user_id"))
