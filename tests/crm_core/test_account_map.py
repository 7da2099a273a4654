"""The map of Chinese regions: the same rows as the list, by province and city."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from crm_core.models import Account
from crm_core.models.book import book_of
from crm_core.province_tiles import STEPS, TILES, bounds, step_of
from tests.factories.crm_core import AccountFactory

URL = reverse("crm_core:account_map")


@pytest.fixture
def spread(sales_rep, world):
    """Five customers in Guangdong (two of them in Shenzhen), one in Shanghai, one abroad, one without a place."""
    for code in ("440305", "440300", "440100", "440000", "440106", "310115", "US", ""):
        AccountFactory(owner=sales_rep, department=world.team_a, region=code, level="A" if code == "440305" else "")


def counts(answer):
    return {tile.code: tile.count for tile in answer.context["tiles"] if tile.count}


def test_every_province_has_a_tile_of_its_own():
    places = [(column, row) for _letters, column, row in TILES.values()]
    assert len(TILES) == len(set(places)) == 34
    assert all(1 <= column <= 8 and 1 <= row <= 8 for column, row in places)
    assert len({letters for letters, _column, _row in TILES.values()}) == 34


def test_every_tile_is_in_the_dictionary(db):
    words = book_of("region").words
    assert all(f"{key}0000" in words for key in TILES)


def test_steps_grow_with_the_count():
    assert [step_of(count, 100) for count in (0, 1, 7, 26, 60, 100)] == [0, 1, 2, 3, 4, 5]
    assert step_of(0, 0) == 0
    for most in (1, 2, 3, 10, 999, 1_000_000):
        found = bounds(most)
        assert all(step_of(least, most) == step for step, least in found)
        assert found[-1][0] == STEPS


def test_provinces_then_cities_then_the_list(spread, sales_rep, client_of):
    client = client_of(sales_rep)
    answer = client.get(URL)
    assert counts(answer) == {"440000": 5, "310000": 1}
    assert answer.context["elsewhere"] == {"home": 0, "abroad": 1, "unknown": 0, "none": 1}
    assert answer.context["total"] == 8
    inside = client.get(URL, {"province": "440000"})
    assert [(row.code, row.count) for row in inside.context["cities"]] == [("440100", 2), ("440300", 2), ("440000", 1)]
    for code, count in (("440000", 5), ("440300", 2), ("310000", 1)):
        listed = client.get(reverse("crm_core:account_list"), {"region": code})
        assert listed.context["table"].counted().number == count
    assert [row.code for row in client.get(URL, {"province": "310000"}).context["cities"]] == ["310115"]


def test_filters_are_those_of_the_list(spread, sales_rep, other_rep, world, client_of, now):
    client = client_of(sales_rep)
    assert counts(client.get(URL, {"level": "A"})) == {"440000": 1}
    assert counts(client.get(URL, {"kind": "merchant"})) == {}
    assert counts(client.get(URL, {"owner": sales_rep.pk})) == {"440000": 5, "310000": 1}
    Account.objects.filter(region="310115").update(created_at=now - timedelta(days=60))
    assert counts(client.get(URL, {"created": "30"})) == {"440000": 5}
    page = client.get(URL, {"level": "A"}).content.decode()
    assert f"{reverse('crm_core:account_list')}?level=A&amp;region=440000" in page


def test_bad_words_ask_for_nothing(spread, sales_rep, client_of):
    for bad in (
        {"province": "990000"},
        {"province": "44"},
        {"province": "<b>"},
        {"level": "ZZ"},
        {"owner": "x"},
        {"kind": "x" * 400},
        {"region": "440000"},
        {"q": "x"},
    ):
        answer = client_of(sales_rep).get(URL, bad)
        assert answer.status_code == 200, bad
        assert answer.context["province"] is None


def test_the_map_shows_only_what_one_sees(spread, other_rep, outsider, trainer, sales_manager, client_of):
    assert client_of(other_rep).get(URL).context["total"] == 0
    assert client_of(outsider).get(URL).context["total"] == 0
    assert client_of(sales_manager).get(URL).context["total"] == 8
    assert client_of(trainer).get(URL).status_code == 403
    assert client_of(sales_manager).post(URL).status_code == 405


def test_both_languages(spread, sales_rep, client_of):
    client = client_of(sales_rep)
    assert "Guangdong: 5 accounts" in client.get(URL).content.decode()
    sales_rep.language = "zh-hans"
    sales_rep.save(update_fields=["language"])
    with translation.override("zh-hans"):
        page = client_of(sales_rep).get(URL).content.decode()
    assert "广东" in page


def test_queries_do_not_grow(spread, sales_rep, world, client_of):
    client = client_of(sales_rep)
    client.get(URL)
    with CaptureQueriesContext(connection) as few:
        client.get(URL)
    for key in TILES:
        AccountFactory(owner=sales_rep, department=world.team_a, region=f"{key}0000")
    with CaptureQueriesContext(connection) as many:
        client.get(URL)
    assert len(many) == len(few)
    assert len(many) < 25
