"""Programs with a name of their own: opened and closed by administrators, narrowed by position, scopes and the person who answers."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from foundation.people.models import ApiToken, Assignment, Connector
from foundation.people.services.connectors import close_connector, open_connector


@pytest.fixture
def connector(world, admin, sales_rep):
    position = Assignment.objects.get(user=sales_rep).position
    return open_connector(name="ERP", purpose="订单", position=position, by=admin, now=timezone.now())


def secret_of(client, connector, **more):
    url = reverse("people:connector_token_create", args=[connector.pk])
    response = client.post(url, {"name": "nightly", "scope": "read", "days": "30", **more})
    assert response.status_code == 201, response.content.decode()[:2000]
    return re.search(r"crm_[\w-]{20,}", response.content.decode()).group()


def test_connector_sees_what_its_position_sees(admin, client_of, connector):
    secret = secret_of(client_of(admin), connector, scopes=["account:read"])
    headers = {"HTTP_AUTHORIZATION": f"Bearer {secret}"}
    assert Client().get("/api/crm/accounts", **headers).status_code == 200
    assert Client().get("/api/crm/contacts", **headers).status_code == 403
    assert ApiToken.objects.get().owner == connector.identity


def test_connector_ends_with_the_person_who_answers_for_it(admin, client_of, connector):
    secret = secret_of(client_of(admin), connector)
    admin.is_active = False
    admin.save()
    assert Client().get("/api/crm/accounts", HTTP_AUTHORIZATION=f"Bearer {secret}").status_code == 401


def test_connector_closed_is_closed_for_good(admin, client_of, connector):
    secret = secret_of(client_of(admin), connector)
    close_connector(connector=connector, by=admin, now=timezone.now())
    assert Client().get("/api/crm/accounts", HTTP_AUTHORIZATION=f"Bearer {secret}").status_code == 401
    connector.identity.refresh_from_db()
    assert not connector.identity.is_active
    assert client_of(admin).get(reverse("people:connector_token_create", args=[connector.pk])).status_code == 404


def test_connectors_are_for_administrators(admin, sales_rep, client_of, connector):
    page = client_of(admin).get(reverse("people:connector_list"))
    assert "ERP" in page.content.decode()
    assert client_of(sales_rep).get(reverse("people:connector_list")).status_code == 403
    assert client_of(sales_rep).post(reverse("people:connector_close", args=[connector.pk])).status_code == 403
    made = client_of(admin).post(reverse("people:connector_create"), {"name": "ERP", "position": connector.position_id})
    assert made.status_code == 422
    assert Connector.objects.count() == 1


def test_token_form_refuses_what_is_no_network(admin, client_of, connector):
    url = reverse("people:connector_token_create", args=[connector.pk])
    answer = client_of(admin).post(url, {"name": "x", "scope": "read", "days": "30", "networks": "10.1.0.0/16, nonsense"})
    assert (answer.status_code, ApiToken.objects.count()) == (422, 0)
