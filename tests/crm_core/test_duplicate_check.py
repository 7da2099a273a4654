"""The question before something is created: who may be the same, masked, not too often, and logged."""

import json
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from crm_core.models import Account, Contact, DuplicateCheck, DuplicatePolicy, DuplicateRule
from crm_core.services.account import create_account
from crm_core.services.contact import create_contact
from crm_core.services.duplicates import AskedTooOften, Candidate, Scorer, check_known, matches_for, matching
from crm_core.services.duplicates.facts import company_facts, person_facts
from crm_core.services.duplicates.scoring import RULES, shipped_rules
from foundation.notices.models import Notice
from foundation.people.tokens import issue_token

CODE, OTHER_CODE = "914403001922038216", "91440300708461136T"


@pytest.fixture(autouse=True)
def _empty_cache(db):
    cache.clear()
    yield
    cache.clear()


def ask(by, name="", surface="page", **more):
    return check_known(candidate=Candidate(name, **more), by=by, surface=surface)


def known(name, by, now, **more):
    return create_account(data={"name": name, **more}, by=by, now=now)


@pytest.mark.parametrize(
    ("typed", "rule"),
    [
        ("深圳市華為技術有限公司", "same_core"),
        ("华为", "short_name"),
        ("花为技术有限公司", "same_sound"),
        ("HUAWEI 技术", None),
        ("华为软件有限公司", None),
        ("黄河贸易有限公司", None),
    ],
)
def test_matches_know_every_spelling(sales_rep, now, typed, rule):
    here = known("华为技术有限公司", sales_rep, now)
    found = matches_for([Candidate(typed)])[0]
    assert [match.pk for match in found] == ([here.pk] if rule else [])
    assert not rule or rule in found[0].rules


def test_short_name_on_the_account_is_found_by_the_full_one(sales_rep, now):
    here = known("小米", sales_rep, now)
    assert matches_for([Candidate("北京小米科技有限责任公司")])[0][0].pk == here.pk
    named = known("北京三快在线科技有限公司", sales_rep, now, short_name="美团")
    assert matches_for([Candidate("美团")])[0][0].pk == named.pk


def test_phone_and_code_count_whatever_their_spelling(sales_rep, now):
    here = known("甲乙丙公司", sales_rep, now, phone="021 6234 5678", credit_code=CODE)
    assert matches_for([Candidate("丁戊己公司", credit_code=CODE.lower())])[0][0].pk == here.pk
    assert "same_phone" in matches_for([Candidate("甲乙丙", phone="+86 21 62345678")])[0][0].rules
    other = matches_for([Candidate("甲乙丙公司", credit_code=OTHER_CODE)])[0][0]
    assert "other_code" in other.rules
    assert not other.is_certain


def test_other_figures_and_places_are_other_companies(sales_rep, now):
    known("青山钢铁三厂有限公司", sales_rep, now)
    known("上海青山科技有限公司", sales_rep, now)
    assert matches_for([Candidate("青山钢铁五厂有限公司")])[0] == []
    assert matches_for([Candidate("北京青山科技有限公司")])[0] == []


def test_slip_further_on_is_found_for_one_candidate(sales_rep, now):
    here = known("海康威视视频有限公司", sales_rep, now)
    assert matches_for([Candidate("海康威视视屏有限公司")])[0][0].pk == here.pk
    here = known("Schneider Electric Limited", sales_rep, now)
    assert matches_for([Candidate("Schnieder Electric Ltd")])[0][0].pk == here.pk


def test_matches_of_contacts(sales_rep, now, account):
    here = create_contact(data={"name": "李雷", "phone": "13800138000"}, account=account, by=sales_rep, now=now)
    assert matches_for([Candidate("Li Lei", phone="+8613800138000")], model="contact")[0][0].pk == here.pk
    assert matches_for([Candidate("李雷", account_id=account.pk)], model="contact")[0][0].pk == here.pk
    assert matches_for([Candidate("李雷")], model="contact")[0] == []
    assert matches_for([Candidate("韩梅梅", phone="13800138000")], model="contact")[0] == []


