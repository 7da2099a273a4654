"""Dictionaries: kept by administrators, readable for ever, versioned."""

from datetime import timedelta
from io import BytesIO

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from crm_core.models import Account, AccountContact, Dictionary, DictionaryEntry, Remap, RemapRow
from crm_core.services.account import create_account
from crm_core.services.contact import create_contact
from crm_core.services.dictionaries import choices, code_of, find_words, label, within
from crm_core.services.dictionary_editing import CannotAddEntry, CannotChangeEntry, CannotRetire, add_entry, change_entry, move_entry, retire_entry, words_on
from crm_core.services.remapping import CannotRemap, all_chunks, start_remap, start_undo, undo_chunk, who_holds
from foundation.integrity import Stale
from foundation.search.services import find
from tests.crm_core.test_custom_field_use import add_field
from tests.factories.crm_core import AccountFactory


@pytest.fixture
def industry(db):
    return Dictionary.objects.get(key="industry")


@pytest.fixture
def mining(industry):
    return industry.entries.get(code="mining")


@pytest.fixture
def holders(sales_rep, now):
    """Three accounts in mining, one in trade."""
    made = [create_account(data={"name": f"矿业{number}公司", "industry": "mining"}, by=sales_rep, now=now) for number in range(3)]
    create_account(data={"name": "贸易公司", "industry": "trade"}, by=sales_rep, now=now)
    return made


@pytest.mark.parametrize(
    ("key", "text", "code"),
    [
        ("industry", "manufacturing", "manufacturing"),
        ("industry", "制造业", "manufacturing"),
        ("industry", "製造業", "manufacturing"),
        ("industry", "Manufacturing", "manufacturing"),
        ("industry", "ＩＴ", "software"),
        ("industry", "炼丹", ""),
        ("level", "a", "A"),
        ("level", "重点客户", "A"),
        ("source", "老客户介绍", "referral"),
        ("source", "", ""),
    ],
)
def test_dictionary_understands_codes_names_aliases_and_traditional_spelling(db, key, text, code):
    assert code_of(key, text) == code


def test_dictionary_shows_words_in_the_readers_language(db):
    with override("zh-hans"):
        assert (label("industry", "mining"), dict(choices("level"))["A"]) == ("采矿业", "A · 重点")
    with override("en"):
        assert (label("industry", "mining"), dict(choices("level"))["A"]) == ("Mining", "A · key")
    assert label("industry", "no code at all") == "no code at all"


def test_dictionary_reads_once_however_often_it_is_asked(db, django_assert_num_queries):
    label("industry", "mining")
    with django_assert_num_queries(0):
        for _number in range(100):
            label("industry", "mining")
            code_of("industry", "采矿业")


def test_entry_is_renamed_at_once_and_its_old_wording_stays(industry, mining, admin, sales_rep, client_of, holders):
    before = timezone.localdate() - timedelta(days=1)
    DictionaryEntry.history.filter(id=mining.pk).update(history_date=timezone.now() - timedelta(days=3))
    page = client_of(sales_rep).get(reverse("crm_core:account_detail", args=[holders[0].pk])).content.decode()
    assert "Mining" in page
    url = reverse("crm_core:entry_edit", args=[mining.pk])
    sent = {"name": "采矿与能源", "name_en": "Mining and energy", "aliases": "矿山\n煤炭", "version": mining.version}
    assert client_of(admin).post(url, sent).status_code == 302
    assert "Mining and energy" in client_of(sales_rep).get(reverse("crm_core:account_detail", args=[holders[0].pk])).content.decode()
    assert code_of("industry", "煤炭") == "mining"
    assert (words_on(industry, before)["mining"].name, words_on(industry, timezone.localdate())["mining"].name) == ("采矿业", "采矿与能源")
    as_of = client_of(admin).get(reverse("crm_core:dictionary_detail", args=[industry.pk]), {"on": before.isoformat()}).content.decode()
    assert "采矿业" in as_of
    assert "采矿与能源" in as_of
    history = client_of(admin).get(reverse("crm_core:dictionary_history", args=[industry.pk])).content.decode()
    assert "采矿业" in history
    assert str(admin) in history


def test_entry_second_writer_sees_both_versions(mining, admin, client_of):
    url = reverse("crm_core:entry_edit", args=[mining.pk])
    client = client_of(admin)
    assert client.post(url, {"name": "甲", "version": 1}).status_code == 302
    response = client.post(url, {"name": "乙", "version": 1})
    text = response.content.decode()
    assert response.status_code == 409
    assert "甲" in text
    assert "乙" in text
    assert 'name="version" value="2"' in text
    with pytest.raises(Stale):
        change_entry(entry=mining, changes={"name": "丙"}, version=1, by=admin)


