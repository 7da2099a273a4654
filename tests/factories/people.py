from datetime import UTC, date, datetime

import factory

from foundation.people.models import ApiToken, Assignment, Connector, Delegation, Department, PeopleImport, PeopleImportRow, Position, SavedView, User

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


class ApiTokenFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = ApiToken

    owner = factory.SubFactory(UserFactory)
    name = factory.Sequence(lambda n: f"token {n}")
    token_sha256 = factory.Sequence(lambda n: f"{n:064x}")
    hint = "crm_abcd"
    expires_at = datetime(2099, 12, 31, tzinfo=UTC)


class ConnectorFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Connector

    name = factory.Sequence(lambda n: f"connector {n}")
    owner = factory.SubFactory(UserFactory)
    identity = factory.SubFactory(UserFactory)
    position = factory.SubFactory(PositionFactory)


class SavedViewFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = SavedView

    owner = factory.SubFactory(UserFactory)
    list_key = "people.people"
    name = factory.Sequence(lambda n: f"view {n}")


class PeopleImportFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = PeopleImport

    file_name = "people.csv"
    sha256 = "0" * 64
    created_by = factory.SubFactory(UserFactory)


class PeopleImportRowFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = PeopleImportRow

    batch = factory.SubFactory(PeopleImportFactory)
    number = factory.Sequence(lambda n: n + 2)
    action = "create"
