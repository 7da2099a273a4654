"""Keys stand in pages as plain digits: grouped for reading (4,321) they lead nowhere, which shows only beyond 999 rows."""

import re

import pytest
from django.db import connection
from django.urls import reverse

from tests.guards.stage import Stage, address, labels_of
from tests.guards.test_query_counts import PAGES, reader

START = 4_321_000
# Attributes that programs read; a shown number field may be grouped, a key never.
KEYS = re.compile(
    r"""\b(?:id|name|for|href|action|src|headers|(?:hx|data|aria)-[a-z-]+|value)=(?P<quote>["'])[^"'<>]*?\b4[,.\u00a0\u202f ]?321[,.\u00a0\u202f ]\d{3}\b"""
)


def start_high():
    """The next row of every table gets a key beyond four million."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            tables = connection.introspection.table_names(cursor)
            cursor.execute("DELETE FROM sqlite_sequence")
            cursor.executemany("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [(table, START) for table in tables])
        else:
            cursor.execute("SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'")
            for (name,) in cursor.fetchall():
                cursor.execute(f'ALTER SEQUENCE "{name}" RESTART WITH {START}')


@pytest.fixture(scope="module")
def high(stage):
    """The samples again, with high keys, in the transaction of the stage."""
    start_high()
    return Stage(stage.world).fill({*labels_of(PAGES), "crm_core.account", "crm_core.contact", "crm_core.opportunity", "crm_core.activity"})


def grouped(text):
    return [found[0][:160] for found in KEYS.finditer(text)]


def page(stage, actor, url):
    client = stage.client(actor)
    with stage.undone(client):
        response = client.get(url)
        return b"".join(response.streaming_content).decode(errors="replace") if response.streaming else response.content.decode(errors="replace")


@pytest.mark.parametrize("route", [route for route in PAGES if reader(route.name)], ids=lambda route: route.name)
def test_keys_are_plain(route, high):
    assert not grouped(page(high, reader(route.name), address(route, high.samples)))


def test_the_samples_have_high_keys(high):
    assert high.samples("crm_core.account").pk >= START
    assert str(high.samples("crm_core.account").pk) in page(high, "sales_rep", reverse("crm_core:account_list"))


@pytest.mark.parametrize(
    "text", ['<input type="hidden" name="pk" value="4,321,001">', '<article id="criterion-4,321,009">', '<a href="/crm/accounts/4,321,002/">']
)
def test_negative_control_a_grouped_key_is_noticed(text):
    assert grouped(text)
