"""Several queries in one statement give what each gives by itself."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import DatabaseError
from django.db.models import BooleanField, Count, ExpressionWrapper, Max, Q

from crm_core.models import Account, Activity, Opportunity, Tag
from foundation.people.models import User
from foundation.reading import answer_of, read_together, side_by_side
from tests.factories.crm_core import AccountFactory, ActivityFactory, OpportunityFactory
from tests.guards.samples import factories, make_sample

pytestmark = pytest.mark.django_db


def values_of(row):
    return {name: value for name, value in row.__dict__.items() if name != "_state"}


def same(alone, together):
    assert [values_of(row) for row in together] == [values_of(row) for row in alone]
    assert [[type(value) for value in values_of(row).values()] for row in together] == [[type(value) for value in values_of(row).values()] for row in alone]


def test_every_model_reads_the_same(world):
    """Each kind of value there is, as it comes by itself: nothing is lost on the way through JSON."""
    labels = sorted(label for label in factories() if not label.startswith("docs_site.guide"))
    models = [type(make_sample(label, world)) for label in labels]
    assert len(models) > 40
    for start in range(0, len(models), 10):
        asked = [model._base_manager.order_by("pk") for model in models[start : start + 10]]
        read_together(*asked)
        for model, rows in zip(models[start : start + 10], asked, strict=True):
            same(list(model._base_manager.order_by("pk")), rows)


def test_one_statement_for_related_annotated_and_sliced_rows(django_assert_num_queries, sales_rep):
    account = AccountFactory(owner=sales_rep, name="深圳\"华强'电子\\ % _ \u2028 😀", custom={"a": 1.5, "b": ["x", None, True], "c": "null"})
    deal = OpportunityFactory(account=account, owner=sales_rep, amount=Decimal("12345678901234.56"))
    ActivityFactory.create_batch(5, account=account, opportunity=deal, author=sales_rep, occurred_at=datetime(2026, 3, 1, 23, 59, 59, 123456, tzinfo=UTC))

    def asked():
        return (
            Activity.objects.filter(account=account).select_related("author", "contact", "opportunity__account").order_by("-occurred_at", "-pk")[1:4],
            Account.objects.annotate(mine=ExpressionWrapper(Q(owner=sales_rep), output_field=BooleanField())).only("name", "custom", "owner"),
            Opportunity.objects.values("account").annotate(number=Count("pk"), last=Max("created_at"), most=Max("amount")).order_by("account"),
            Opportunity.objects.values_list("amount", "close_on"),
            Activity.objects.values_list("pk", flat=True).order_by("-pk").distinct(),
            Tag.objects.none(),
            User.objects.filter(pk__in=[]),
        )

    alone, together = asked(), asked()
    with django_assert_num_queries(1):
        read_together(*together)
        read = [list(rows) for rows in together]
        assert (read[0][0].author, read[0][0].opportunity.account.name) == (sales_rep, account.name)
    assert [len(rows) for rows in read] == [3, 1, 1, 1, 5, 0, 0]
    assert read == [list(rows) for rows in alone]
    same(alone[0], read[0])
    same(alone[1], read[1])
    assert [type(value) for row in read[3] for value in row] == [type(value) for row in alone[3] for value in row]


def test_what_is_read_already_is_not_asked_again(django_assert_num_queries, sales_rep):
    rows = Account.objects.all()
    list(rows)
    with django_assert_num_queries(0):
        read_together(rows, Tag.objects.none())


def test_the_queryset_asks_the_database_again_when_it_is_narrowed(sales_rep):
    """What stands in for the answer is gone afterwards: a filter upon the queryset reads afresh."""
    first, second = AccountFactory(owner=sales_rep), AccountFactory(owner=sales_rep)
    rows = Account.objects.order_by("pk")
    read_together(rows)
    assert list(rows) == [first, second]
    assert list(rows.filter(pk=second.pk)) == [second] == list(rows.all().exclude(pk=first.pk))


def test_rows_fetched_along_follow(django_assert_num_queries, sales_rep):
    account = AccountFactory(owner=sales_rep)
    account.tags.add(Tag.objects.create(name="展会"))
    rows = Account.objects.prefetch_related("tags")
    with django_assert_num_queries(2):
        read_together(rows, Tag.objects.all())
        assert [[tag.name for tag in row.tags.all()] for row in rows] == [["展会"]]


def asks(*rounds):
    """Asks for each list in turn and says how many rows each had."""
    found = []
    for rows in rounds:
        yield [rows]
        found.append(len(rows))
    return found


def test_who_asks_side_by_side_reads_together_what_each_wants_next(django_assert_num_queries, sales_rep):
    account = AccountFactory(owner=sales_rep)
    ActivityFactory.create_batch(3, account=account, author=sales_rep)
    people = User.objects.filter(pk=sales_rep.pk)
    with django_assert_num_queries(2):
        said = answer_of(
            side_by_side(asks(Account.objects.all(), Activity.objects.all()), "said already", asks(people), asks(people, Tag.objects.all()), asks())
        )
    assert said == [[1, 3], "said already", [1], [1, 0], []]


def test_what_the_first_answer_brings_is_asked_in_the_next_statement(django_assert_num_queries, sales_rep):
    account = AccountFactory(owner=sales_rep)
    ActivityFactory.create_batch(2, account=account, author=sales_rep)

    def latest():
        accounts = Account.objects.filter(owner=sales_rep)
        yield [accounts]
        [inner] = yield from side_by_side(asks(Activity.objects.filter(account__in=[row.pk for row in accounts])))
        return inner

    with django_assert_num_queries(2):
        assert answer_of(latest()) == [2]


def test_a_failing_statement_is_told_to_everybody_who_waits_for_it():
    def careful():
        try:
            yield [Account.objects.extra(where=["no_such_column = 1"])]
        except DatabaseError:
            return "could not be counted"

    assert answer_of(side_by_side(careful(), careful())) == ["could not be counted"] * 2


def test_a_failing_statement_reaches_the_page_where_nobody_expects_it():
    with pytest.raises(DatabaseError):
        answer_of(side_by_side(asks(Account.objects.extra(where=["no_such_column = 1"]))))
