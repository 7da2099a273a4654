"""Programs with a name of their own: opened and closed by administrators, narrowed by position, scopes and the person who answers."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from foundation.people.forms import TokenForm
from foundation.people.models import ApiToken, Assignment, Connector
from foundation.people.services.connectors import close_connector, open_connector
from foundation.people.tokens import issue_token


@pytest.fixture
def connector(world, admin, sales_rep):
    position = Assignment.objects.get(user=sales_rep).position
    return open_connector(name="ERP", purpose="订单", position=position, by=admin, now=timezone.now())


def secret_of(connector, **more):
    now = timezone.now()
    return issue_token(owner=connector.identity, connector=connector, name="nightly", scope="read", expires_at=now + timedelta(days=1), now=now, **more)[1]


def test_connector_sees_what_its_position_sees(admin, connector):
    secret = secret_of(connector, scopes=["account:read"])
    headers = {"HTTP_AUTHORIZATION": f"Bearer {secret}"}
    assert Client().get("/api/crm/accounts", **headers).status_code == 200
    assert Client().get("/api/crm/contacts", **headers).status_code == 403
    assert ApiToken.objects.get().owner == connector.identity


def test_connector_ends_with_the_person_who_answers_for_it(admin, connector):
    secret = secret_of(connector)
    admin.is_active = False
    admin.save()
    assert Client().get("/api/crm/accounts", HTTP_AUTHORIZATION=f"Bearer {secret}").status_code == 401


def test_connector_closed_is_closed_for_good(admin, connector):
    secret = secret_of(connector)
    close_connector(connector=connector, by=admin, now=timezone.now())
    assert Client().get("/api/crm/accounts", HTTP_AUTHORIZATION=f"Bearer {secret}").status_code == 401
    connector.identity.refresh_from_db()
    assert not connector.identity.is_active


def test_connectors_are_for_administrators(admin, sales_rep, client_of, connector):
    page = client_of(admin).get(reverse("people:connector_list"))
    assert "ERP" in page.content.decode()
    assert client_of(sales_rep).get(reverse("people:connector_list")).status_code == 403
    assert client_of(sales_rep).post(reverse("people:connector_close", args=[connector.pk])).status_code == 403
    made = client_of(admin).post(reverse("people:connector_create"), {"name": "ERP", "position": connector.position_id})
    assert made.status_code == 422
    assert Connector.objects.count() == 1


def test_token_form_refuses_what_is_no_network(db):
    facts = {"name": "x", "scope": "read", "days": "30"}
    assert not TokenForm({**facts, "networks": "10.1.0.0/16, nonsense"}).is_valid()
    form = TokenForm({**facts, "networks": "10.1.2.3/16，203.0.113.7", "scopes": ["account:read"]})
    assert form.is_valid(), form.errors
    assert form.facts() == {"name": "x", "scope": "read", "scopes": ["account:read"], "networks": ["10.1.0.0/16", "203.0.113.7/32"]}