def test_entry_gets_a_code_from_its_name_and_codes_are_never_used_twice(industry, mining, admin, client_of):
    client_of(admin).post(reverse("crm_core:entry_create", args=[industry.pk]), {"name": "人工智能", "name_en": "", "aliases": "AI"})
    assert (code_of("industry", "AI"), dict(choices("industry"))["rengongzhineng"]) == ("rengongzhineng", "人工智能")
    with pytest.raises(CannotAddEntry):
        add_entry(dictionary=industry, data={"name": "别的", "code": "mining"}, by=admin)
    with pytest.raises(CannotAddEntry):
        add_entry(dictionary=industry, data={"name": "采矿业"}, by=admin)
    with pytest.raises(CannotChangeEntry):
        change_entry(entry=mining, changes={"parent": mining}, version=mining.version, by=admin)


def test_entry_changes_places_by_button_and_by_hand(industry, admin, client_of):
    client = client_of(admin)
    first, second, third = industry.entries.all()[:3]
    client.post(reverse("crm_core:entry_move", args=[second.pk]), {"way": "up"})
    assert list(industry.entries.all()[:2]) == [second, first]
    client.post(reverse("crm_core:entry_move", args=[second.pk]), {"way": "down"})
    assert list(industry.entries.all()[:2]) == [first, second]
    client.post(reverse("crm_core:entry_move", args=[third.pk]), {"before": first.pk})
    assert list(industry.entries.all()[:3]) == [third, first, second]
    client.post(reverse("crm_core:entry_move", args=[third.pk]), {"before": ""})
    assert industry.entries.last() == third
    other = Dictionary.objects.get(key="level").entries.first()
    assert client.post(reverse("crm_core:entry_move", args=[first.pk]), {"before": other.pk}).status_code == 404
    with pytest.raises(CannotChangeEntry):
        move_entry(entry=first, before=other, by=admin)


def test_retired_value_stays_readable_and_cannot_be_chosen_anew(mining, admin, sales_rep, client_of, holders):
    retire_entry(entry=mining, version=1, by=admin, on=timezone.localdate())
    assert "mining" not in dict(choices("industry"))
    client = client_of(sales_rep)
    account = holders[0]
    assert "Mining" in client.get(reverse("crm_core:account_detail", args=[account.pk])).content.decode()
    edit = reverse("crm_core:account_edit", args=[account.pk])
    assert 'value="mining" selected' in client.get(edit).content.decode()
    kept = client.post(edit, {"kind": "company", "name": account.name, "industry": "mining", "version": 1})
    assert kept.status_code == 302
    refused = client.post(reverse("crm_core:account_create"), {"kind": "company", "name": "新矿业", "industry": "mining"})
    assert refused.status_code == 422
    assert "retired" in refused.content.decode()
    listed = client.get(reverse("crm_core:account_list"), {"industry": "mining"}).context["table"].rows
    assert len(listed) == 3


def test_retiring_lists_who_holds_the_value_and_moves_the_rows_with_undo(industry, mining, admin, sales_rep, client_of, holders):
    url = reverse("crm_core:entry_retire", args=[mining.pk])
    page = client_of(admin).get(url).content.decode()
    assert str(sales_rep) in page
    assert reverse("crm_core:account_list") + "?industry=mining" in page
    assert [(group["owner"], group["count"]) for group in who_holds(industry, "mining")[0]["groups"]] == [(str(sales_rep), 3)]
    sent = {"version": 1, "on": timezone.localdate().isoformat(), "to": "utilities", "move_rows": "on"}
    assert client_of(admin).post(url, sent).status_code == 302
    assert set(Account.objects.filter(name__startswith="矿业").values_list("industry", "version")) == {("utilities", 2)}
    assert [hit.object_id for hit in find("矿业1", by=sales_rep)] == [holders[1].pk]
    row = Account.objects.get(pk=holders[0].pk)
    assert (row.history.first().industry, row.history.first().history_user) == ("utilities", admin)
    Account.objects.filter(pk=holders[2].pk).update(industry="trade")  # somebody decided otherwise since
    remap = Remap.objects.get()
    assert client_of(admin).post(reverse("crm_core:remap_undo", args=[remap.pk])).status_code == 302
    remap.refresh_from_db()
    assert (remap.state, remap.moved, remap.kept) == ("undone", 3, 1)
    assert list(Account.objects.filter(name__startswith="矿业").order_by("pk").values_list("industry", flat=True)) == ["mining", "mining", "trade"]
    assert client_of(admin).post(reverse("crm_core:remap_undo", args=[remap.pk])).status_code == 409


