"""What the walking guards share: a world with samples made once per module, who asks, and how an answer is read."""

import traceback
from contextlib import contextmanager
from copy import copy
from http.cookies import SimpleCookie
from io import BytesIO

from django.apps import apps
from django.db import transaction
from django.test import Client
from django.urls import reverse

from foundation.usage.models import Feature
from tests.guards.samples import make_sample

# Address parts that are not ``pk``: a value each.
OTHER_PARAMETERS = {
    "person": "1",
    "member": "1",
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

# Settings that are the same for everybody: their names stand in the forms and lists of all.
SETTINGS = {"crm_core.dictionary", "crm_core.dictionaryentry", "crm_core.customfield", "crm_core.pipeline", "crm_core.capacityrule"}

# Rows that have no owner of their own: they hang on an account of the sales rep.
OF_AN_ACCOUNT = {"crm_core.billingprofile", "crm_core.accountrelation"}

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
    "crm_core:account_status": "crm_core.account",
    "crm_core:activity_log": "crm_core.account",
    "crm_core:import": "crm_core.importbatch",
    "crm_core:capacity": "crm_core.capacityrule",
    "crm_core:capacity_unexempt": "crm_core.capacityexemption",
    "crm_core:collection": "crm_core.collectionround",
    "crm_core:sheet": "crm_core.collectionsheet",
    "crm_core:dispute": "crm_core.ownershipdispute",
    "crm_core:duplicate": "crm_core.duplicatepair",
    "crm_core:entry": "crm_core.dictionaryentry",
    "crm_core:entry_create": "crm_core.dictionary",
    "crm_core:ownership_history": "crm_core.account",
    "crm_core:pool_member": "crm_core.pool",
    "crm_core:recycle_rule_create": "crm_core.pool",
    "crm_core:recycle_rule_count": "crm_core.pool",
    "crm_core:contact_unlink": "crm_core.accountcontact",
    "crm_core:contact_role": "crm_core.accountcontact",
    "crm_core:relation_create": "crm_core.account",
    "crm_core:relation": "crm_core.accountrelation",
    "crm_core:billing_create": "crm_core.account",
    "crm_core:billing": "crm_core.billingprofile",
    "crm_core:reveal_list": "crm_core.reveal",
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
    "requirements_mgmt:finding": "requirements_mgmt.flowfinding",
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
    more = {"account": make_sample("crm_core.account", world)} if label in OF_AN_ACCOUNT else {}
    row = make_sample(label, world, **more)
    if label in SETTINGS:  # what administrators set for all: nobody's words, so no canary
        for name in {field.name for field in row._meta.concrete_fields} & {"name", "name_en", "title", "label", "label_en", "note", "reason"}:
            setattr(row, name, f"Setting {label.split('.')[1]}"[:30])
        row.save()
    return row


def labels_of(routes):
    """The models whose keys these addresses take."""
    return {model_of(route.name) for route in routes if "pk" in route.parameters}


# Where the usual value names nothing on that record.
PARAMETERS_OF = {
    "home_chart": {"name": "none"},
    "crm_core:billing_reveal": {"field": "bank_account"},
    "feedback:ticket_fact": {"field": "severity"},
    "implementation:rollout_fact": {"field": "goal"},
    "requirements_mgmt:requirement_fact": {"field": "priority"},
}


def address(route, samples):
    other = OTHER_PARAMETERS | PARAMETERS_OF.get(route.name, {})
    kwargs = {name: samples(model_of(route.name)).pk if name == "pk" else other[name] for name in route.parameters}
    return reverse(route.name, kwargs=kwargs)


def verdict(response):
    """What an answer means: login, ok, gone (404), denied (403), method (405), refused (400, 409, 422)."""
    status = response.status_code
    if status in (301, 302) and "/accounts/login/" in response.headers.get("Location", ""):
        return "login"
    if status < 400:
        return "ok"
    return {401: "login", 403: "denied", 404: "gone", 405: "method"}.get(status, "refused" if status < 500 else f"error{status}")


def why(response):
    """What went wrong behind an answer of 500, with the place where it did; else nothing."""
    return "".join(traceback.format_exception(*response.exc_info)) if getattr(response, "exc_info", None) else ""


def words_of(response):
    """Everything a reader could find in an answer: headers, text, and the text inside a PDF."""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    text = f"{dict(response.headers)} " + body.decode("utf-8", errors="replace")
    if response.headers.get("Content-Type", "").startswith("application/pdf"):
        import pypdf

        text += " ".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(body)).pages)
    return text


class Stage:
    """The cast, their signed-in clients and one sample per model, all in a transaction that is rolled back with the module."""

    def __init__(self, world):
        self.world = world
        self.made, self._clients = {}, {}

    def samples(self, label):
        """The sample of a model, made when first asked for; it outlives the test."""
        if label not in self.made:
            self.made[label] = _sample(label, self.world)
        return self.made[label]

    def fill(self, labels):
        """Make the samples of many models, so that what a page shows does not hang on which tests ran before."""
        for label in sorted(set(labels)):
            self.samples(label)
        return self

    def client(self, actor):
        """The client of a member of the cast, signed in once; the visitor's is not."""
        if actor not in self._clients:
            client = Client(raise_request_exception=False)
            if actor != "visitor":
                client.force_login(getattr(self.world, actor), backend="foundation.people.backends.RoleBackend")
            self._clients[actor] = client
        return self._clients[actor]

    @contextmanager
    def undone(self, client):
        """What happens inside leaves no trace: neither rows nor cookies, so that the next actor meets the same."""
        cookies = SimpleCookie({name: copy(morsel) for name, morsel in client.cookies.items()})
        with transaction.atomic():
            yield
            transaction.set_rollback(True)
        client.cookies = cookies

    def ask(self, actor, method, url, **more):
        """One request and what it came to: the verdict and every word of the answer."""
        client = self.client(actor)
        with self.undone(client):
            response = client.get(url, **more) if method == "GET" else client.generic(method, url, **more) if more else client.post(url, {})
            text = words_of(response)
        return verdict(response), text