def test_matches_cost_the_same_queries_for_a_hundred(sales_rep, now, django_assert_max_num_queries):
    for number in range(5):
        known(f"{'甲乙丙丁戊'[number]}山科技有限公司", sales_rep, now)
    candidates = [
        Candidate(f"{'甲乙丙丁戊'[number % 5]}山科技", phone=f"0216234{number:04}", email=f"a{number}@b.cn", credit_code=CODE) for number in range(100)
    ]
    with django_assert_max_num_queries(8):
        found = matches_for(candidates)
    assert all(found)


# --- keys that very many rows share ----------------------------------------------------------------
@pytest.fixture
def crowd(sales_rep, now, monkeypatch):
    """A base in which three rows fill a key: the rows of one crowded key come before any other."""
    monkeypatch.setattr(matching, "PER_KEY", 3)

    def make(*rows):
        return [known(name, sales_rep, now, **more) for name, more in rows]

    return make


def test_a_crowded_key_takes_no_other_keys_rows(sales_rep, now, crowd):
    crowd(*[(f"{sign}海贸易有限公司", {"phone": "021 6200 0000"}) for sign in "甲乙丙丁戊己庚辛壬癸"])
    here = known("子丑寅卯有限公司", sales_rep, now, phone="021 6299 9999")
    asked = [Candidate("天地玄黄公司", phone="021 6200 0000"), Candidate("子丑寅卯厂", phone="021 6299 9999")]
    found = matches_for([*asked, *[Candidate(f"别家{sign}公司") for sign in "东南西北中"]], least=1)
    assert here.pk in [match.pk for match in found[1]]
    assert len(found[0]) == 3


def test_a_row_that_shares_two_crowded_keys_is_found(sales_rep, now, crowd):
    names = [("晨光文具有限公司", {"phone": f"021 6100 00{number:02}"}) for number in range(6)]
    phones = [(f"{sign}海贸易有限公司", {"phone": "021 6200 0000"}) for sign in "甲乙丙丁戊己"]
    crowd(*names, *phones)
    here = known("晨光文具有限公司", sales_rep, now, phone="021 6200 0000")
    asked = Candidate("晨光文具公司", phone="021 6200 0000")
    both = Scorer("account").score(company_facts(asked), company_facts(Candidate(here.name, phone=here.phone))).points
    for among in ([asked], [asked, *[Candidate(f"别家{sign}公司") for sign in "东南西北中"]]):  # asked alone, as on entry, and among others, as in an import
        best = matches_for(among, least=1)[0][0]
        assert (best.pk, best.score) == (here.pk, both)


def test_two_crowded_keys_negative_control(sales_rep, now, crowd, monkeypatch):
    """Looked at by each key alone the row is not among the few: the test above can fail."""
    monkeypatch.setattr(matching, "_pairs", lambda facts, keys: [])
    with pytest.raises(AssertionError):
        test_a_row_that_shares_two_crowded_keys_is_found(sales_rep, now, crowd)


def test_somebody_of_a_common_name_is_found_at_the_same_customer(sales_rep, now, account, crowd):
    other = known("别处有限公司", sales_rep, now)
    for _number in range(5):
        create_contact(data={"name": "王伟"}, account=other, by=sales_rep, now=now)
    here = create_contact(data={"name": "王伟"}, account=account, by=sales_rep, now=now)
    asked = Candidate("王伟", account_id=account.pk)
    for among in ([asked], [asked, *[Candidate(f"别人{sign}") for sign in "东南西北中"]]):
        assert [match.pk for match in matches_for(among, model="contact")[0]] == [here.pk]


def test_of_very_many_names_that_begin_alike_the_nearest_are_looked_at(sales_rep, now, crowd, monkeypatch):
    monkeypatch.setattr(matching, "NEARBY", 3)
    crowd(*[(f"海康{sign}{sign}设备有限公司", {}) for sign in "东南西北中发白春夏秋冬"])
    here = known("海康威视视频有限公司", sales_rep, now)
    assert matches_for([Candidate("海康威视视屏有限公司")])[0][0].pk == here.pk


