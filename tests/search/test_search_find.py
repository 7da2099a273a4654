import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from docs_site.models import ProjectDocument
from foundation.search.models import SearchDocument
from foundation.search.services import Entry, bulk_index, find, index, sources, unindex
from foundation.text import fold

HANZI = "".join(chr(code) for code in range(0x4E00, 0x4E00 + 30)) + "合同管理客户培训手册青藏线开户关𠮷㐂"


def titles(text, by, **more):
    return [hit.title for hit in find(text, by=by, **more)]


@pytest.mark.parametrize(
    "text",
    [
        "合同",
        "同管",
        "管理",
        "合同管理",
        "理系",
        "合",
        "统",
        "CRM",
        "crm",
        "ｃｒｍ",
        "cr",
        "REQ-12",
        "req12",
        "1234",
        "htgl",
        "合同 CRM",
        "crm系统",
        "café",
        "CAFE",
        "7788",
        "五楼",
    ],
)
def test_find_by_hanzi_latin_code_initials_and_number_tail(paper, world, text):
    paper("合同管理系统 CRM Café", body="联系电话 13800137788，五楼", code="REQ-1234")
    paper("别的文件", body="nothing here", code="X-1")
    expected = ["合同管理系统 CRM Café"] if text != "7788" else []  # tails are kept of codes, not of free text
    assert titles(text, world.outsider) == expected


@pytest.mark.parametrize(
    "text", ["", " ", "同合", "理管", "藏线x", "zzz", "****", '"', "'", "--", "NEAR(", 'a"b', "'':*", "OR", "title_tokens:", "\x00", "%", "_", "(((", "😀"]
)
def test_find_nothing_and_no_harm(paper, world, text):
    paper("合同管理系统", body="内容")
    assert titles(text, world.outsider) == []


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.sampled_from(HANZI), min_size=2, max_size=12), min_size=1, max_size=6), st.data())
def test_find_every_piece_of_a_chinese_text_as_a_scan_would(paper, world, texts, data):
    with transaction.atomic():
        papers = [paper(text, code=f"P{number}") for number, text in enumerate(texts)]
        text = data.draw(st.sampled_from(texts))
        start = data.draw(st.integers(0, len(text) - 2))
        piece = text[start : data.draw(st.integers(start + 2, len(text)))]
        found = {hit.object_id for hit in find(piece, by=world.outsider, limit=100)}
        assert found == {row.pk for row in papers if fold(piece) in fold(row.title)}
        transaction.set_rollback(True)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=60))
def test_find_survives_whatever_is_typed(paper, world, text):
    with transaction.atomic():
        index(paper("合同"), title=text or "x", body=text * 3, codes=[text])
        find(text, by=world.outsider)
        transaction.set_rollback(True)


def test_find_shows_only_rows_that_the_person_may_see(paper, world):
    paper("合同 mine")
    paper("合同 hidden", owner=world.admin, department=world.office)
    assert titles("合同", world.outsider) == ["合同 mine"]
    hits = find("合同", by=world.outsider)
    assert hits.counts == {"docs_site.projectdocument": 1}, "counts must not tell of hidden rows"
    world.outsider.is_superuser = True
    assert set(titles("合同", world.outsider)) == {"合同 mine", "合同 hidden"}


def test_find_nothing_for_the_anonymous_the_deactivated_and_those_without_the_verb(paper, world, sources):
    from django.contrib.auth.models import AnonymousUser

    paper("合同")
    assert titles("合同", AnonymousUser()) == []
    sources[0]["permission"] = "nobody.has_this"
    assert titles("合同", world.outsider) == []
    sources[0].pop("permission")
    world.outsider.is_active = False
    assert titles("合同", world.outsider) == []


def test_find_orders_code_title_start_inside_body(paper, world):
    paper("别的", body="管理 合同")
    paper("客户合同管理")
    paper("合同管理")
    paper("合同")
    paper("甲", code="合同")
    assert titles("合同", world.outsider) == ["甲", "合同", "合同管理", "客户合同管理", "别的"]
    assert titles("合同", world.outsider, limit=2) == ["甲", "合同"]


def test_find_in_chosen_kinds_and_says_where_the_row_is(paper, world, settings):
    row = paper("合同")
    assert titles("合同", world.outsider, kinds=["crm_core.account"]) == []
    hit = find("合同", by=world.outsider, kinds=["docs_site.ProjectDocument"])[0]
    assert (hit.kind, hit.object_id, hit.label, hit.code) == ("docs_site.projectdocument", row.pk, "Documents", row.code)
    settings.SEARCH_SOURCES = [{"model": "docs_site.ProjectDocument", "label": "x", "url": "home"}]
    assert find("合同", by=world.outsider)[0].url == ""


