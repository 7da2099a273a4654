"""The API by noun: links, activities, tasks, the recycle bin, custom fields, filters, versions."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from crm_core.models import Account, Activity, Contact, Task
from crm_core.services.account import create_account
from crm_core.services.contact import create_contact
from foundation.people.tokens import issue_token

URL = "/api/crm"


@pytest.fixture
def call(sales_rep):
    return caller(sales_rep)


def caller(user, **token):
    now = timezone.now()
    _token, secret = issue_token(owner=user, name="erp", expires_at=now + timedelta(days=1), now=now, **{"scope": "write", **token})
    client = Client()

    def make(method, path, data=None, **extra):
        body = json.dumps(data) if data is not None else ""
        return client.generic(method, f"{URL}{path}", data=body, content_type="application/json", HTTP_AUTHORIZATION=f"Bearer {secret}", **extra)

    return make


def test_api_delete_goes_to_the_recycle_bin_and_back(call, account):
    path = f"/accounts/{account.pk}"
    assert call("DELETE", path).status_code == 428
    wrong = call("DELETE", path, HTTP_IF_MATCH='"99"')
    assert (wrong.status_code, wrong.json()["version"], wrong.headers["ETag"]) == (412, account.version, f'"{account.version}"')
    assert call("DELETE", path, HTTP_IF_MATCH=f'"{account.version}"').status_code == 204
    assert call("GET", path).status_code == 404
    assert Account.objects.get(pk=account.pk).deleted_at is not None
    back = call("POST", f"{path}/restore")
    assert (back.status_code, back.json()["id"]) == (200, account.pk)
    assert call("GET", path).status_code == 200


def test_api_patch_tells_the_version_there_is_now(call, account):
    path = f"/accounts/{account.pk}"
    etag = call("GET", path).headers["ETag"]
    call("PATCH", path, {"address": "一号"}, HTTP_IF_MATCH=etag)
    late = call("PATCH", path, {"address": "二号"}, HTTP_IF_MATCH=etag)
    assert (late.status_code, late.json()["version"]) == (412, 2)
    assert Account.objects.get(pk=account.pk).address == "一号"


def test_api_delete_is_for_those_who_may(account, auditor):
    assert caller(auditor)("DELETE", f"/accounts/{account.pk}", HTTP_IF_MATCH='"1"').status_code == 403


def test_api_links_of_a_contact(call, account, sales_rep, west_rep, now):
    other = create_account(data={"name": "第二家"}, by=sales_rep, now=now)
    foreign = create_account(data={"name": "别人的"}, by=west_rep, now=now)
    contact = create_contact(data={"name": "李雷"}, by=sales_rep, now=now, account=account)
    made = call("POST", f"/contacts/{contact.pk}/links", {"account": other.pk, "title": "顾问"})
    assert made.status_code == 201, made.content
    assert call("POST", f"/contacts/{contact.pk}/links", {"account": other.pk}).status_code == 409
    assert call("POST", f"/contacts/{contact.pk}/links", {"account": foreign.pk}).status_code == 422
    assert {item["account_id"] for item in call("GET", f"/contacts/{contact.pk}/links").json()["items"]} == {account.pk, other.pk}
    assert [item["contact_id"] for item in call("GET", f"/accounts/{other.pk}/contacts").json()["items"]] == [contact.pk]
    ended = call("DELETE", f"/contacts/{contact.pk}/links/{made.json()['id']}")
    assert (ended.status_code, ended.json()["ends_on"]) == (200, timezone.localdate().isoformat())


def test_api_activities_are_listed_and_corrected(call, account, sales_rep):
    first = call("POST", "/activities", {"account": account.pk, "subject": "电话"})
    call("POST", "/activities", {"account": account.pk, "subject": "拜访"})
    found = call("GET", f"/activities?account={account.pk}&owner={sales_rep.pk}").json()
    assert [item["subject"] for item in found["items"]] == ["电话", "拜访"]
    path = f"/activities/{first.json()['id']}"
    assert call("PATCH", path, {"subject": "电话回访"}).status_code == 428
    assert call("PATCH", path, {"subject": "电话回访"}, HTTP_IF_MATCH=first.headers["ETag"]).json()["subject"] == "电话回访"
    assert Activity.objects.count() == 2


def test_api_tasks_from_planned_to_done(call, account):
    made = call("POST", "/tasks", {"title": "回电", "due_on": "2030-01-02", "account": account.pk}, HTTP_IDEMPOTENCY_KEY="t-1")
    assert made.status_code == 201, made.content
    assert (
        call("POST", "/tasks", {"title": "回电", "due_on": "2030-01-02", "account": account.pk}, HTTP_IDEMPOTENCY_KEY="t-1").json()["id"] == made.json()["id"]
    )
    path = f"/tasks/{made.json()['id']}"
    assert call("PATCH", path, {"due_on": "2030-01-05"}, HTTP_IF_MATCH=made.headers["ETag"]).json()["due_on"] == "2030-01-05"
    assert call("POST", f"{path}/finish").json()["done_at"]
    assert call("GET", "/tasks?done=false").json()["items"] == []
    assert call("POST", f"{path}/reopen").json()["done_at"] is None
    assert Task.objects.count() == 1


def test_api_filters_by_owner_moment_and_words(call, sales_rep, now):
    old = create_account(data={"name": "旧公司"}, by=sales_rep, now=now)
    Account.objects.filter(pk=old.pk).update(updated_at=now - timedelta(days=9))
    new = create_account(data={"name": "青山接口"}, by=sales_rep, now=now)
    since = (now - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert [item["id"] for item in call("GET", f"/accounts?updated_since={since}").json()["items"]] == [new.pk]
    assert [item["id"] for item in call("GET", "/accounts?q=%E9%9D%92%E5%B1%B1").json()["items"]] == [new.pk]
    assert [item["id"] for item in call("GET", "/accounts?q=qsjk").json()["items"]] == [new.pk]
    assert call("GET", f"/accounts?owner={sales_rep.pk + 999}").json()["items"] == []
    assert call("GET", "/accounts?owner=99999999999999999999999").json()["items"] == []


def test_api_refuses_unknown_custom_fields(call, account):
    path = f"/accounts/{account.pk}"
    assert call("GET", path).json()["custom"] == {}
    answer = call("PATCH", path, {"custom": {"no_such": 1}}, HTTP_IF_MATCH=f'"{account.version}"')
    assert answer.status_code == 422
    assert "custom.no_such" in answer.json()["fields"]


def test_api_token_scopes_hold_by_noun(sales_rep, account, now):
    create_contact(data={"name": "李雷"}, by=sales_rep, now=now, account=account)
    narrow = caller(sales_rep, scopes=["account:read", "contact:write"])
    assert narrow("GET", "/accounts").status_code == 200
    assert narrow("PATCH", f"/accounts/{account.pk}", {"address": "x"}, HTTP_IF_MATCH='"1"').status_code == 403
    assert narrow("GET", "/opportunities").status_code == 403
    assert narrow("GET", "/contacts").status_code == 200
    contact = Contact.objects.get()
    assert narrow("PATCH", f"/contacts/{contact.pk}", {"remark": "x"}, HTTP_IF_MATCH=f'"{contact.version}"').status_code == 200


def test_api_token_is_accepted_from_its_networks_only(sales_rep):
    near, far = caller(sales_rep, networks=["127.0.0.0/8"]), caller(sales_rep, networks=["10.1.0.0/16"])
    assert near("GET", "/accounts").status_code == 200
    assert far("GET", "/accounts").status_code == 401


def test_api_counts_the_calls_of_a_token(sales_rep, settings):
    settings.API_CALLS_PER_MINUTE = 2
    call = caller(sales_rep)
    first = call("GET", "/accounts")
    assert (first.headers["RateLimit-Limit"], first.headers["RateLimit-Remaining"]) == ("2", "1")
    answers = [call("GET", "/accounts") for _time in range(3)]
    assert 429 in {answer.status_code for answer in answers}
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert int(refused.headers["Retry-After"]) <= 60


@pytest.mark.parametrize("text", ["'; DROP TABLE x", "%00", "💥" * 30, "＜script＞", "-1", "%E0%80"])
def test_api_search_survives_hostile_words(call, account, text):
    assert call("GET", f"/accounts?q={text}").status_code in {200, 422}
