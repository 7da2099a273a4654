import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from crm_core.models import Account, Activity, Contact, Opportunity
from crm_core.services.account import create_account
from foundation.people.tokens import issue_token
from foundation.usage.models import UsageEvent

URL = "/api/crm/accounts"


def bearer(user, scope="write"):
    now = timezone.now()
    _token, secret = issue_token(owner=user, name="erp", scope=scope, expires_at=now + timedelta(days=1), now=now)
    return {"HTTP_AUTHORIZATION": f"Bearer {secret}"}


@pytest.fixture
def call(sales_rep):
    headers = bearer(sales_rep)
    client = Client()

    def make(method, url, data=None, **extra):
        return client.generic(method, url, data=__import__("json").dumps(data) if data is not None else "", content_type="application/json", **headers, **extra)

    return make


def test_api_asks_who_calls(db):
    response = Client().get(URL)
    assert response.status_code == 401
    assert response.json()["detail"]


def test_api_docs_are_for_the_signed_in_only(sales_rep, client_of):
    assert Client().get("/api/docs").status_code == 302
    page = client_of(sales_rep).get("/api/docs")
    assert page.status_code == 200
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', page.content.decode()), "it loads nothing from elsewhere"
    assert Client().get("/api/openapi.json").status_code == 302


def test_a_program_writes_by_its_token_alone(sales_rep, client_of):
    """As over the wire: the test client's leave to forge is taken away."""
    _token, secret = issue_token(owner=sales_rep, name="erp", scope="write", expires_at=timezone.now() + timedelta(days=1), now=timezone.now())
    program, body = Client(enforce_csrf_checks=True), {"name": "青山科技"}
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {secret}"}
    made = program.post(URL, body, content_type="application/json", **bearer)
    assert made.status_code == 201
    own = f"{URL}/{made.json()['id']}"
    changed = program.patch(own, {"short_name": "青山"}, content_type="application/json", HTTP_IF_MATCH=made.headers["ETag"], **bearer)
    assert changed.status_code == 200
    assert program.post(URL, body, content_type="application/json").status_code == 401
    assert program.post(URL, body, content_type="application/json", HTTP_AUTHORIZATION="Bearer crm_nothing").status_code == 401
    page = client_of(sales_rep, enforce_csrf_checks=True)
    assert page.post(URL, {"name": "绿水"}, content_type="application/json").status_code == 403, "a page's session is held to its CSRF token"
    assert page.post(URL, {"name": "绿水"}, content_type="application/json", **bearer).status_code == 201
    assert Account.objects.count() == 2


def test_api_lists_by_key_what_the_person_sees(call, sales_rep, west_rep, now):
    mine = [create_account(data={"name": f"甲{number}"}, by=sales_rep, now=now) for number in range(3)]
    create_account(data={"name": "别人的"}, by=west_rep, now=now)
    first = call("GET", f"{URL}?limit=2").json()
    assert [item["id"] for item in first["items"]] == [mine[0].pk, mine[1].pk]
    rest = call("GET", f"{URL}?limit=2&after={first['next']}").json()
    assert ([item["id"] for item in rest["items"]], rest["next"]) == ([mine[2].pk], None)


def test_api_invisible_is_404_and_forbidden_403(call, account, west_rep, auditor):
    hidden = create_account(data={"name": "别人的"}, by=west_rep, now=timezone.now())
    assert call("GET", f"{URL}/{hidden.pk}").status_code == 404
    response = Client().post(URL, {"name": "x"}, content_type="application/json", **bearer(auditor))
    assert response.status_code == 403
    assert Client().post(URL, {"name": "x"}, content_type="application/json", **bearer(account.owner, "read")).status_code == 403


def test_api_creates_once_per_idempotency_key(call, sales_rep):
    data = {"name": "接口公司", "phone": "021-62345678"}
    first = call("POST", URL, data, HTTP_IDEMPOTENCY_KEY="k-1")
    assert first.status_code == 201
    assert call("POST", URL, data, HTTP_IDEMPOTENCY_KEY="k-1").json()["id"] == first.json()["id"]
    assert call("POST", URL, data | {"name": "另一家"}, HTTP_IDEMPOTENCY_KEY="k-1").status_code == 422
    assert Account.objects.count() == 1
    assert UsageEvent.objects.get(feature__key="crm.account.create").surface == "api"


def test_api_change_needs_the_version_that_was_read(call, account):
    url = f"{URL}/{account.pk}"
    etag = call("GET", url).headers["ETag"]
    assert call("PATCH", url, {"region": "上海"}).status_code == 428
    changed = call("PATCH", url, {"region": "上海"}, HTTP_IF_MATCH=etag)
    assert (changed.status_code, changed.json()["region"], changed.headers["ETag"]) == (200, "310000", '"2"')
    assert call("PATCH", url, {"region": "北京"}, HTTP_IF_MATCH=etag).status_code == 412
    account.refresh_from_db()
    assert (account.region, account.name) == ("310000", "青山科技有限公司")


def test_api_says_what_is_wrong_in_the_readers_language(call, sales_rep):
    sales_rep.language = "zh-hans"
    sales_rep.save()
    response = call("POST", URL, {"name": "坏", "credit_code": "123"})
    assert response.status_code == 422
    assert "统一社会信用代码" in response.json()["fields"]["credit_code"][0]


def test_api_contact_opportunity_and_activity(call, account, pipeline, west_rep, now):
    contact = call("POST", "/api/crm/contacts", {"account": account.pk, "name": "李雷", "title": "总监"})
    assert contact.status_code == 201
    deal = call("POST", "/api/crm/opportunities", {"account": account.pk, "name": "接口商机", "pipeline": pipeline.pk, "amount": "1200.50"})
    assert (deal.status_code, deal.json()["outcome"]) == (201, "open")
    url = f"/api/crm/opportunities/{deal.json()['id']}"
    assert call("PATCH", url, {"amount": "99"}, HTTP_IF_MATCH=deal.headers["ETag"]).json()["amount"] in {"99", "99.00"}
    logged = call("POST", "/api/crm/activities", {"account": account.pk, "subject": "电话", "contact": contact.json()["id"], "next_on": "2030-01-02"})
    assert logged.status_code == 201
    assert (Contact.objects.count(), Opportunity.objects.count(), Activity.objects.count()) == (1, 1, 1)
    foreign = create_account(data={"name": "别人的"}, by=west_rep, now=now)
    assert call("POST", "/api/crm/contacts", {"account": foreign.pk, "name": "x"}).status_code == 422
    assert call("POST", "/api/crm/activities", {"account": foreign.pk, "subject": "x"}).status_code == 404
    assert call("POST", "/api/crm/opportunities", {"account": foreign.pk, "name": "x", "pipeline": pipeline.pk}).status_code == 422
