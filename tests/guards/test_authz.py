"""Every address, every actor: what each receives is written in authz.yaml; an address that is missing there fails.

``UPDATE_AUTHZ=1`` writes the table anew from what the suite answers; the diff is what one reviews.
Whatever the table says, three things hold for every address: a visitor is sent to sign in, the outsider (who holds
every verb and sees only own rows) never gets a row of others, and no answer to one who may not see a row carries its words.
Each address is asked once by everybody; from the same answers is read that looking writes nothing and that keys stand there as plain digits.
"""

import os
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from django.db import connection
from django.urls import reverse

from tests.guards.routes import routes
from tests.guards.samples import CANARY
from tests.guards.stage import address, labels_of
from tests.guards.watching import HERE, START, Writes, grouped, start_high

TABLE = Path(__file__).with_name("authz.yaml")
ACTORS = ["visitor", "outsider", "west_rep", "other_rep", "sales_rep", "sales_manager", "liaison", "trainer", "pm", "admin"]

# Open without sign-in, and why.
PUBLIC = {
    "healthz": "load balancers ask; says only that the process lives",
    "readyz": "load balancers ask; says only which part is not ready",
    "metrics": "answers by network or permission, see its own tests",
    "ui:language": "the language is chosen before signing in",
    "people:set_language": "the language is chosen before signing in",
    "people:language": "the language is chosen before signing in",
    "admin_login": "leads to the one sign-in page",
    "admin": "leads to the one sign-in page",
}
# Rows that everybody at work may see, and why.
FOR_EVERYBODY = {
    "people:": "the directory of the company is open to its people",
    "usage:feature": "the catalogue names screens, nobody's rows",
    "notices:calendar": "the working calendar is the same for all",
    "guide": "the documentation site is for all who work here",
    "docs_site:guide": "the documentation site is for all who work here",
    "ui:": "own preferences only",
    "crm_core:dictionary": "the words of dictionaries are the same for all; changing them is a verb",
    "crm_core:entry": "values of dictionaries, as above",
    "crm_core:remap": "a change of dictionary values, as above",
    "crm_core:custom_field": "the fields of the CRM are the same for all; changing them is a verb",
    "crm_core:pipeline": "pipelines are the same for all; changing them is a verb",
    "crm_core:capacity": "rules of capacity are the same for all; changing them is a verb",
}
OURS = [route for route in routes() if route.is_ours]
RECORD = bool(os.environ.get("UPDATE_AUTHZ"))
KNOWN = yaml.safe_load(TABLE.read_text()) if TABLE.exists() else {}
RECORDED = {}
NAMES = {route.name for route in OURS}
# Files for print: what they read is told by pages that are walked, and drawing them takes seconds.
FILES = ("training:manual_pdf", "docs_site:document_draft_pdf", "docs_site:version_pdf", "implementation:rollout_report")
PAGES = [route for route in OURS if set(route.parameters) <= {"pk"} and route.name not in FILES]


def parse(line):
    return dict(pair.split("=") for pair in line.split())


def may_open(name):
    """Those signed in who may open an address, as the table says."""
    return [actor for actor, answer in parse(KNOWN.get(name, {}).get("GET", "")).items() if answer == "ok" and actor != "visitor"]


@pytest.fixture(scope="module")
def filled(stage):
    """The samples with keys beyond four million, so that a key that is grouped for reading shows."""
    start_high()
    return stage.fill({*labels_of(OURS), "crm_core.account", "crm_core.contact", "crm_core.opportunity", "crm_core.activity"})


@pytest.fixture(scope="module")
def walked(filled):
    """What everybody received at an address, asked when a test first wants to know."""
    kept = {}

    def walk(route):
        if route.name not in kept:
            kept[route.name] = _walk(route, filled)
        return kept[route.name]

    return walk