def test_remap_reaches_every_place_that_holds_the_value(industry, mining, admin, sales_rep, now):
    add_field(key="second_trade", type="multi", dictionary=industry)
    add_field(key="first_trade", type="choice", dictionary=industry)
    custom = {"second_trade": ["mining", "utilities"], "first_trade": "mining"}
    row = create_account(data={"name": "多业公司", "industry": "mining", "custom": custom}, by=sales_rep, now=now)
    remap = start_remap(dictionary=industry, from_code="mining", to=industry.entries.get(code="utilities"), by=admin, now=now)
    with pytest.raises(CannotRemap):
        start_remap(dictionary=industry, from_code="mining", to=industry.entries.get(code="trade"), by=admin, now=now)
    list(all_chunks(remap, by=admin, now=now))
    row.refresh_from_db()
    assert (row.industry, row.custom) == ("utilities", {"second_trade": ["utilities"], "first_trade": "utilities"})
    assert RemapRow.objects.filter(remap=remap).count() == 3
    start_undo(remap=remap, by=admin)
    while undo_chunk(remap, by=admin, now=now):
        pass
    row.refresh_from_db()
    assert (row.industry, row.custom["first_trade"]) == ("mining", "mining")


def test_remap_of_many_rows_goes_to_the_background_and_survives_a_second_run(
    industry, mining, admin, client_of, now, world, django_capture_on_commit_callbacks
):
    Account.objects.bulk_create(AccountFactory.build(name=f"大矿{number}", department=world.team_a, industry="mining") for number in range(350))
    url = reverse("crm_core:entry_retire", args=[mining.pk])
    with django_capture_on_commit_callbacks(execute=False):
        client_of(admin).post(url, {"version": 1, "on": timezone.localdate().isoformat(), "to": "trade", "move_rows": "on"})
    remap = Remap.objects.get()
    assert (remap.state, Account.objects.filter(industry="mining").count()) == ("running", 350)
    done = all_chunks(remap, by=admin, now=now)
    assert next(done) == 100  # killed here
    assert list(all_chunks(remap, by=admin, now=now))[-1] == 250
    assert (remap.state, remap.moved, Account.objects.filter(industry="trade").count()) == ("done", 350, 350)
    assert RemapRow.objects.filter(remap=remap).count() == 350


def test_words_that_are_no_values_are_listed_and_mapped(admin, sales_rep, client_of, now):
    source = Dictionary.objects.get(key="source")
    create_account(data={"name": "甲公司", "source": "朋友圈广告"}, by=sales_rep, now=now)
    page = client_of(admin).get(reverse("crm_core:dictionary_detail", args=[source.pk])).content.decode()
    assert "朋友圈广告" in page
    client_of(admin).post(reverse("crm_core:dictionary_remap", args=[source.pk]), {"from_code": "朋友圈广告", "to": "wechat"})
    assert Account.objects.get(name="甲公司").source == "wechat"


def test_title_of_a_contact_keeps_words_of_its_own(account, sales_rep, now):
    create_contact(data={"name": "王五"}, account=account, title="general_manager", by=sales_rep, now=now)
    create_contact(data={"name": "赵六"}, account=account, title="首席灵魂官", by=sales_rep, now=now)
    with override("zh-hans"):
        assert [link.get_title_display() for link in AccountContact.objects.order_by("pk")] == ["总经理", "首席灵魂官"]


def test_retire_refuses_what_makes_no_sense(industry, mining, admin):
    with pytest.raises(CannotRetire):
        retire_entry(entry=mining, version=1, by=admin, on=timezone.localdate(), replaced_by=mining)
    with pytest.raises(CannotRetire):
        retire_entry(entry=mining, version=1, by=admin, on=timezone.localdate(), replaced_by=Dictionary.objects.get(key="level").entries.first())
    retire_entry(entry=mining, version=1, by=admin, on=timezone.localdate())
    with pytest.raises(CannotRetire):
        retire_entry(entry=industry.entries.get(code="trade"), version=1, by=admin, on=timezone.localdate(), replaced_by=mining)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_dictionary_goes_out_and_comes_back_in(industry, admin, client_of, kind):
    client = client_of(admin)
    answer = client.get(reverse("crm_core:dictionary_export", args=[industry.pk, kind]))
    data = b"".join(answer.streaming_content) if answer.streaming else answer.content
    url = reverse("crm_core:dictionary_import", args=[industry.pk])
    versions = set(industry.entries.values_list("version", flat=True))
    assert client.post(url, {"file": SimpleUploadedFile(f"i.{kind}", data)}).status_code == 302
    assert set(industry.entries.values_list("version", flat=True)) == versions
    table = "代码,名称,英文名称,别名\nmining,矿业,Mines,矿|煤\n,量子,Quantum,\n".encode("gb18030")
    assert client.post(url, {"file": SimpleUploadedFile("i.csv", table)}).status_code == 302
    assert (label("industry", "mining"), code_of("industry", "煤"), code_of("industry", "Quantum")) == ("Mines", "mining", "quantum")