def test_crowded_keys_cost_few_queries_more(sales_rep, now, crowd, django_assert_max_num_queries):
    crowd(*[(f"{sign}海贸易有限公司", {"phone": "021 6200 0000"}) for sign in "甲乙丙丁戊己庚辛壬癸"])
    candidates = [Candidate(f"别家{number}公司", phone="021 6200 0000" if number % 2 else f"0216234{number:04}") for number in range(100)]
    with django_assert_max_num_queries(9):
        matches_for(candidates)


@given(st.text(max_size=30), st.text(max_size=30))
def test_scores_are_the_same_whichever_comes_first(one, other):
    for subject, facts in (("account", company_facts), ("contact", person_facts)):
        scorer = Scorer(subject, rules=shipped_rules(subject), policy=DuplicatePolicy(subject=subject))
        a, b = facts(Candidate(one)), facts(Candidate(other))
        assert scorer.score(a, b).points == scorer.score(b, a).points
        assert 0 <= scorer.score(a, b).points <= 100


def test_rules_can_be_switched_off_and_weighed(sales_rep, now):
    known("华为技术有限公司", sales_rep, now)
    assert matches_for([Candidate("华为")])[0]
    DuplicateRule.objects.create(subject="account", key="short_name", weight=68, is_on=False)
    assert matches_for([Candidate("华为")])[0] == []
    DuplicateRule.objects.filter(key="short_name").update(is_on=True, weight=95)
    assert matches_for([Candidate("华为")])[0][0].is_certain
    assert len({rule.key for rule in RULES["account"]}) == len(RULES["account"])


# --- masked, logged, limited ------------------------------------------------------------------------------------
def test_check_shows_of_hidden_rows_the_department_only(sales_rep, west_rep, now):
    known("秘密客户有限公司", west_rep, now, phone="02162345678", credit_code=CODE)
    hit = ask(sales_rep, "秘密客户", credit_code=CODE, phone="02162345678")[0]
    assert (hit.row, hit.because, hit.score) == (None, "", 0)
    assert hit.where == "in West sales"
    mine = ask(west_rep, "秘密客户")[0]
    assert mine.row is not None
    assert mine.because


def test_check_is_logged_without_what_was_typed(sales_rep, west_rep, now):
    known("秘密客户有限公司", west_rep, now)
    ask(sales_rep, "秘密客户")
    ask(sales_rep, "秘密客户")
    ask(sales_rep, "没有这一家")
    first, second, none = DuplicateCheck.objects.order_by("pk")
    assert (first.by, first.hits, first.hidden, none.hits) == (sales_rep, 1, 1, 0)
    assert first.asked == second.asked != none.asked
    for row in DuplicateCheck.objects.values():
        assert "秘密" not in json.dumps(row, default=str, ensure_ascii=False)


def test_check_stops_who_asks_too_often_and_tells_the_administrator(sales_rep, other_rep, admin, auditor, now):
    DuplicatePolicy.objects.create(subject="account", checks_per_hour=3)
    for number in range(3):
        ask(sales_rep, f"公司{number}")
    with pytest.raises(AskedTooOften):
        ask(sales_rep, "再来")
    ask(other_rep, "别人照问")
    assert DuplicateCheck.objects.filter(is_refused=True).count() == 1
    assert set(Notice.objects.filter(kind="duplicate_probing").values_list("to__username", flat=True)) >= {"admin"}
    with pytest.raises(AskedTooOften):
        ask(sales_rep, "再来一次")
    assert Notice.objects.filter(kind="duplicate_probing", to=admin).count() == 1


def test_check_reports_many_hits_on_hidden_rows(sales_rep, west_rep, admin, now):
    DuplicatePolicy.objects.create(subject="account", probing_after=2)
    for name in ("甲甲客户", "乙乙客户", "丙丙客户"):
        known(name, west_rep, now)
        ask(sales_rep, name)
    notice = Notice.objects.get(kind="duplicate_probing", to=admin)
    assert "甲甲" not in notice.subject + notice.body


def test_check_needs_something_to_go_by(sales_rep):
    assert ask(sales_rep, "甲") == []
    assert not DuplicateCheck.objects.exists()


