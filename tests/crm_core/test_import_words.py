"""Words that nobody knows, lineage of a record, the list of an import's records, and customers that were merged away."""

import pytest
from django.urls import reverse

from crm_core.models import Account, Contact, Dictionary, DictionaryEntry, ImportWord
from crm_core.services.account import create_account
from crm_core.services.importing import CannotDecide, add_word, check_batch, lineage_of, match_words
from crm_core.services.merging import merge_records
from tests.crm_core.test_custom_field_use import add_field
from tests.crm_core.test_import import apply, csv_file, staged, undo, xlsx_file
from tests.crm_core.test_import_pages import url

HEADINGS = ["客户名称", "级别", "来源", "负责人", "地区"]
LINES = [["甲公司", "钻石", "老王介绍", "小赵", "幻想乡"], ["乙公司", "钻石", "", "小赵", "幻想乡"], ["丙公司", "重点", "", "", "上海"]]


def checked(by, now, **more):
    return check_batch(batch=staged(by, now, csv_file("utf-8", LINES, HEADINGS), **more), by=by, now=now)


def sent(client, batch, **said):
    """What the page of words sends: answers by word, under the names that the page gave their fields."""
    rows = {row["asked"].word: row["asked"].name for row in client.get(url("import_words", batch)).context["rows"]}
    return {f"{part}_{rows[word]}": value for word, (how, to) in said.items() for part, value in (("how", how), ("to", to))}


def test_unknown_words_are_counted_matched_and_known_for_the_next_file(sales_manager, sales_rep, client_of, now):
    batch = checked(sales_manager, now, source="老表")
    assert batch.unknown == {"level": {"钻石": 2}, "source": {"老王介绍": 1}, "owner": {"小赵": 2}, "region": {"幻想乡": 2}}
    client = client_of(sales_manager)
    assert "4 words stand for nothing" in client.get(url("import_detail", batch)).content.decode()
    data = sent(client, batch, 钻石=("", "A"), 老王介绍=("empty", ""), 小赵=("", sales_rep.username), 幻想乡=("", "310000"))
    assert client.post(url("import_words", batch), data).status_code == 302
    batch.refresh_from_db()
    assert (batch.unknown, batch.counts["create"]) == ({}, 3)
    apply(batch, sales_manager, now)
    account = Account.objects.get(name="甲公司")
    assert (account.level, account.source, account.owner, account.region) == ("A", "", sales_rep, "310000")
    following = check_batch(batch=staged(sales_manager, now, csv_file("utf-8", [["丁公司", "钻石"]], HEADINGS[:2]), source="老表"), by=sales_manager, now=now)
    assert following.unknown == {}
    other = check_batch(batch=staged(sales_manager, now, csv_file("utf-8", [["戊公司", "钻石"]], HEADINGS[:2]), source="别处"), by=sales_manager, now=now)
    assert other.unknown == {"level": {"钻石": 1}}


def test_a_word_that_was_matched_can_be_forgotten(sales_manager, client_of, now):
    batch = checked(sales_manager, now, source="老表")
    match_words(batch=batch, words={("level", "钻石"): "A"}, by=sales_manager, now=now)
    word = ImportWord.objects.get()
    client = client_of(sales_manager)
    assert "钻石" in client.get(url("import_words", batch)).content.decode()
    assert client.post(url("import_words", batch), {"forget": str(word.pk)}).status_code == 302
    assert not ImportWord.objects.exists()
    assert client.post(url("import_words", batch), {"forget": str(word.pk)}).status_code == 409


def test_wrong_answers_about_words_are_refused_beside_the_word(sales_manager, client_of, now):
    batch = checked(sales_manager, now)
    client = client_of(sales_manager)
    for word, answer in {"钻石": ("", "Z9"), "小赵": ("", "nobody"), "幻想乡": ("", "火星")}.items():
        response = client.post(url("import_words", batch), sent(client, batch, **{word: answer}))
        assert response.status_code == 422, word
    assert not ImportWord.objects.exists()
    with pytest.raises(CannotDecide):
        match_words(batch=batch, words={("name", "甲"): "A"}, by=sales_manager, now=now)
    with pytest.raises(CannotDecide):
        match_words(batch=batch, words={("owner", "小赵"): "999999"}, by=sales_manager, now=now)


