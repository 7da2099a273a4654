"""The sales force of the seeded base: eight business units of five teams, two hundred representatives, their managers and one who sees all."""

from dataclasses import dataclass
from datetime import date

from foundation.people.models import Assignment, Department, Position, User
from suite.scale import MARK
from suite.scale.words import FAMILY, GIVEN

UNITS, TEAMS, REPS = 8, 5, 5
SINCE = date(2024, 1, 1)


@dataclass
class Seller:
    """A representative with the departments of accounts and of the pool."""

    user: int
    team: int
    unit: int


def build_world() -> tuple[User, list[Seller]]:
    """Make the people once; a second run finds them."""
    loader = User.objects.filter(username=MARK).first()
    if loader is None:
        loader = _make()
    posts = Assignment.objects.filter(user__username__startswith="seed.rep.").select_related("position__department").order_by("user_id")
    return loader, [Seller(post.user_id, post.position.department_id, post.position.department.business_unit_id or 0) for post in posts]


def _make() -> User:
    group = Department.objects.create(code="SEED", kind="group", name="样本集团", name_en="Sample group")
    loader = _person(MARK, "装载", None, "")
    _person("seed.boss", "总裁", group, "executive")
    number = 0
    for unit_number in range(1, UNITS + 1):
        unit = Department.objects.create(
            code=f"SEED-{unit_number}", parent=group, kind="business_unit", name=f"样本事业部{unit_number}", name_en=f"Sample unit {unit_number}"
        )
        _person(f"seed.manager.{unit_number:02d}", f"经理{unit_number}", unit, "sales_manager")
        for team_number in range(1, TEAMS + 1):
            code = f"SEED-{unit_number}-{team_number}"
            team = Department.objects.create(
                code=code, parent=unit, kind="team", name=f"样本销售组{unit_number}-{team_number}", name_en=f"Sample team {unit_number}-{team_number}"
            )
            for _rep in range(REPS):
                number += 1
                name = FAMILY[number % len(FAMILY)] + GIVEN[number * 7 % len(GIVEN)]
                _person(f"seed.rep.{number:03d}", name, team, "sales_rep")
    return loader


def _person(username: str, name: str, department: Department | None, role: str) -> User:
    user = User(username=username, display_name=name, email=f"{username}@example.com", language="zh-hans", is_active=department is not None)
    user.set_unusable_password()
    user.save()
    if department is not None:
        position = Position.objects.create(department=department, title=f"{username}", title_en=username, role=role)
        Assignment.objects.create(user=user, position=position, starts_on=SINCE, is_main=True)
    return user
