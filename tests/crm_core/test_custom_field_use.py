import pytest
from django.urls import reverse
from django.utils.translation import override

from crm_core.models import Account, CustomField
from crm_core.models.book import forget
from crm_core.models.dictionary import Stamp
from crm_core.services.account import create_account
from crm_core.services.importing import auto_mapping, field_choices
from tests.factories.crm_core import CustomFieldFactory, DictionaryEntryFactory, DictionaryFactory


def add_field(**facts):
    field = CustomFieldFactory(**facts)
    Stamp.renew("custom_fields")
    forget()
    return field


@pytest.fixture
def grades(db):
    """A dictionary of three choices."""
    dictionary = DictionaryFactory(key="grades", name="等级")
    for order, (code, name, name_en) in enumerate((("gold", "金", "Gold"), ("silver", "银", "Silver"), ("bronze", "铜", "Bronze"))):
        DictionaryEntryFactory(dictionary=dictionary, code=code, name=name, name_en=name_en, order=order)
    return dictionary


@pytest.fixture
def every_type(grades):
    """One field of each type on accounts, keyed by type."""
    made = [
        ("text", {"label": "口号", "label_en": "Motto"}),
        ("number", {"label": "员工数", "label_en": "Employees"}),
        ("money", {"label": "注册资本", "label_en": "Capital"}),
        ("date", {"label": "成立日期", "label_en": "Founded"}),
        ("choice", {"label": "信用等级", "label_en": "Credit grade", "dictionary": grades}),
        ("multi", {"label": "证书", "label_en": "Certificates", "dictionary": grades}),
        ("relation", {"label": "总部", "label_en": "Head office", "target": "account"}),
        ("boolean", {"label": "上市", "label_en": "Listed"}),
    ]
    return {kind: add_field(key=f"f_{kind}", type=kind, in_list=True, section="工商", section_en="Register", **facts) for kind, facts in made}


VALUES = {
    "custom_f_text": "质量第一",
    "custom_f_number": "1,250",
    "custom_f_money": "5000000.50",
    "custom_f_date": "2001-02-03",
    "custom_f_choice": "gold",
    "custom_f_multi": ["gold", "bronze"],
    "custom_f_boolean": "true",
}
STORED = {
    "f_text": "质量第一",
    "f_number": 1250,
    "f_money": 5000000.5,
    "f_date": "2001-02-03",
    "f_choice": "gold",
    "f_multi": ["gold", "bronze"],
    "f_boolean": True,
}


def test_custom_field_of_every_type_is_asked_stored_and_shown_at_once(every_type, account, sales_rep, client_of):
    client = client_of(sales_rep)
    page = client.get(reverse("crm_core:account_create")).content.decode()
    assert "Register" in page
    assert all(f'name="custom_f_{kind}"' in page for kind in every_type)
    sent = {"kind": "company", "name": "新客户", **VALUES, "custom_f_relation": account.pk}
    assert client.post(reverse("crm_core:account_create"), sent).status_code == 302
    row = Account.objects.get(name="新客户")
    assert row.custom == STORED | {"f_relation": account.pk}
    page = client.get(reverse("crm_core:account_detail", args=[row.pk])).content.decode()
    for words in ("质量第一", "1,250", "5,000,000.50", "Gold", "Gold、Bronze", "Green Hill Ltd"):
        assert words in page, words
    listed = client.get(reverse("crm_core:account_list")).content.decode()
    for words in ("Motto", "质量第一", "1,250", "Gold、Bronze", "青山科技有限公司"):
        assert words in listed, words


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"custom_f_text": "质量"}, ["甲"]),
        ({"custom_f_text": "BEST"}, ["乙"]),
        ({"custom_f_number_min": "100"}, ["甲", "乙"]),
        ({"custom_f_number_min": "100", "custom_f_number_max": "1000"}, ["乙"]),
        ({"custom_f_money_max": "0.5"}, ["乙"]),
        ({"custom_f_date_min": "2000-01-01"}, ["甲"]),
        ({"custom_f_choice": "gold"}, ["甲"]),
        ({"custom_f_multi": "bronze"}, ["甲", "乙"]),
        ({"custom_f_boolean": "true"}, ["甲"]),
        ({"custom_f_boolean": "false"}, ["乙"]),
        ({"custom_f_choice": "no such"}, ["甲", "乙", "丙"]),
    ],
)
def test_custom_field_filters_give_the_same_rows_on_both_databases(every_type, sales_rep, now, client_of, query, found):
    values = {
        "甲": STORED,
        "乙": {
            "f_text": "best in class",
            "f_number": 999.5,
            "f_money": 0.01,
            "f_date": "1999-12-31",
            "f_choice": "silver",
            "f_multi": ["bronze"],
            "f_boolean": False,
        },
        "丙": {},
    }
    for name, custom in values.items():
        create_account(data={"name": f"{name}公司", "custom": custom}, by=sales_rep, now=now)
    page = client_of(sales_rep).get(reverse("crm_core:account_list"), query)
    assert page.status_code == 200
    assert {row.obj.name[0] if hasattr(row, "obj") else row.label[0] for row in page.context["table"].rows} == set(found)


