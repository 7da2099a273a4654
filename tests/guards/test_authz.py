"""Every address, every actor: what each receives is written in authz.yaml; an address that is missing there fails.

``UPDATE_AUTHZ=1`` writes the table anew from what the suite answers; the diff is what one reviews.
Whatever the table says, three things hold for every address: a visitor is sent to sign in, the outsider (who holds
every verb and sees only own rows) never gets a row of others, and no answer to one who may not see a row carries its words.
"""

import os
from io import BytesIO
from pathlib import Path

import pytest
import yaml
from django.apps import apps
from django.db import transaction
from django.test import Client
from django.urls import reverse

from foundation.usage.models import Feature
from tests.guards.routes import routes
from tests.guards.samples import CANARY, make_sample

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
}
# Address parts that are not ``pk``: a value each.
OTHER_PARAMETERS = {
    "person": "1",
    "trace_pk": "1",
    "metric_key": "active_ratio",
    "folder": "images",
    "name": "nothing.png",
    "field": "phone",
    "kind": "note",
    "key": "none",
    "stage": "1",
    "slug": "none",
    "number": "1",
    "token": "none",
    "filename": "none.txt",
}

# Which model a noun of an address stands for, where the name does not say it.
MODEL_OF_NOUN = {
    "docs_site:attachment_add": "docs_site.projectdocument",
    "docs_site:comment_add": "docs_site.projectdocument",
    "docs_site:document": "docs_site.projectdocument",
    "docs_site:version_compare": "docs_site.projectdocument",
    "docs_site:version": "docs_site.documentversion",
    "docs_site:attachment": "docs_site.documentattachment",
    "docs_site:comment": "docs_site.documentcomment",
    "docs_site:guide": "docs_site.guidepage",
    "guide_vote": "docs_site.guidepage",
    "feedback:ticket": "feedback.ticket",
    "feedback:backlog": "feedback.backlogitem",
    "training:procedure": "training.procedure",
    "crm_core:import": "crm_core.importbatch",
    "crm_core:contact_unlink": "crm_core.accountcontact",
    "crm_core:contact_role": "crm_core.accountcontact",
    "crm_core:relation_create": "crm_core.account",
    "crm_core:relation": "crm_core.accountrelation",
    "crm_core:billing_create": "crm_core.account",
    "crm_core:billing": "crm_core.billingprofile",
    "implementation:criterion_create": "implementation.gate",
    "implementation:criterion": "implementation.gatecriterion",
    "implementation:member_create": "implementation.rollout",
    "implementation:member": "implementation.teammember",
    "implementation:goal_create": "implementation.rollout",
    "implementation:milestone_create": "implementation.rollout",
    "implementation:wave_create": "implementation.rollout",
    "implementation:passage": "implementation.gatepassage",
    "implementation:register_create": "implementation.rollout",
    "implementation:register": "implementation.registerentry",
    "requirements_mgmt:attachment_create": "requirements_mgmt.requirement",
    "requirements_mgmt:attachment": "requirements_mgmt.requirementattachment",
    "requirements_mgmt:change_request_create": "requirements_mgmt.requirement",
    "requirements_mgmt:import": "requirements_mgmt.requirementimport",
    "requirements_mgmt:requirement_comment": "requirements_mgmt.requirement",
    "requirements_mgmt:trace": "requirements_mgmt.requirement",
    "requirements_mgmt:use_weeks": "requirements_mgmt.requirement",
    "ui:gallery": "people.user",
    "people:assignment_create": "people.user",
    "people:person": "people.user",
    "people:position_create": "people.department",
    "people:department": "people.department",
    "people:position": "people.position",
    "people:assignment": "people.assignment",
    "people:delegation": "people.delegation",
    "people:import": "people.peopleimport",
    "people:session": "usersessions.usersession",
    "people:token": "people.apitoken",
    "ui:view": "people.savedview",
    "jobs:job": "jobs.job",
    "notices:calendar_day": "notices.calendarday",
    "notices:notice": "notices.notice",
    "usage:feature": "usage.feature",
}


def model_of(name):
    """The model whose key an address takes: by the longest prefix above, else by the noun itself."""
    for prefix in sorted(MODEL_OF_NOUN, key=len, reverse=True):
        if name.startswith(prefix):
            return MODEL_OF_NOUN[prefix]
    app, _, rest = name.partition(":")
    parts = rest.split("_")
    for length in range(len(parts), 0, -1):
        noun = "".join(parts[:length])
        try:
            return apps.get_model(app, noun)._meta.label_lower
        except LookupError:
            continue
    raise LookupError(f"Say in MODEL_OF_NOUN which model {name} takes.")