def _walk(route, stage):
    url, seen = address(route, stage.samples), SimpleNamespace(found={"GET": {}, "POST": {}}, leaks=[], written={}, grouped={})
    for actor in ACTORS:
        stage.client(actor)  # signing in writes
        for method in seen.found:
            watch = Writes()
            with connection.execute_wrapper(watch):
                seen.found[method][actor], text = stage.ask(actor, method, url)
            if actor in ("visitor", "outsider") and CANARY in text and not route.name.startswith(tuple(FOR_EVERYBODY)):
                seen.leaks.append(f"{actor} {method}")
            if method == "GET" and seen.found["GET"][actor] == "ok":
                seen.written[actor] = watch.tables
                seen.grouped[actor] = grouped(text) if route in PAGES else []
    return seen


@pytest.mark.parametrize("route", OURS, ids=lambda route: route.name)
def test_authz_route(route, walked):
    if not RECORD:
        assert route.name in KNOWN, "this address is not in tests/guards/authz.yaml: UPDATE_AUTHZ=1 adds it, then read what it says"
    found, leaks = walked(route).found, walked(route).leaks
    assert not leaks, "the words of a hidden row are in these answers"
    for method, answers in found.items():
        assert not {actor: answer for actor, answer in answers.items() if answer.startswith("error")}, method
        if route.name not in PUBLIC:
            assert answers["visitor"] in ("login", "method", "gone"), f"{method}: a visitor gets {answers['visitor']}"
        if "pk" in route.parameters and not route.name.startswith(tuple(FOR_EVERYBODY)):
            assert answers["outsider"] in ("gone", "method", "denied"), f"{method}: the outsider gets {answers['outsider']}"
    if RECORD:
        RECORDED[route.name] = {method: " ".join(f"{actor}={answer}" for actor, answer in answers.items()) for method, answers in found.items()}
        return
    for method, answers in found.items():
        assert answers == parse(KNOWN[route.name][method]), method


@pytest.mark.parametrize("route", [route for route in OURS if may_open(route.name)], ids=lambda route: route.name)
def test_get_writes_nothing(route, walked):
    """Looking changes nothing: asked with GET by people who may open it, an address writes no row but those named in HERE."""
    for actor, tables in walked(route).written.items():
        assert not {table for table in tables if (route.name, table) not in HERE}, actor


@pytest.mark.parametrize("route", [route for route in PAGES if may_open(route.name)], ids=lambda route: route.name)
def test_keys_are_plain(route, walked):
    assert walked(route).grouped
    assert not {actor: keys for actor, keys in walked(route).grouped.items() if keys}


def test_the_samples_have_high_keys(filled):
    assert filled.samples("crm_core.account").pk >= START
    assert str(filled.samples("crm_core.account").pk) in filled.ask("sales_rep", "GET", reverse("crm_core:account_list"))[1]


def test_authz_lists_do_not_show_hidden_rows(filled):
    """Every list and export without a key, asked by the outsider for the canary and as files (as a page the walk has asked for it): no canary anywhere."""
    leaks = []
    for route in OURS:
        if route.parameters or route.name.startswith(tuple(FOR_EVERYBODY)):
            continue
        for query in (f"?q={CANARY[:-1]}", "?export=csv", "?export=xlsx"):
            _answer, text = filled.ask("outsider", "GET", reverse(route.name) + query)
            if CANARY in text:  # a page repeats what one searched for, which is the canary without its last letter
                leaks.append(route.name + query)
    assert not leaks


def test_authz_table_has_no_stale_line():
    assert not set(KNOWN) - {route.name for route in OURS}


def test_authz_reasons_are_needed():
    names = {route.name for route in routes()}
    assert all(reason for reason in PUBLIC.values())
    assert all(any(name.startswith(prefix) for name in names) for prefix in FOR_EVERYBODY)


def test_authz_negative_control(filled, monkeypatch):
    """With the gate taken out the outsider does get the row: the walk above would notice."""
    from feedback.models import Ticket

    ticket = filled.samples("feedback.ticket")
    monkeypatch.setattr(type(Ticket.objects.all()), "visible_to", lambda self, user, access=None: self)
    answer, text = filled.ask("outsider", "GET", reverse("feedback:ticket_detail", args=[ticket.pk]))
    assert answer == "ok"
    assert CANARY in text
