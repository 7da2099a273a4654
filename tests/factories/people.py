from datetime import date

import factory

from foundation.people.models import Assignment, Delegation, Department, Position, User

LONG_AGO = date(2020, 1, 1)


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User

    username = factory.Sequence(lambda n: f"person{n}")
    email = factory.LazyAttribute(lambda o: f"{o.username}@example.com")
    display_name = factory.Sequence(lambda n: f"张三{n}")
    language = "en"


class DepartmentFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Department

    code = factory.Sequence(lambda n: f"D{n}")
    name = factory.Sequence(lambda n: f"部门{n}")
    name_en = factory.Sequence(lambda n: f"Department {n}")


class PositionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Position

    department = factory.SubFactory(DepartmentFactory)
    title = factory.Sequence(lambda n: f"岗位{n}")
    role = "sales_rep"


class AssignmentFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Assignment

    user = factory.SubFactory(UserFactory)
    position = factory.SubFactory(PositionFactory)
    starts_on = LONG_AGO


class DelegationFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Delegation

    principal = factory.SubFactory(UserFactory)
    deputy = factory.SubFactory(UserFactory)
    starts_on = LONG_AGO
    ends_on = date(2099, 12, 31)


def person(username: str, role: str, department: Department, *, head: bool = False, reports_to: Position | None = None, **fields) -> User:
    """A person who has held a position with the role in the department since long ago."""
    user = UserFactory(username=username, display_name=fields.pop("display_name", username.replace("_", " ").title()), **fields)
    position = PositionFactory(department=department, title=f"{username} {role}", role=role, is_head=head, reports_to=reports_to)
    AssignmentFactory(user=user, position=position)
    return user