@pytest.fixture
def samples(world):
    """Samples made when first asked for."""
    made = {}

    def get(label):
        if label not in made:
            made[label] = _sample(label, world)
        return made[label]

    return get


def _sample(label, world):
    if label == "people.user":
        return world.sales_rep
    if label == "usage.feature":
        return Feature.objects.order_by("pk").first()  # the catalogue is for everybody: nobody's words
    if label == "people.department":
        return world.team_a
    if label == "people.position":
        return world.sales_rep.assignments.get().position
    if label == "people.assignment":
        return world.sales_rep.assignments.get()
    if label == "usersessions.usersession":
        return type("Session", (), {"pk": 999_999})()
    return make_sample(label, world)


def address(route, samples):
    kwargs = {name: samples(model_of(route.name)).pk if name == "pk" else OTHER_PARAMETERS[name] for name in route.parameters}
    return reverse(route.name, kwargs=kwargs)


def verdict(response):
    """What an answer means: login, ok, gone (404), denied (403), method (405), refused (400, 409, 422)."""
    status = response.status_code
    if status in (301, 302) and "/accounts/login/" in response.headers.get("Location", ""):
        return "login"
    if status < 400:
        return "ok"
    return {401: "login", 403: "denied", 404: "gone", 405: "method"}.get(status, "refused" if status < 500 else f"error{status}")


def words_of(response):
    """Everything a reader could find in an answer: headers, text, and the text inside a PDF."""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    text = f"{dict(response.headers)} " + body.decode("utf-8", errors="replace")
    if response.headers.get("Content-Type", "").startswith("application/pdf"):
        import pypdf

        text += " ".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(body)).pages)
    return text


def ask(client, method, url):
    """One request inside a savepoint that is rolled back, so that the next actor meets the same rows."""
    with transaction.atomic():
        response = client.get(url) if method == "GET" else client.post(url, {})
        text = words_of(response)
        transaction.set_rollback(True)
    return verdict(response), text


OURS = [route for route in routes() if route.is_ours]
RECORD = bool(os.environ.get("UPDATE_AUTHZ"))
KNOWN = yaml.safe_load(TABLE.read_text()) if TABLE.exists() else {}
RECORDED = {}


def parse(line):
    return dict(pair.split("=") for pair in line.split())


@pytest.mark.parametrize("route", OURS, ids=lambda route: route.name)
def test_authz_route(route, world, samples, client_of, media):
    if not RECORD:
        assert route.name in KNOWN, "this address is not in tests/guards/authz.yaml: UPDATE_AUTHZ=1 adds it, then read what it says"
    url = address(route, samples)
    found = {"GET": {}, "POST": {}}
    leaks = []
    for actor in ACTORS:
        client = Client(raise_request_exception=False) if actor == "visitor" else client_of(getattr(world, actor), raise_request_exception=False)
        for method in found:
            found[method][actor], text = ask(client, method, url)
            if actor in ("visitor", "outsider") and CANARY in text and not route.name.startswith(tuple(FOR_EVERYBODY)):
                leaks.append(f"{actor} {method}")
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


def test_authz_lists_do_not_show_hidden_rows(world, samples, client_of, media):
    """Every list and export without a key, asked by the outsider once every sample exists: no canary anywhere."""
    for route in OURS:
        if "pk" in route.parameters:
            samples(model_of(route.name))
    client = client_of(world.outsider, raise_request_exception=False)
    leaks = []
    for route in OURS:
        if route.parameters or route.name.startswith(tuple(FOR_EVERYBODY)):
            continue
        for query in ("", f"?q={CANARY[:-1]}", "?export=csv", "?export=xlsx"):
            _answer, text = ask(client, "GET", reverse(route.name) + query)
            if CANARY in text:  # a page repeats what one searched for, which is the canary without its last letter
                leaks.append(route.name + query)
    assert not leaks


def test_authz_table_has_no_stale_line():
    assert not set(KNOWN) - {route.name for route in OURS}


def test_authz_reasons_are_needed():
    names = {route.name for route in routes()}
    assert all(reason for reason in PUBLIC.values())
    assert all(any(name.startswith(prefix) for name in names) for prefix in FOR_EVERYBODY)


def test_authz_negative_control(world, samples, client_of, monkeypatch):
    """With the gate taken out the outsider does get the row: the walk above would notice."""
    from feedback.models import Ticket

    ticket = samples("feedback.ticket")
    monkeypatch.setattr(type(Ticket.objects.all()), "visible_to", lambda self, user, access=None: self)
    answer, text = ask(client_of(world.outsider), "GET", reverse("feedback:ticket_detail", args=[ticket.pk]))
    assert answer == "ok"
    assert CANARY in text