def test_find_a_whole_title_among_hundreds_that_hold_the_word(paper, world, monkeypatch):
    monkeypatch.setattr("foundation.search.services.CANDIDATES", 5)
    for number in range(8):
        paper(f"合同 {number}")
    paper("合同")
    hits = find("合同", by=world.outsider, limit=3)
    assert hits[0].title == "合同"
    assert hits.is_capped


def test_index_renews_and_unindex_forgets(paper, world):
    row = paper("合同")
    index(row, title="报价", codes=[])
    assert titles("合同", world.outsider) == []
    assert titles("报价", world.outsider) == ["报价"]
    unindex(row)
    assert titles("报价", world.outsider) == []


def test_index_follows_the_transaction(paper, world):
    row = paper("合同")
    with transaction.atomic():
        index(row, title="报价")
        transaction.set_rollback(True)
    assert titles("合同", world.outsider) == ["合同"]
    assert titles("报价", world.outsider) == []


def test_index_keeps_long_texts_within_what_databases_can_count(paper, world):
    paper("甲" * 3000, body="长文" * 20_000 + "尾巴")
    assert len(titles("长文", world.outsider)) == 1


def test_bulk_index_takes_the_last_of_a_row_named_twice(paper, world):
    row = paper("合同")
    assert bulk_index([(row, Entry("甲文")), (row, Entry("乙文"))]) == 1
    assert titles("乙文", world.outsider) == ["乙文"]
    assert titles("甲文", world.outsider) == []


def test_find_asks_the_same_number_of_queries_however_many_rows(paper, world):
    def queries():
        del world.outsider._access
        with CaptureQueriesContext(
            connection,
        ) as caught:
            find("合同", by=world.outsider)
        return len(caught)

    paper("合同 1")
    find("合同", by=world.outsider)
    few = queries()
    for number in range(30):
        paper(f"合同 {number}")
    assert queries() == few <= 5


def test_reindex_rebuilds_drops_the_dead_and_names_what_it_knows(paper, world, sources, capsys):
    sources[0]["entry"] = "tests.search.test_search_find.entry_of"
    row = paper("合同")
    SearchDocument.objects.update(title_tokens="", body_tokens="")
    SearchDocument.objects.create(kind="docs_site.projectdocument", object_id=10**9, title="ghost")
    assert titles("合同", world.outsider) == []
    call_command("reindex", model="docs_site.ProjectDocument", batch=1)
    assert titles("合同", world.outsider) == ["合同"]
    assert SearchDocument.objects.get().object_id == row.pk
    with pytest.raises(CommandError, match=r"docs_site\.projectdocument"):
        call_command("reindex", model="no.such")


def entry_of(row):
    return {"title": row.title, "codes": (row.code,)}


def test_sources_refuse_a_model_without_a_gate(settings):
    settings.SEARCH_SOURCES = [{"model": "search.SearchDocument", "label": "x"}]
    with pytest.raises(ImproperlyConfigured):
        sources()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="only psycopg prepares statements")
def test_postgresql_prepares_no_search_query(db):
    connection.ensure_connection()
    assert connection.connection.prepare_threshold is None, "a generic plan makes a quick search slow"


@pytest.mark.parametrize("sees_all", [False, True])
def test_find_no_row_that_is_gone_even_before_unindex(paper, world, sees_all):
    world.outsider.is_superuser = sees_all
    row = paper("合同")
    ProjectDocument.objects.filter(pk=row.pk).delete()
    assert list(find("合同", by=world.outsider)) == []


SHOWN: set[int] = set()


def all_but_shown(documents, text, *, by):
    return [row.object_id for row in documents if row.object_id not in SHOWN]


def test_find_reads_on_where_what_was_found_may_not_be_shown(paper, world, sources, monkeypatch):
    monkeypatch.setattr("foundation.search.services.CANDIDATES", 5)
    papers = [paper(f"合同 {number}") for number in range(16)]
    sources[0]["veil"] = f"{__name__}.all_but_shown"
    monkeypatch.setitem(globals(), "SHOWN", {papers[-1].pk})
    found = find("合同", by=world.outsider, limit=3)
    assert [hit.object_id for hit in found] == [papers[-1].pk]
    assert not found.is_capped, "all was looked at"