# --- pages ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_page_asks_and_answers(sales_rep, west_rep, client_of, now, language):
    sales_rep.language = language
    sales_rep.save()
    known("秘密客户有限公司", west_rep, now)
    client, url = client_of(sales_rep), reverse("crm_core:duplicate_known")
    assert client.get(url).status_code == 200
    assert not DuplicateCheck.objects.exists()
    page = client.post(url, {"subject": "account", "name": "秘密客户"}).content.decode()
    assert ("West sales" if language == "en" else "西部销售部") in page
    assert str(west_rep) not in page
    assert "秘密客户有限公司" not in page
    assert client.post(url, {"subject": "account"}).status_code == 422
    with translation.override(language):
        assert client.post(url, {"subject": "account", "name": "没有这家客户"}).status_code == 200


def test_hint_is_a_post_because_it_writes_the_log(sales_rep, client_of):
    client, url = client_of(sales_rep), reverse("crm_core:account_similar")
    assert client.get(url).status_code == 405
    assert client.post(url, {"name": "随便什么"}).status_code == 200
    assert DuplicateCheck.objects.count() == 1


def test_create_form_beyond_the_limit_keeps_what_was_typed(sales_rep, client_of, now):
    DuplicatePolicy.objects.create(subject="account", checks_per_hour=1)
    ask(sales_rep, "用掉一次")
    response = client_of(sales_rep).post(reverse("crm_core:account_create"), {"name": "新客户公司", "kind": "company"})
    assert response.status_code == 429
    assert "新客户公司" in response.content.decode()
    assert not Account.objects.filter(name="新客户公司").exists()


def test_readers_may_not_ask(auditor, client_of):
    assert client_of(auditor).get(reverse("crm_core:duplicate_known")).status_code == 403


# --- API --------------------------------------------------------------------------------------------------------------
@pytest.fixture
def post(sales_rep):
    now = timezone.now()
    _token, secret = issue_token(owner=sales_rep, name="erp", scope="write", expires_at=now + timedelta(days=1), now=now)

    def make(url, data, **extra):
        return Client().post(url, data, content_type="application/json", HTTP_AUTHORIZATION=f"Bearer {secret}", **extra)

    return make


def test_api_refuses_with_masked_candidates_unless_known(post, sales_rep, west_rep, now):
    known("秘密客户有限公司", west_rep, now, phone="021-62345678")
    mine = known("我的客户有限公司", sales_rep, now)
    refused = post("/api/crm/accounts", {"name": "秘密客户", "phone": "02162345678"})
    assert refused.status_code == 409
    hit = refused.json()["candidates"][0]
    assert hit["where"]
    assert not hit.get("id")
    assert not hit.get("name")
    assert "021" not in refused.content.decode()
    assert post("/api/crm/accounts", {"name": "我的客户"}).json()["candidates"][0]["id"] == mine.pk
    assert Account.objects.count() == 2
    assert post("/api/crm/accounts?known=true", {"name": "秘密客户"}).status_code == 201
    assert DuplicateCheck.objects.filter(surface="api").count() == 2


def test_api_refusal_is_logged_and_a_replay_is_not_asked_again(post, sales_rep, account):
    first = post("/api/crm/accounts", {"name": "接口公司"}, HTTP_IDEMPOTENCY_KEY="k1")
    assert first.status_code == 201
    again = post("/api/crm/accounts", {"name": "接口公司"}, HTTP_IDEMPOTENCY_KEY="k1")
    assert (again.status_code, again.json()["id"]) == (201, first.json()["id"])
    assert post("/api/crm/accounts", {"name": "接口公司"}, HTTP_IDEMPOTENCY_KEY="k2").status_code == 409
    assert list(DuplicateCheck.objects.order_by("pk").values_list("hits", flat=True)) == [0, 1]


def test_api_contacts_too(post, account):
    assert post("/api/crm/contacts", {"account": account.pk, "name": "李雷", "phone": "13800138000"}).status_code == 201
    assert post("/api/crm/contacts", {"account": account.pk, "name": "Li Lei", "phone": "13800138000"}).status_code == 409
    assert post("/api/crm/contacts?known=true", {"account": account.pk, "name": "Li Lei", "phone": "13800138000"}).status_code == 201
    assert Contact.objects.count() == 2