@pytest.mark.parametrize("key", ["text", "number", "money", "date"])
def test_custom_field_sorts_with_empty_values_last(every_type, sales_rep, now, client_of, key):
    for name, text, number, day in (("乙", "b", 9, "2020-01-01"), ("甲", "a", 10, "2021-01-01"), ("丙", None, None, None)):
        custom = {f"f_{kind}": value for kind, value in (("text", text), ("number", number), ("money", number), ("date", day)) if value is not None}
        create_account(data={"name": f"{name}公司", "custom": custom}, by=sales_rep, now=now)
    rows = client_of(sales_rep).get(reverse("crm_core:account_list"), {"sort": f"-custom_f_{key}"}).context["table"].rows
    wanted = ["乙", "甲", "丙"] if key == "text" else ["甲", "乙", "丙"]
    assert [row.label[0] for row in rows] == wanted


def test_custom_field_is_edited_in_place_with_undo(every_type, account, sales_rep, client_of):
    client = client_of(sales_rep)
    for kind, sent, stored in (("number", "12", 12), ("multi", ["silver"], ["silver"]), ("boolean", "false", False), ("date", "2020-02-29", "2020-02-29")):
        account.refresh_from_db()
        url = reverse("crm_core:account_fact", args=[account.pk, f"custom_f_{kind}"])
        assert f'name="custom_f_{kind}"' in client.get(url).content.decode()
        saved = client.post(url, {f"custom_f_{kind}": sent, "version": account.version})
        assert saved.status_code == 200, saved.content.decode()
        account.refresh_from_db()
        assert account.custom[f"f_{kind}"] == stored
        assert client.post(url, {f"custom_f_{kind}": "", "version": account.version, "undo": 1}).status_code == 200
        account.refresh_from_db()
        assert f"f_{kind}" not in account.custom
    url = reverse("crm_core:account_fact", args=[account.pk, "custom_f_number"])
    assert client.post(url, {"custom_f_number": "viele", "version": account.version}).status_code == 422
    assert client.post(url, {"custom_f_number": "5", "version": 1}).status_code == 409
    assert client.get(reverse("crm_core:account_fact", args=[account.pk, "custom_nothing"])).status_code == 404


def test_custom_fields_may_be_two_hundred(account, sales_rep, client_of, django_assert_max_num_queries):
    for number in range(200):
        CustomFieldFactory(key=f"n{number}", type="text", order=number, in_filter=False)
    Stamp.renew("custom_fields")
    forget()
    client = client_of(sales_rep)
    for url in (reverse("crm_core:account_list"), reverse("crm_core:account_create"), reverse("crm_core:account_edit", args=[account.pk])):
        with django_assert_max_num_queries(40):
            assert client.get(url).status_code == 200
    sent = {"kind": "company", "name": "多字段", **{f"custom_n{number}": f"值{number}" for number in range(200)}}
    assert client.post(reverse("crm_core:account_create"), sent).status_code == 302
    assert len(Account.objects.get(name="多字段").custom) == 200


def test_custom_field_is_only_for_its_kinds_and_roles(sales_rep, sales_manager, client_of, account):
    add_field(key="only_shops", kinds=["merchant"], label="门头照")
    add_field(key="for_heads", see_roles=["sales_manager"], label="内部评级")
    page = client_of(sales_rep).get(reverse("crm_core:account_create")).content.decode()
    assert "custom_only_shops" not in page
    assert "custom_for_heads" not in page
    assert "custom_only_shops" in client_of(sales_rep).get(reverse("crm_core:account_create"), {"kind": "merchant"}).content.decode()
    assert "custom_for_heads" in client_of(sales_manager).get(reverse("crm_core:account_create")).content.decode()
    assert client_of(sales_rep).get(reverse("crm_core:account_fact", args=[account.pk, "custom_for_heads"])).status_code == 404
    assert "内部评级" not in client_of(sales_rep).get(reverse("crm_core:account_list")).content.decode()


def test_custom_field_that_is_retired_keeps_its_values(every_type, account, sales_rep, client_of, now):
    client = client_of(sales_rep)
    url = reverse("crm_core:account_fact", args=[account.pk, "custom_f_text"])
    client.post(url, {"custom_f_text": "留着", "version": 1})
    CustomField.objects.filter(key="f_text").update(retired_at=now)
    Stamp.renew("custom_fields")
    forget()
    assert "Motto" not in client.get(reverse("crm_core:account_detail", args=[account.pk])).content.decode()
    client.post(reverse("crm_core:account_edit", args=[account.pk]), {"kind": "company", "name": account.name, "version": 2, "custom_f_number": "3"})
    account.refresh_from_db()
    assert account.custom == {"f_text": "留着", "f_number": 3}


def test_a_field_is_named_in_the_reader_s_language_where_columns_are_matched(db):
    add_field(model="account", type="money", key="yearly_spend", label="年采购额", label_en="Yearly spend")
    for language, label in (("zh-hans", "年采购额"), ("en", "Yearly spend")):
        with override(language):
            assert ("custom_yearly_spend", label) in field_choices("account")
            assert set(auto_mapping("account", ["年采购额"]).values()) == set(auto_mapping("account", ["Yearly spend"]).values()) == {"custom_yearly_spend"}
