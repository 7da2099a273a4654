"""Looking changes nothing, neither in lists that are searched nor in the API; test_authz walks every address."""

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from tests.guards.samples import CANARY
from tests.guards.stage import address, labels_of
from tests.guards.test_authz import KNOWN, OURS, parse
from tests.guards.test_authz_api import KNOWN as KNOWN_API
from tests.guards.test_authz_api import MODELS, noun_of, tokens  # noqa: F401  (a fixture)
from tests.guards.watching import HERE, WRITE, Writes

BY_TOKEN = {"people_apitoken": "when a token was last used, and how often in this minute"}
READERS = ("admin", "pm", "sales_manager", "sales_rep", "liaison", "trainer", "other_rep", "west_rep", "outsider")


def written(stage, client, url, **more):
    """The tables that a GET writes, apart from those that every request may."""
    watch = Writes()
    with stage.undone(client), connection.execute_wrapper(watch):
        response = client.get(url, **more)
        if response.streaming:
            b"".join(response.streaming_content)
    return watch.tables, response.status_code


def readers(name):
    """At most three who may open it, people of different work first."""
    may = [actor for actor in READERS if parse(KNOWN.get(name, {}).get("GET", "")).get(actor) == "ok"]
    return may[:2] + may[-1:] if len(may) > 2 else may


@pytest.fixture
def filled(stage):
    return stage.fill({*labels_of(OURS), *MODELS.values()})


@pytest.mark.parametrize("route", [route for route in OURS if not route.parameters and readers(route.name)], ids=lambda route: route.name)
def test_get_of_a_search_writes_nothing(route, filled):
    for actor in readers(route.name):
        tables, _status = written(filled, filled.client(actor), f"{address(route, filled.samples)}?q={CANARY}")
        assert not {table for table in tables if (route.name, table) not in HERE}, actor


@pytest.mark.parametrize("path", [path for path in KNOWN_API if "GET" in KNOWN_API[path]])
def test_get_of_the_api_writes_nothing(path, filled, tokens):  # noqa: F811
    url = path.replace("{pk}", str(filled.samples(MODELS[noun_of(path)]).pk)) if "{" in path else path
    may = [actor for actor in READERS if parse(KNOWN_API[path]["GET"]).get(actor) == "ok"][:3]
    for actor in may:
        assert written(filled, filled.client(actor), url)[0] == set(), actor
    for name in ("token_read", "token_write"):
        tables, _status = written(filled, Client(raise_request_exception=False), url, headers={"Authorization": f"Bearer {tokens[name]}"})
        assert tables <= set(BY_TOKEN), name


def test_every_exception_is_still_needed(filled, tokens):  # noqa: F811
    names = {route.name: route for route in OURS}
    stale = []
    for name, table in HERE:
        route = names.get(name)
        found = {one for actor in readers(name) for one in written(filled, filled.client(actor), address(route, filled.samples))[0]} if route else set()
        if table not in found:
            stale.append((name, table))
    assert not stale
    by_token = written(filled, Client(), "/api/crm/accounts", headers={"Authorization": f"Bearer {tokens['token_read']}"})[0]
    assert by_token == set(BY_TOKEN)
    assert all(HERE.values())


def test_negative_control_a_page_that_writes_is_noticed(filled, monkeypatch):
    """With a view that saves a row while showing it, the walk would fail."""
    from crm_core.models import Account

    account = filled.samples("crm_core.account")
    monkeypatch.setattr("crm_core.views.account.account_panels", lambda request, row: Account.objects.filter(pk=row.pk).update(remark="seen") and [])
    tables, status = written(filled, filled.client("sales_rep"), reverse("crm_core:account_detail", args=[account.pk]))
    assert status == 200
    assert tables == {"crm_core_account"}


@pytest.mark.parametrize(
    ("sql", "table"),
    [
        ('INSERT INTO "a_b" ("x") VALUES (1)', "a_b"),
        ('INSERT OR IGNORE INTO "a_b" VALUES (1)', "a_b"),
        ('UPDATE "a_b" SET x = 1', "a_b"),
        ('DELETE FROM "a_b" WHERE 1', "a_b"),
        ("  truncate a_b", "a_b"),
        ('SELECT 1 FROM "a_b" FOR UPDATE', None),
    ],
)
def test_negative_control_every_kind_of_write_is_seen(sql, table):
    found = WRITE.match(sql)
    assert (found and found[1]) == table
