"""What a test has committed is gone for the next one: rows, changes of rows that were there before, and changes of the schema."""

import pytest
from django.db import connection

from foundation.people.models import User
from foundation.usage.models import Feature
from tests.factories.people import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
TRIGGERS = {"sqlite": "SELECT count(*) FROM sqlite_master WHERE type = 'trigger'", "postgresql": "SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal"}
SEEN = []


def state():
    with connection.cursor() as cursor:
        cursor.execute(TRIGGERS[connection.vendor])
        (triggers,) = cursor.fetchone()
        tables = frozenset(connection.introspection.table_names(cursor))
    return User.objects.count(), frozenset(Feature.objects.values_list("pk", "key")), triggers, tables


@pytest.mark.parametrize("leaves", ["nothing", "rows", "fewer rows", "other rows", "a table", "no triggers", "nothing again"])
def test_every_test_meets_the_same_database(leaves, world):
    SEEN.append(state())
    assert SEEN[-1] == SEEN[0]
    assert SEEN[0][0] == 16
    assert SEEN[0][1]
    if leaves == "rows":
        UserFactory()
    elif leaves == "fewer rows":
        Feature.objects.order_by("pk").last().delete()
    elif leaves == "other rows":
        Feature.objects.filter(pk=Feature.objects.order_by("pk").first().pk).update(key="changed.by.a.test")
    elif leaves == "a table":
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE left_over (number int)")
    elif leaves == "no triggers":
        from docs_site.triggers import remove

        with connection.schema_editor() as editor:
            remove(None, editor)
    assert (state() == SEEN[0]) == leaves.startswith("nothing")  # the control: each of these would be seen
