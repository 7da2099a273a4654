"""What stands under a found customer: the place in the language of the reader, whoever has saved the customer."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from crm_core.services.account import create_account
from foundation.people.models import User
from foundation.search.services import find


@pytest.fixture
def saved(sales_rep, now):
    """Two customers of one place, saved in one language each."""
    made = {}
    for language, name in (("zh-hans", "青山机械有限公司"), ("en", "青山五金有限公司")):
        with translation.override(language):
            made[language] = create_account(data={"name": name, "short_name": "青山", "region": "440305"}, by=sales_rep, now=now)
    return made


@pytest.mark.parametrize(("language", "place", "other"), [("zh-hans", "南山", "Nanshan"), ("en", "Nanshan", "南山")])
def test_the_place_reads_in_the_language_of_the_reader(saved, sales_rep, language, place, other):
    with translation.override(language):
        lines = {hit.object_id: hit.subtitle for hit in find("青山", by=sales_rep, kinds=["crm_core.account"])}
    assert set(lines) == {row.pk for row in saved.values()}
    for line in lines.values():
        assert line.startswith("青山 · ")
        assert place in line
        assert other not in line


def test_it_is_found_by_the_words_in_which_it_was_saved(saved, sales_rep):
    for language, text in (("zh-hans", "南山"), ("en", "Nanshan")):
        with translation.override("en" if language == "zh-hans" else "zh-hans"):
            assert [hit.object_id for hit in find(text, by=sales_rep, kinds=["crm_core.account"])] == [saved[language].pk]


def test_a_place_that_is_no_code_stays_as_it_was_written(sales_rep, now):
    create_account(data={"name": "远方有限公司", "region_text": "某个小镇"}, by=sales_rep, now=now)
    assert find("远方", by=sales_rep)[0].subtitle == "某个小镇"


def test_many_found_rows_cost_no_more_statements(saved, sales_rep, now):
    def cost():
        with CaptureQueriesContext(connection) as seen:
            found = len(find("青山", by=User.objects.get(pk=sales_rep.pk), kinds=["crm_core.account"]))
        return len(seen), found

    cost()
    few, _found = cost()
    for sign in "甲乙丙丁戊":
        create_account(data={"name": f"青山{sign}有限公司", "region": "110105"}, by=sales_rep, now=now)
    assert cost() == (few, 7)


def test_the_search_page_says_it(saved, sales_rep, client_of):
    for language, place in (("zh-hans", "南山"), ("en", "Nanshan")):
        User.objects.filter(pk=sales_rep.pk).update(language=language)
        page = client_of(User.objects.get(pk=sales_rep.pk)).get("/search/", {"q": "青山"}).content.decode()
        assert page.count(place) >= 2
