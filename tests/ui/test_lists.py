"""Lists over people: paging by position, filters, search, sorting, columns, views."""

import pytest
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.db import connection
from django.http import Http404, QueryDict
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils.functional import SimpleLazyObject
from django_filters import CharFilter, ChoiceFilter, FilterSet
from django_htmx.middleware import HtmxMiddleware

from foundation.people.models import SavedView, User
from foundation.ui.keyset import cursor_of, keys_of, ordered
from foundation.ui.lists import Bulk, Column, list_response, ticked
from tests.factories.people import UserFactory


class PersonFilter(FilterSet):
    language = ChoiceFilter(choices=[("en", "English"), ("zh-hans", "简体中文")], label="Language")
    email = CharFilter(lookup_expr="icontains", label="E-mail")

    class Meta:
        model = User
        fields = ["language", "email"]


COLUMNS = (
    Column("display_name", "Name", kind="link", sort="name_key", url=lambda row: f"/people/{row.pk}/", phone=True),
    Column("email", "E-mail", sort="email"),
    Column("last_login", "Last seen", sort="last_login", kind="datetime"),
    Column("employee_number", "Number", sort="-employee_number", kind="number"),
    Column("language", "Language", kind="badge", tone=lambda row: "info", default=False),
)


@pytest.fixture
def show(db):
    """Ask the list with a query string; answers the response with its table."""

    def ask(user, query="", *, htmx=False, **options):
        request = RequestFactory().get(f"/somewhere/?{query}", headers={"HX-Request": "true", "HX-Target": "list"} if htmx else {})
        request.user = user
        SessionMiddleware(lambda _r: None).process_request(request)
        MessageMiddleware(lambda _r: None).process_request(request)
        HtmxMiddleware(lambda _r: None)(request)
        request.csp_nonce = SimpleLazyObject(lambda: "n")
        options = {"queryset": User.objects.all(), "columns": COLUMNS, "template": "layouts/list.html", "key": "people.users", **options}
        return list_response(request, **options)

    return ask


@pytest.fixture
def people(db):
    """Twelve people, some never seen, some seen at the same moment."""
    from datetime import UTC, datetime

    moments = [None, datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)]
    return [UserFactory(display_name=f"P{n:02}", last_login=moments[n % 4], employee_number=f"{n % 3}{n:03}") for n in range(12)]


def names(response):
    html = response.content.decode()
    return [part.split("<")[0] for part in html.split('class="cell-link" href="')[1:] for part in [part.split(">", 1)[1]]]


def walk(show, user, query, way="next"):
    """Every page from the start, in order."""
    from urllib.parse import urlsplit

    pages, seen = [], 0
    while True:
        response = show(user, query, page_size=5)
        pages.append(names(response))
        html = response.content.decode()
        if 'rel="next"' not in html:
            return pages
        link = html.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
        query = urlsplit(link).query
        seen += 1
        assert seen < 20


class TestPaging:
    @pytest.mark.parametrize("sort", ["", "display_name", "-display_name", "last_login", "-last_login", "email", "employee_number", "-employee_number"])
    def test_every_row_once_whatever_the_order(self, show, people, sort):
        pages = walk(show, people[0], f"sort={sort}" if sort else "")
        flat = [name for page in pages for name in page]
        assert len(flat) == 12
        assert len(set(flat)) == 12
        assert [len(page) for page in pages] == [5, 5, 2]

    @pytest.mark.parametrize("sort", ["last_login", "-last_login"])
    def test_empty_values_come_last_both_ways(self, show, people, sort):
        flat = [name for page in walk(show, people[0], f"sort={sort}") for name in page]
        assert set(flat[-3:]) == {"P00", "P04", "P08"}

    @pytest.mark.parametrize("sort", ["last_login", "-last_login", "display_name"])
    def test_back_leads_to_the_page_before(self, show, people, sort):
        first = show(people[0], f"sort={sort}", page_size=5)
        second_query = first.content.decode().split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&").split("?")[1]
        second = show(people[0], second_query, page_size=5)
        third_query = second.content.decode().split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&").split("?")[1]
        third = show(people[0], third_query, page_size=5)
        back_query = third.content.decode().split('rel="prev" href="')[1].split('"')[0].replace("&amp;", "&").split("?")[1]
        assert f"sort={sort}" in back_query
        assert names(show(people[0], back_query, page_size=5)) == names(second)
        back_query = second.content.decode().split('rel="prev" href="')[1].split('"')[0].replace("&amp;", "&").split("?")[1]
        assert names(show(people[0], back_query, page_size=5)) == names(first)

    def test_a_row_added_before_does_not_shift_the_next_page(self, show, people):
        first = show(people[0], "sort=display_name", page_size=5)
        query = first.content.decode().split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&").split("?")[1]
        UserFactory(display_name="P000")
        assert names(show(people[0], query, page_size=5)) == ["P05", "P06", "P07", "P08", "P09"]

    @pytest.mark.parametrize("cursor", ["x", "W10", "!!!", "W1sidiIsbnVsbF1d", "WzFd", "e30", "W1sidiIse31dXQ"])
    def test_a_forged_place_shows_the_first_page(self, show, people, cursor):
        assert len(names(show(people[0], f"after={cursor}", page_size=5))) == 5

    def test_a_place_of_another_type_is_not_found_or_ignored(self, show, people):
        keys = keys_of(User.objects.all(), ["name_key"])
        row = ordered(User.objects.all(), keys).first()
        row.key_0, row.key_1 = "P", "not a number"
        with pytest.raises(Http404):
            show(people[0], f"sort=last_login&after={cursor_of(row, keys)}", page_size=5)

    def test_queries_do_not_grow_with_rows(self, show, people):
        with CaptureQueriesContext(
            connection,
        ) as few:
            show(people[0], page_size=3)
        UserFactory.create_batch(20)
        with CaptureQueriesContext(connection) as many:
            show(people[0], page_size=30)
        assert len(many) <= len(few)