def test_only_who_keeps_the_dictionaries_can_teach_them(sales_manager, pm, client_of, now):
    batch = checked(sales_manager, now)
    client = client_of(sales_manager)
    assert 'value="add"' not in client.get(url("import_words", batch)).content.decode()
    assert client.post(url("import_words", batch), sent(client, batch, 钻石=("add", ""))).status_code == 422
    with pytest.raises(CannotDecide):
        add_word(batch=batch, field="level", word="钻石", by=sales_manager, now=now)
    batch, keeper = checked(pm, now), client_of(pm)
    source = DictionaryEntry.objects.filter(dictionary__key="source", valid_to__isnull=True).first()
    taught = sent(keeper, batch, 钻石=("add", ""), 老王介绍=("alias", source.code))
    assert keeper.post(url("import_words", batch), taught).status_code == 302
    assert DictionaryEntry.objects.get(dictionary__key="level", name="钻石")
    source.refresh_from_db()
    assert "老王介绍" in source.aliases
    batch.refresh_from_db()
    assert set(batch.unknown) == {"owner", "region"}


def test_words_of_custom_choices_are_queued_too(sales_manager, client_of, now):
    book = Dictionary.objects.create(key="channel", name="渠道")
    DictionaryEntry.objects.create(dictionary=book, code="web", name="网站")
    field = add_field(model="account", key="channel", type="choice", label="渠道", dictionary=book)
    batch = check_batch(batch=staged(sales_manager, now, csv_file("utf-8", [["甲公司", "官网"]], ["客户名称", "渠道"])), by=sales_manager, now=now)
    assert (batch.unknown, batch.counts["refuse"]) == ({field.name: {"官网": 1}}, 1)
    client = client_of(sales_manager)
    assert client.post(url("import_words", batch), sent(client, batch, 官网=("", "web"))).status_code == 302
    batch.refresh_from_db()
    apply(batch, sales_manager, now)
    assert Account.objects.get().custom == {"channel": "web"}


# --- where it came from ---------------------------------------------------------------------------------
def test_a_record_says_from_which_file_and_row_it_came(sales_manager, sales_rep, outsider, client_of, now):
    lines = [["甲公司", "重点", "赵敏", "=1+1"]]
    batch = check_batch(
        batch=staged(sales_manager, now, csv_file("gb18030", lines, ["客户名称", "级别", "联系人", "备注"]), source="旧CRM", default_owner=sales_rep),
        by=sales_manager,
        now=now,
    )
    apply(batch, sales_manager, now)
    account, contact = Account.objects.get(), Contact.objects.get()
    page = client_of(sales_manager).get(reverse("crm_core:account_origin", args=[account.pk])).content.decode()
    for text in ("customers.csv", "Row 2", "旧CRM", "重点", "=1+1", url("import_detail", batch)):
        assert text in page, text
    seen = client_of(sales_rep).get(reverse("crm_core:account_origin", args=[account.pk])).content.decode()
    assert "customers.csv" in seen
    assert url("import_detail", batch) not in seen  # the file is the manager's
    assert "customers.csv" in client_of(sales_rep).get(reverse("crm_core:contact_origin", args=[contact.pk])).content.decode()
    for name, record in (("account_origin", account), ("contact_origin", contact)):
        assert client_of(outsider).get(reverse(f"crm_core:{name}", args=[record.pk])).status_code == 404
    undo(batch, sales_manager, now)
    assert not lineage_of(account).exists()


def test_a_record_made_by_hand_says_so(account, sales_rep, client_of):
    assert "Entered by hand" in client_of(sales_rep).get(reverse("crm_core:account_origin", args=[account.pk])).content.decode()


def test_a_cell_of_a_field_that_the_person_may_not_see_is_not_shown(sales_manager, sales_rep, client_of, now):
    add_field(model="account", key="secret", type="text", label="底价", see_roles=["administrator"])
    batch = staged(sales_manager, now, csv_file("utf-8", [["甲公司", "八折"]], ["客户名称", "底价"]), default_owner=sales_rep)
    apply(check_batch(batch=batch, by=sales_manager, now=now), sales_manager, now)
    account = Account.objects.get()
    assert account.custom == {"secret": "八折"}
    page = client_of(sales_rep).get(reverse("crm_core:account_origin", args=[account.pk])).content.decode()
    assert "八折" not in page
    assert "not shown to you" in page


def test_the_list_can_be_narrowed_to_one_import(sales_manager, sales_rep, account, client_of, now):
    batch = check_batch(batch=staged(sales_manager, now, csv_file("utf-8", [["甲公司"]], ["客户名称"])), by=sales_manager, now=now)
    apply(batch, sales_manager, now)
    listed = reverse("crm_core:account_list")
    page = client_of(sales_manager).get(listed, {"batch": batch.pk}).content.decode()
    assert "甲公司" in page
    assert "Green Hill" not in page
    assert "Green Hill" in client_of(sales_manager).get(listed).content.decode()
    assert 'name="batch"' not in client_of(sales_rep).get(listed).content.decode()
    assert "Green Hill" in client_of(sales_rep).get(listed, {"batch": batch.pk}).content.decode()
    assert client_of(sales_manager).get(listed, {"batch": "x"}).status_code == 200


