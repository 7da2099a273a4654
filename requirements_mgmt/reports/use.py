"""Proof of use: of the people whom a requirement is meant for, how many used what was built for it.

Counted from ``UsageDay`` (successful uses of the linked features), never typed in. A person counts once, however often used.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from foundation.people.models import Department, User
from foundation.usage.models import UsageDay
from requirements_mgmt.models import Requirement
from requirements_mgmt.reports.people import Staff, staff_on

DAYS = 28
SMALLEST_GROUP = 5  # fewer people than this are not shown as a group, so that nobody is singled out
WEEKS = 12


@dataclass
class DepartmentUse:
    """A department's part in the use; ``is_hidden`` where it has fewer people than may be shown."""

    department: Department | None
    used: int
    meant_for: int
    is_hidden: bool = False

    @property
    def share(self) -> int:
        """Percent, rounded down so that 100 means everybody."""
        return self.used * 100 // self.meant_for if self.meant_for else 0


@dataclass
class UseCount:
    """``used`` of ``meant_for`` people in the last ``days`` days; ``is_linked`` is False where no feature is linked yet."""

    used: int
    meant_for: int
    days: int = DAYS
    is_linked: bool = True
    used_ids: frozenset[int] = frozenset()
    places: dict[int, int] = field(default_factory=dict, repr=False)

    @property
    def share(self) -> int:
        """Percent, rounded down so that 100 means everybody."""
        return self.used * 100 // self.meant_for if self.meant_for else 0

    @property
    def never_used(self) -> bool:
        """Linked, meant for somebody, and used by nobody in the window."""
        return self.is_linked and self.meant_for > 0 and self.used == 0

    def people(self) -> list[tuple[User, bool]]:
        """Everybody it is meant for, those who did not use it first."""
        rows = User.objects.filter(pk__in=self.places)
        return sorted(((row, row.pk in self.used_ids) for row in rows), key=lambda pair: (pair[1], pair[0].name_key))

    def by_department(self) -> list[DepartmentUse]:
        """The same count per department; groups of fewer than five people are named without figures."""
        total: dict[int, int] = defaultdict(int)
        used: dict[int, int] = defaultdict(int)
        for person, place in self.places.items():
            total[place] += 1
            used[place] += person in self.used_ids
        names = Department.objects.in_bulk(list(total))
        rows = [DepartmentUse(names[place], used[place], count, is_hidden=count < SMALLEST_GROUP) for place, count in total.items()]
        return sorted(rows, key=lambda row: row.department.path if row.department else "")


def use_of_requirement(requirement: Requirement, today: date, days: int = DAYS) -> UseCount:
    """How many of the people whom the requirement is meant for used a linked feature in the last ``days`` days."""
    return use_of_many([requirement], today, days)[requirement.pk]


def use_of_many(requirements: Sequence[Requirement], today: date, days: int = DAYS, *, staff: Staff | None = None) -> dict[int, UseCount]:
    """The same for a page of requirements with a fixed number of queries: links, staff and use are each read once."""
    links = _links(requirements)
    if not links:
        return {row.pk: UseCount(0, 0, days, is_linked=False) for row in requirements}
    staff = staff or staff_on(today)
    users_of = _users_by_feature({feature for rows in links.values() for feature, _permission in rows}, today=today, days=days)
    counts = {}
    for requirement in requirements:
        linked = links.get(requirement.pk)
        if not linked:
            counts[requirement.pk] = UseCount(0, 0, days, is_linked=False)
            continue
        places = staff.meant_for(path=requirement.department.path, role_keys=requirement.roles, permissions=[permission for _feature, permission in linked])
        used = frozenset(places).intersection(*[frozenset().union(*(users_of.get(feature, frozenset()) for feature, _permission in linked))])
        counts[requirement.pk] = UseCount(len(used), len(places), days, used_ids=used, places=places)
    return counts


def attach_use(requirements: Sequence[Requirement], *, today: date) -> None:
    """Give each requirement of a page its ``use``; for ``queryset.attach``."""
    counts = use_of_many(requirements, today)
    for requirement in requirements:
        requirement.use = counts[requirement.pk]  # type: ignore[attr-defined]


def use_by_week(requirement: Requirement, today: date, weeks: int = WEEKS) -> list[dict[str, Any]]:
    """Per week, the oldest first: its last day and how many of today's addressees used a linked feature."""
    use = use_of_requirement(requirement, today)
    first = today - timedelta(days=7 * weeks - 1)
    features = [row.pk for row in requirement.features.all()]
    people: list[set[int]] = [set() for _week in range(weeks)]
    rows = UsageDay.objects.ok().between(first, today).filter(feature_id__in=features).order_by().values_list("day", "user_id").distinct()
    for day, user_id in rows:
        if user_id in use.places:
            people[(day - first).days // 7].add(user_id)
    return [{"ends_on": first + timedelta(days=7 * week + 6), "used": len(found), "meant_for": use.meant_for} for week, found in enumerate(people)]


def _links(requirements: Sequence[Requirement]) -> dict[int, list[tuple[int, str]]]:
    through: Any = Requirement.features.through
    rows = through.objects.filter(requirement_id__in=[row.pk for row in requirements]).values_list("requirement_id", "feature_id", "feature__permission")
    links: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for requirement_id, feature_id, permission in rows:
        links[requirement_id].append((feature_id, permission))
    return links


def _users_by_feature(features: set[int], *, today: date, days: int) -> dict[int, frozenset[int]]:
    since = today - timedelta(days=days - 1)
    rows = UsageDay.objects.ok().between(since, today).filter(feature_id__in=features).order_by().values_list("feature_id", "user_id").distinct()
    found: dict[int, set[int]] = defaultdict(set)
    for feature_id, user_id in rows:
        found[feature_id].add(user_id)
    return {feature: frozenset(people) for feature, people in found.items()}
