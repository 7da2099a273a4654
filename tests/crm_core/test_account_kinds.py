"""Companies, merchants and private persons side by side: form, pipeline, list, codes."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from crm_core.codes import clean_credit_code, clean_id_number, mask_id_number
from crm_core.forms import AccountForm
from crm_core.models import Account, Opportunity, Pipeline
from crm_core.services.account import create_account
from crm_core.services.opportunity import CannotOpen, create_opportunity

PERSON_ID = "11010519491231002X"
GOOD_CODE = "91350100M000100Y43"


def test_each_kind_is_asked_its_own_questions(sales_rep):
    company, merchant, person = (AccountForm(by=sales_rep, initial={"kind": kind}) for kind in ("company", "merchant", "individual"))
    assert {"credit_code", "industry", "registered_status"} <= set(company.fields)
    assert "id_number" not in company.fields
    assert (str(merchant.fields["name"].label), merchant.fields["phone"].required) == ("Shop name", True)
    assert "id_number" in person.fields
    assert not {"credit_code", "industry", "registered_status", "website"} & set(person.fields)
    assert person.fields["phone"].required
    assert not company.fields["phone"].required


def test_kind_is_the_first_question_of_the_form(sales_rep, client_of):
    page = client_of(sales_rep).get(reverse("crm_core:account_create")).content.decode()
    assert page.index("?kind=merchant") < page.index('name="name"')
    assert 'value="individual"' in client_of(sales_rep).get(reverse("crm_core:account_create"), {"kind": "individual"}).content.decode()
    assert client_of(sales_rep).get(reverse("crm_core:account_create"), {"kind": "<script>"}).status_code == 200


def test_person_is_entered_with_an_identity_number_that_is_never_shown_whole(sales_rep, client_of):
    client = client_of(sales_rep)
    sent = {"kind": "individual", "name": "王小明", "phone": "13800138000", "id_number": "11010519491231002x"}
    assert client.post(reverse("crm_core:account_create"), sent).status_code == 302
    person = Account.objects.get(name="王小明")
    assert (person.kind, person.id_number) == ("individual", PERSON_ID)
    for name in ("account_detail", "account_edit"):
        page = client.get(reverse(f"crm_core:{name}", args=[person.pk])).content.decode()
        assert PERSON_ID not in page
        assert "110*************2X" in page
    assert client.get(reverse("crm_core:account_fact", args=[person.pk, "id_number"])).status_code == 404
    kept = {"kind": "individual", "name": "王小明", "phone": "13800138000", "id_number": "110*************2X", "version": 1}
    assert client.post(reverse("crm_core:account_edit", args=[person.pk]), kept).status_code == 302
    person.refresh_from_db()
    assert person.id_number == PERSON_ID
    wrong = client.post(reverse("crm_core:account_create"), sent | {"name": "李四", "id_number": "110105194912310021"})
    assert wrong.status_code == 422
    assert "110105194912310021"[:3] in wrong.content.decode()


def test_person_has_no_credit_code_and_the_refusal_says_so(sales_rep, client_of):
    sent = {"kind": "individual", "name": "王小明", "phone": "13800138000", "credit_code": GOOD_CODE}
    answer = client_of(sales_rep).post(reverse("crm_core:account_create"), sent)
    assert answer.status_code == 422
    assert "unified social credit code" in answer.content.decode()


def test_kind_of_an_account_can_be_changed_on_the_form_and_loses_nothing(account, sales_rep, client_of):
    Account.objects.filter(pk=account.pk).update(credit_code=GOOD_CODE)
    url = reverse("crm_core:account_edit", args=[account.pk])
    client = client_of(sales_rep)
    assert "Shop name" in client.get(url, {"kind": "merchant"}).content.decode()
    assert client.post(url, {"kind": "individual", "name": "张三", "phone": "13800138000", "version": 1}).status_code == 302
    account.refresh_from_db()
    assert (account.kind, account.credit_code) == ("individual", GOOD_CODE)


@pytest.mark.parametrize(("kind", "pipeline"), [("company", "标准销售"), ("merchant", "商户拓展"), ("individual", "个人客户")])
def test_each_kind_has_its_pipeline(kind, pipeline, sales_rep, now, client_of):
    account = create_account(data={"name": "客户", "kind": kind}, by=sales_rep, now=now)
    assert create_opportunity(account=account, data={"name": "商机"}, by=sales_rep, now=now).pipeline.name == pipeline
    page = client_of(sales_rep).get(reverse("crm_core:opportunity_create"), {"account": account.pk}).content.decode()
    assert f'value="{Pipeline.objects.get(name=pipeline).pk}" selected' in page


def test_pipeline_of_another_kind_is_refused_on_the_page_and_in_the_service(sales_rep, now, client_of):
    shop = create_account(data={"name": "小店", "kind": "merchant"}, by=sales_rep, now=now)
    private = Pipeline.objects.get(name="个人客户")
    with pytest.raises(CannotOpen):
        create_opportunity(account=shop, data={"name": "商机", "pipeline": private}, by=sales_rep, now=now)
    answer = client_of(sales_rep).post(reverse("crm_core:opportunity_create"), {"account": shop.pk, "name": "商机", "pipeline": private.pk, "currency": "CNY"})
    assert answer.status_code == 422
    assert not Opportunity.objects.exists()


def test_pipelines_are_given_kinds_on_their_page(admin, client_of):
    client = client_of(admin)
    pipeline = Pipeline.objects.get(name="标准销售")
    sent = {"name": "标准销售", "name_en": "Standard", "kinds": ["company"], "order": 1, "is_active": "on"}
    assert client.post(reverse("crm_core:pipeline_edit", args=[pipeline.pk]), sent).status_code == 302
    pipeline.refresh_from_db()
    assert (pipeline.kinds, pipeline.serves("company"), pipeline.serves("merchant")) == (["company"], True, False)
    Pipeline.objects.exclude(pk=pipeline.pk).update(is_active=False)
    assert "No open pipeline serves accounts of the kind “Merchant”" in client.get(reverse("crm_core:pipeline_list")).content.decode()


def test_list_filters_by_kind(sales_rep, now, client_of):
    for kind in ("company", "merchant", "individual"):
        create_account(data={"name": kind, "kind": kind}, by=sales_rep, now=now)
    rows = client_of(sales_rep).get(reverse("crm_core:account_list"), {"kind": "merchant"}).context["table"].rows
    assert [row.label for row in rows] == ["merchant"]


# --- codes ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "words", "suggestion"),
    [
        ("91350100M000100Y44", "last one is “3”, not “4”", GOOD_CODE),
        ("9135O100M000100Y43", "Character 5, “O”", GOOD_CODE),
        ("9I350100M000100Y43", "did you mean “1”", GOOD_CODE),
        ("91350100M000100Z43", "did you mean “2”", ""),
        ("91350100M000100-43", "These are 17", ""),
        ("9135A100M000100Y43", "character 5 is not", ""),
        ("9135 0100 M000 100Y 4", "These are 17", ""),
        ("91350100M000100＊43", "Character 16, “*”", ""),
        ("统一社会信用代码", "These are 8", ""),
    ],
)
def test_credit_code_says_which_character_is_wrong(text, words, suggestion):
    with pytest.raises(ValidationError) as caught:
        clean_credit_code(text)
    assert words in caught.value.messages[0]
    assert (caught.value.params or {}).get("suggestion", "") == suggestion


@pytest.mark.parametrize("text", [GOOD_CODE, " 91350100 M000100Y43 ", "91350100m000100y43", "９１３５０１００Ｍ０００１００Ｙ４３", "91350100-M000100Y4-3"])
def test_credit_code_is_brought_into_one_spelling(text):
    assert clean_credit_code(text) == GOOD_CODE


def test_identity_number_is_checked_and_masked():
    assert clean_id_number("") == ""
    assert mask_id_number("") == ""
    assert mask_id_number(PERSON_ID) == "110*************2X"
    for text in ("123", "110105194912310021", "11010519491331002X", "１２３"):
        with pytest.raises(ValidationError):
            clean_id_number(text)