def test_dictionary_import_with_mistakes_changes_nothing_and_says_each(industry, admin, client_of):
    book = openpyxl.Workbook()
    for row in (("code", "name", "belongs to"), ("new_one", "新的", ""), ("bad one", "坏的", ""), ("", "", "nowhere"), ("x1", "某某", "nowhere")):
        book.active.append(row)
    file = BytesIO()
    book.save(file)
    before = industry.entries.count()
    answer = client_of(admin).post(reverse("crm_core:dictionary_import", args=[industry.pk]), {"file": SimpleUploadedFile("i.xlsx", file.getvalue())})
    assert answer.status_code == 422
    assert "nowhere" in answer.content.decode()
    assert industry.entries.count() == before
    assert code_of("industry", "新的") == ""
    bad = client_of(admin).post(reverse("crm_core:dictionary_import", args=[industry.pk]), {"file": SimpleUploadedFile("i.xlsx", b"no workbook")})
    assert bad.status_code == 422


def test_settings_are_for_administrators_only(industry, mining, sales_rep, outsider, client_of):
    for name, args in (
        ("dictionary_list", []),
        ("dictionary_detail", [industry.pk]),
        ("entry_edit", [mining.pk]),
        ("entry_retire", [mining.pk]),
        ("dictionary_import", [industry.pk]),
        ("custom_field_list", []),
        ("custom_field_create", []),
        ("pipeline_list", []),
    ):
        assert client_of(sales_rep).get(reverse(f"crm_core:{name}", args=args)).status_code == 403
    assert client_of(sales_rep).post(reverse("crm_core:entry_revive", args=[mining.pk])).status_code == 403


def test_own_dictionary_is_begun_on_a_page(admin, client_of):
    client = client_of(admin)
    assert client.post(reverse("crm_core:dictionary_create"), {"name": "车型", "name_en": "Car", "key": "car"}).status_code == 302
    dictionary = Dictionary.objects.get(key="car")
    client.post(reverse("crm_core:entry_create", args=[dictionary.pk]), {"name": "轿车"})
    client.post(reverse("crm_core:entry_create", args=[dictionary.pk]) + "?inside=jiaoche", {"name": "小轿车", "parent": "jiaoche"})
    assert choices("car") == [("jiaoche", "轿车"), ("xiaojiaoche", "轿车 / 小轿车")]
    assert within("car", "jiaoche") == ["jiaoche", "xiaojiaoche"]
    assert client.post(reverse("crm_core:dictionary_create"), {"name": "又一", "key": "car"}).status_code == 422
    assert client.post(reverse("crm_core:dictionary_create"), {"name": "坏", "key": "Bad Key__"}).status_code == 422


# --- places ---------------------------------------------------------------------------------------------
def test_region_filter_of_a_province_finds_its_districts(sales_rep, now, client_of):
    for name, region in (("省", "440000"), ("市", "440300"), ("区", "440305"), ("京", "110105"), ("美", "US-CA")):
        create_account(data={"name": f"{name}公司", "region": region}, by=sales_rep, now=now)
    client = client_of(sales_rep)

    def found(code):
        return {row.label[0] for row in client.get(reverse("crm_core:account_list"), {"region": code}).context["table"].rows}

    assert found("440000") == {"省", "市", "区"}
    assert found("440300") == {"市", "区"}
    assert found("CN") == {"省", "市", "区", "京"}
    assert found("US") == {"美"}
    page = client.get(reverse("crm_core:account_detail", args=[Account.objects.get(name="区公司").pk])).content.decode()
    assert "Nanshan District, Shenzhen, Guangdong" in page


def test_region_is_found_while_typing_in_either_language_and_by_pinyin(sales_rep, client_of, django_assert_max_num_queries):
    url = reverse("crm_core:dictionary_words", args=["region"])
    client = client_of(sales_rep)
    for typed, code in (
        ("深圳", "440300"),
        ("shenzhen", "440300"),
        ("南山", "440305"),
        ("ns", "440305"),
        ("英国", "GB"),
        ("california", "US-CA"),
        ("440305", "440305"),
    ):
        results = client.get(url, {"q": typed}).json()["results"]
        assert code in [one["value"] for one in results], typed
        assert len(results) <= 50
    assert client.get(reverse("crm_core:dictionary_words", args=["nothing"])).status_code == 404
    assert find_words("region", "深圳")[0][0] == "440300"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("上海", "310000"), ("广东省深圳市南山区", "440305"), ("廣東省深圳市", "440300"), ("内蒙古", "150000"), ("北京朝阳", "110105"), ("朝阳区", ""),
        ("Shenzhen, Guangdong", "440300"), ("California, United States", "US-CA"), ("UK", "GB"), ("香港", "810000"), ("火星", ""), ("浦东新区 张江路 12 号", ""), ("恩施", "422800"),
    ],
)  # fmt: skip
def test_region_in_words_is_understood_or_left_alone(db, text, code):
    assert code_of("region", text) == code
