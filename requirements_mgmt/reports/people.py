"""Who a requirement is meant for, and who speaks for a department."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from foundation.people.access import Role, roles
from foundation.people.models import Assignment, Department, User


@dataclass(frozen=True)
class PostRow:
    """One assignment in force: who, in which role, where in the organisation."""

    user_id: int
    role: str
    department_id: int
    path: str


@dataclass
class Staff:
    """Everybody assigned on a day, read in one query and asked many times."""

    posts: list[PostRow]
    known_roles: dict[str, Role]

    def meant_for(self, *, path: str, role_keys: Iterable[str], permissions: Iterable[str]) -> dict[int, int]:
        """People (and the department each counts in) at or below ``path`` with one of the roles, where a role may use a feature.

        No role named means every role. A feature without a permission is open to all; with several features, one suffices.
        """
        wanted, needed = set(role_keys), set(permissions)
        found: dict[int, int] = {}
        for post in self.posts:
            if not post.path.startswith(path) or (wanted and post.role not in wanted):
                continue
            role = self.known_roles.get(post.role)
            if needed and "" not in needed and not (role and needed & role.permissions):
                continue
            found.setdefault(post.user_id, post.department_id)
        return found


def staff_on(today: date) -> Staff:
    """Assignments of active people in force on a day, main positions first."""
    rows = (
        Assignment.objects.on(today)
        .filter(user__is_active=True)
        .order_by("-is_main", "pk")
        .values_list("user_id", "position__role", "position__department_id", "position__department__path")
    )
    return Staff([PostRow(*row) for row in rows], roles())


def meant_for(requirement: object, *, today: date, staff: Staff | None = None) -> dict[int, int]:
    """The people whom a requirement is meant for on a day: its roles, its department and below, who may use a linked feature."""
    staff = staff or staff_on(today)
    features = list(requirement.features.all())  # type: ignore[attr-defined]
    return staff.meant_for(
        path=requirement.department.path,  # type: ignore[attr-defined]
        role_keys=requirement.roles,  # type: ignore[attr-defined]
        permissions=[row.permission for row in features],
    )


def people_of_departments(departments: Iterable[Department], *, role: str, today: date) -> list[User]:
    """Holders of a role in each department, or in the nearest one above that has some."""
    rows = Assignment.objects.on(today).filter(position__role=role, user__is_active=True).select_related("user", "position")
    holders: dict[int, list[User]] = defaultdict(list)
    for row in rows:
        holders[row.position.department_id].append(row.user)
    found: dict[int, User] = {}
    for department in departments:
        chain = [int(part) for part in department.path.split(".") if part]
        for node in reversed(chain):
            if holders.get(node):
                found.update({user.pk: user for user in holders[node]})
                break
    return list(found.values())