# --- merged away ----------------------------------------------------------------------------------------
def test_a_row_of_a_customer_that_was_merged_away_goes_to_the_one_it_went_into(sales_manager, sales_rep, now):
    kept = create_account(data={"name": "青山科技有限公司"}, by=sales_rep, now=now)
    gone = create_account(data={"name": "绿丘软件行", "credit_code": "914403001922038216", "external_key": "旧CRM:77"}, by=sales_rep, now=now)
    merge_records(rows=[kept, gone], survivor=kept, by=sales_manager, now=now, versions={kept.pk: kept.version, gone.pk: gone.version})
    lines = [["77", "随便叫什么", "", "A"], ["", "别的写法", "914403001922038216", "A"], ["", "绿丘软件行", "", "A"]]
    for line in lines:
        batch = staged(sales_manager, now, csv_file("utf-8", [line], ["客户编号", "客户名称", "信用代码", "级别"]), source="旧CRM")
        check_batch(batch=batch, by=sales_manager, now=now)
        row = batch.rows.get()
        assert (row.action, row.target_id) == ("update", kept.pk), line
    assert not Account.objects.live().filter(name="绿丘软件行").exists()


# --- several words in one cell --------------------------------------------------------------------------
@pytest.fixture
def hobbies(db):
    book = Dictionary.objects.create(key="hobby", name="爱好")
    for code, name, name_en in (("golf", "高尔夫", "Golf"), ("tea", "茶", "Tea"), ("swim", "游泳/潜水", "Swimming, diving"), ("tai", "太极", "Tai chi")):
        DictionaryEntry.objects.create(dictionary=book, code=code, name=name, name_en=name_en)
    return add_field(model="account", key="hobby", type="multi", label="爱好", label_en="Hobbies", dictionary=book)


@pytest.mark.parametrize(
    ("cell", "codes"),
    [
        ("高尔夫、茶; 太极", ["golf", "tea", "tai"]),
        ("茶；高尔夫", ["tea", "golf"]),
        ("茶,高尔夫，太极", ["tea", "golf", "tai"]),
        ("茶/高尔夫", ["tea", "golf"]),
        ("茶｜高尔夫 | 茶", ["tea", "golf"]),
        ("茶\n高尔夫\n", ["tea", "golf"]),
        ("游泳/潜水", ["swim"]),
        ("茶/游泳/潜水、太极", None),  # where a divider stands inside a word, only another divider tells it apart
        ("茶、游泳/潜水", ["tea", "swim"]),
        ("Swimming, diving", ["swim"]),
        ("Swimming, diving; Tai chi", ["swim", "tai"]),
        ("tea、、golf、", ["tea", "golf"]),
    ],
)
def test_several_words_in_one_cell_are_cut_unless_they_are_one_word(hobbies, sales_manager, now, cell, codes):
    batch = check_batch(batch=staged(sales_manager, now, xlsx_file([["甲公司", cell]], ["客户名称", "爱好"])), by=sales_manager, now=now)
    row = batch.rows.get()
    if codes is None:
        assert batch.unknown == {hobbies.name: {"游泳": 1, "潜水": 1}}
        assert row.action == "refuse"
    else:
        assert (row.problems, row.values["custom"]) == ({}, {"hobby": codes})


def test_each_unknown_word_of_a_cell_is_a_question_of_its_own(hobbies, sales_manager, client_of, now):
    lines = [["甲公司", "茶、冰球; 棋"], ["乙公司", "冰球"], ["丙公司", "棋/高尔夫"], ["丁公司", "茶"]]
    batch = check_batch(batch=staged(sales_manager, now, xlsx_file(lines, ["客户名称", "爱好"])), by=sales_manager, now=now)
    assert batch.unknown == {hobbies.name: {"冰球": 2, "棋": 2}}
    problem = batch.rows.get(row_no=2).problems[hobbies.name]
    assert "“冰球”" in problem
    assert "“棋”" in problem
    client = client_of(sales_manager)
    assert client.post(url("import_words", batch), sent(client, batch, 冰球=("empty", ""), 棋=("", "tai"))).status_code == 302
    batch.refresh_from_db()
    assert (batch.unknown, batch.counts["create"]) == ({}, 4)
    apply(batch, sales_manager, now)
    found = {account.name: account.custom for account in Account.objects.all()}
    assert found == {"甲公司": {"hobby": ["tea", "tai"]}, "乙公司": {}, "丙公司": {"hobby": ["tai", "golf"]}, "丁公司": {"hobby": ["tea"]}}
