"""The number of queries of a page does not grow with its rows, and no page takes more than a few: each is measured with few and with many rows."""

from collections import Counter
from itertools import count

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from foundation.integrity import Refused
from tests.factories.people import UserFactory
from tests.guards.samples import CANARY, OWNER_FIELDS, factories, make_sample
from tests.guards.stage import address, labels_of, why
from tests.guards.test_authz import FILES, KNOWN, OURS, PAGES, parse

FEW, MANY = 3, 12
USER = "people.user"
SERIAL = count(1000)
ALLOWED = 2  # a second page, an extra badge
READERS = ("sales_rep", "sales_manager", "pm", "liaison", "trainer", "admin", "outsider")
MOST = 25  # statements of a page, with many rows of everything, signing in and the frame of the page included
SELLERS = ("sales_rep", "sales_manager")
ROLLOUT_PEOPLE = ("pm", "liaison", "trainer", "admin")
CAST = (*SELLERS, *ROLLOUT_PEOPLE, "sponsor", "consultant", "developer", "key_user", "service_agent", "auditor")
# What people of a rollout open every day.
DAILY = (
    "implementation:rollout_list",
    "implementation:rollout_detail",
    "implementation:rollout_plan",
    "implementation:rollout_register",
    "implementation:rollout_activity",
    "implementation:phase_detail",
    "implementation:gate_detail",
    "requirements_mgmt:requirement_list",
    "requirements_mgmt:requirement_detail",
    "requirements_mgmt:confirmation_list",
    "requirements_mgmt:change_request_list",
    "docs_site:document_list",
    "docs_site:document_detail",
    "feedback:ticket_list",
    "feedback:ticket_detail",
    "feedback:liaison_desk",
    "feedback:team_desk",
    "feedback:adoption",
    "training:home",
    "training:progress",
    "people:person_list",
    "jobs:job_list",
    "notices:notice_list",
)
# Rows that people make one of, and why.
NEVER_MANY = {"usage.feature": "the catalogue is written by the build"}
# Addresses that may grow, and why.
GROWS: dict[str, str] = {}


class Count:
    """Counts statements; handed to the connection as a wrapper of every statement."""

    def __init__(self):
        self.statements = []

    def __call__(self, execute, sql, params, many, context):
        if not sql.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            self.statements.append(sql)
        return execute(sql, params, many, context)


def statements(stage, actor, url):
    client, count = stage.client(actor), Count()
    with stage.undone(client), connection.execute_wrapper(count):
        response = client.get(url)
        if response.streaming:
            b"".join(response.streaming_content)
    assert response.status_code < 400, f"{url} answers {response.status_code} to {actor}: {why(response)}"
    return count.statements


def reader(name):
    """Who sees the most of those who may open it."""
    may = parse(KNOWN.get(name, {}).get("GET", ""))
    return next((actor for actor in READERS if may.get(actor) == "ok"), None)


def add_rows(stage, number):
    """More rows of every model, each hanging on the sample of what it belongs to where that can be; gives how many were made."""
    made = 0
    for label, factory in sorted(factories().items()):
        if label.startswith("people.") or label in NEVER_MANY:
            continue
        fields = [field for field in factory._meta.model._meta.concrete_fields if field.is_relation and field.many_to_one]
        labels = {field.name: field.related_model._meta.label_lower for field in fields}
        parents = {name: stage.made[made_of] for name, made_of in labels.items() if made_of in stage.made and made_of not in (label, USER)}
        people = {name for name, made_of in labels.items() if made_of == USER and name in OWNER_FIELDS}
        for _number in range(number):
            made += _one_more(label, stage.world, parents, people)
    return made