class TestNarrowing:
    def test_search_wants_every_word(self, show, people):
        UserFactory(display_name="王小明", email="wang@east.example.com")
        shown = show(people[0], "q=王 east", search=("display_name__icontains", "email__icontains"))
        assert names(shown) == ["王小明"]

    def test_filter_and_its_chip(self, show, people):
        UserFactory(display_name="Only", language="zh-hans")
        shown = show(people[0], "language=zh-hans", filterset=PersonFilter)
        assert names(shown) == ["Only"]
        assert "is-set" in shown.content.decode()

    def test_a_wrong_filter_value_is_said_and_ignored(self, show, people):
        shown = show(people[0], "language=xx", filterset=PersonFilter)
        assert shown.status_code == 200
        assert "Select a valid choice" in shown.content.decode()

    def test_only_allowed_columns_sort(self, show, people):
        assert names(show(people[0], "sort=password")) == names(show(people[0]))

    def test_nothing_found_offers_to_clear(self, show, people):
        shown = show(people[0], "q=nobody", search=("display_name__icontains",)).content.decode()
        assert "Clear all filters" in shown

    def test_htmx_gets_the_table_alone(self, show, people):
        html = show(people[0], htmx=True).content.decode()
        assert "<html" not in html
        assert 'id="list"' in html
        assert 'hx-swap-oob="true"' in html


class TestOwnWay:
    def test_columns_follow_the_person(self, show, people, client_of):
        client_of(people[0]).post("/ui/columns/", {"list": "people.users", "columns": ["language"], "next": "/"})
        people[0].refresh_from_db()
        html = show(people[0]).content.decode()
        heads = html.split("<thead>")[1].split("</thead>")[0]
        assert "Language" in heads
        assert "E-mail" not in heads
        assert "Name" in heads  # the first column always stays
        client_of(people[0]).post("/ui/columns/", {"list": "people.users", "reset": "1", "next": "/"})
        people[0].refresh_from_db()
        assert people[0].preferences["columns"] == {}

    def test_views_are_tabs_for_their_owner_and_shared_ones_for_all(self, show, people, client_of):
        client_of(people[0]).post("/ui/views/", {"list": "people.users", "name": "Chinese", "query": "language=zh-hans", "next": "/"})
        view = SavedView.objects.get()
        assert "Chinese" in show(people[0], filterset=PersonFilter).content.decode()
        assert "Chinese" not in show(people[1]).content.decode()
        view.is_shared = True
        view.save()
        assert "Chinese" in show(people[1]).content.decode()
        assert client_of(people[1]).post(f"/ui/views/{view.pk}/delete/").status_code == 404
        assert client_of(people[0]).post(f"/ui/views/{view.pk}/delete/").status_code == 302
        assert not SavedView.objects.exists()

    def test_bulk_actions_only_for_those_who_may(self, show, people):
        actions = (Bulk("Hand over", "/x/"), Bulk("Forbidden", "/y/", permission="nothing.at_all"))
        html = show(people[0], bulk=actions).content.decode()
        assert "Hand over" in html
        assert "Forbidden" not in html

    def test_one_page_is_counted_by_its_rows(self, show, people):
        with CaptureQueriesContext(connection) as asked:
            html = show(people[0], page_size=50).content.decode()
        assert f">{User.objects.count()}</span>" in html
        assert "count=1" not in html
        assert not [query for query in asked if "COUNT(" in query["sql"] and "people_user" in query["sql"]]

    def test_a_longer_list_is_counted_after_its_page(self, show, people):
        total = User.objects.count()
        html = show(people[0], "sort=name&view=7", page_size=5).content.decode()
        assert "5+" in html
        assert "more than 5" in html
        assert 'hx-get="/somewhere/?sort=name&amp;view=7&amp;count=1" hx-trigger="load"' in html
        counted = show(people[0], "sort=name&view=7&count=1", page_size=5).content.decode()
        assert f'id="list-count">{total}</span>' in counted
        assert f"{total} rows" in counted
        assert "<table" not in counted

    def test_a_later_page_says_that_there_are_more_rows_than_it_shows(self, show, people):
        users = User.objects.all()
        keys = keys_of(users, ("-pk",))
        after = cursor_of(ordered(users, keys)[4], keys)
        html = show(people[0], f"after={after}", page_size=5, htmx=True).content.decode()
        assert "10+" in html
        assert 'id="list-count" hx-swap-oob="true" hx-get="/somewhere/?count=1"' in html

    def test_the_count_is_of_the_filtered_rows_and_stops_at_the_cap(self, show, people, monkeypatch):
        assert 'id="list-count">0</span>' in show(people[0], "language=en&email=nobody&count=1", filterset=PersonFilter).content.decode()
        monkeypatch.setattr("foundation.ui.counts.COUNT_CAP", 10)
        html = show(people[0], "count=1", page_size=5).content.decode()
        assert "10+" in html
        assert "more than 10" in html


@pytest.mark.parametrize(
    ("sent", "keys"),
    [
        (["3", "1", "3", "03"], [3, 1]),
        (["", "x", "-1", "1.5", " 2", "٣", "²", "9" * 19, "9" * 5000, "4;drop"], []),
        ([str(n) for n in range(1, 400)], list(range(1, 201))),
    ],
)
def test_ticked_keys_keep_their_order_and_what_is_no_key_is_passed_over(sent, keys):
    data = QueryDict(mutable=True)
    data.setlist("pk", sent)
    assert ticked(data) == keys
    assert ticked(data, most=1) == keys[:1]
    assert ticked(data, name="only") == []