def _one_more(label, world, parents, people):
    """One row under the sample's parents; with another person where each has only one, apart from them where they have only one."""
    names = {field.name for field in factories()[label]._meta.model._meta.concrete_fields}
    own = {name: f"{CANARY} {next(SERIAL)}" for name in names & {"name", "title", "heading"}} | {name: next(SERIAL) for name in names & {"number", "order"}}
    for attempt in (parents | own, parents | own | {name: UserFactory for name in people}, own, {}):
        try:
            with transaction.atomic():
                make_sample(label, world, **{name: value() if value is UserFactory else value for name, value in attempt.items()})
            return 1
        except (DatabaseError, ValidationError, Refused, ValueError, TypeError):
            continue
    return 0


@pytest.fixture(scope="module")
def counts(stage):
    """The statements of each page with few rows and with many: both measured in this one world, each page warmed up first."""
    stage.fill({*labels_of(PAGES), "crm_core.account", "crm_core.contact", "crm_core.opportunity"})
    asked = {route.name: (reader(route.name), address(route, stage.samples)) for route in PAGES if reader(route.name)}
    add_rows(stage, FEW - 1)
    for actor, url in asked.values():
        statements(stage, actor, url)
    few = {name: statements(stage, actor, url) for name, (actor, url) in asked.items()}
    assert add_rows(stage, MANY - FEW) > 300
    many = {name: statements(stage, actor, url) for name, (actor, url) in asked.items()}
    return few, many


def screens(actor):
    """What is held for one person: the CRM's own screens and search for who sells, for people of a rollout what they open every day; everybody's home."""
    names = [route.name for route in PAGES if route.name.startswith("crm_core:") or route.name in ("search", "palette")] if actor in SELLERS else DAILY
    return ["home", *(name for name in names if parse(KNOWN.get(name, {}).get("GET", "")).get(actor) == "ok")]


def most_of(found):
    return [f"{number} times: {sql[:300]}" for sql, number in Counter(found).most_common()]


@pytest.mark.parametrize(("actor", "name"), [(actor, name) for actor in CAST for name in screens(actor)])
def test_no_screen_takes_many_queries(actor, name, counts, stage):
    route = next(route for route in PAGES if route.name == name)
    found = statements(stage, actor, address(route, stage.samples))
    assert len(found) <= MOST, most_of(found)


@pytest.mark.parametrize("name", [route.name for route in PAGES if reader(route.name)])
def test_no_page_takes_many_queries(name, counts):
    _few, many = counts
    assert len(many[name]) <= MOST, most_of(many[name])


def repeated(few, many):
    """The statements that became more, for the person who mends the page."""
    before, after = Counter(few), Counter(many)
    return [f"{after[sql] - before[sql]} more: {sql[:400]}" for sql, number in after.most_common() if number > max(before[sql], 1)][:6]


@pytest.mark.parametrize("name", [route.name for route in PAGES if reader(route.name)])
def test_query_count_does_not_grow(name, counts):
    few, many = counts
    if name not in GROWS:
        assert len(many[name]) <= len(few[name]) + ALLOWED, repeated(few[name], many[name])


def test_every_exception_is_still_needed(counts):
    few, many = counts
    assert all(len(many[name]) > len(few[name]) + ALLOWED for name in GROWS)
    assert all(GROWS.values())
    assert not set(FILES) - {route.name for route in OURS}


def test_negative_control_a_query_per_row_is_noticed(stage, counts, monkeypatch):
    """With the owner no longer fetched along, the list asks once per row."""
    from crm_core.models import Account

    url = reverse("crm_core:account_list")
    few = len(statements(stage, "sales_rep", url))
    monkeypatch.setattr(type(Account.objects.all()), "select_related", lambda self, *fields: self)
    assert len(statements(stage, "sales_rep", url)) > few + ALLOWED


def test_negative_control_a_home_that_reads_each_list_by_itself_is_noticed(stage, counts, monkeypatch):
    """With nothing read together, the project manager's home takes more than is allowed."""
    monkeypatch.setattr("foundation.reading.read_together", lambda *lists: [list(rows) for rows in lists])
    assert len(statements(stage, "pm", reverse("home"))) > MOST
