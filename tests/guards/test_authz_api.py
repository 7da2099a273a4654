"""Every operation of the REST API, every actor: what each receives is written in authz_api.yaml; one that is missing there fails.

People come with their session, programs with a token. ``UPDATE_AUTHZ=1`` writes the table anew; the diff is what one reviews.
Bodies are sound, so that what answers is the permission and not the validation.
"""

import json
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from django.test import Client
from django.utils import timezone

from crm_core.models import Account, Stage
from foundation.people.models import ApiToken
from foundation.people.tokens import issue_token
from suite.api import api
from tests.guards.samples import CANARY
from tests.guards.stage import verdict, words_of
from tests.guards.test_authz import ACTORS, RECORD, parse

TABLE = Path(__file__).with_name("authz_api.yaml")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
TOKENS = ("token_read", "token_write", "token_revoked")
KNOWN = yaml.safe_load(TABLE.read_text()) if TABLE.exists() else {}
RECORDED = {}
SCHEMA = api.get_openapi_schema()["paths"]
PATHS = sorted([*SCHEMA, "/api/docs", "/api/openapi.json"])
NAMES = set(PATHS)

# Which model a noun of an address stands for.
MODELS = {
    "accounts": "crm_core.account",
    "contacts": "crm_core.contact",
    "opportunities": "crm_core.opportunity",
    "activities": "crm_core.activity",
    "tasks": "crm_core.task",
    "requirements": "requirements_mgmt.requirement",
}
# A sound body for each operation that takes one.
BODIES = {
    "POST /api/crm/accounts": lambda stage: {"kind": "company", "name": "Guarded"},
    "PATCH /api/crm/accounts/{pk}": lambda stage: {"remark": "guarded"},
    "POST /api/crm/contacts": lambda stage: {"account": stage.samples("crm_core.account").pk, "name": "Guarded"},
    "PATCH /api/crm/contacts/{pk}": lambda stage: {"remark": "guarded"},
    "POST /api/crm/opportunities": lambda stage: {
        "account": stage.samples("crm_core.account").pk,
        "name": "Guarded",
        "pipeline": Stage.objects.order_by("order").first().pipeline_id,
    },
    "PATCH /api/crm/opportunities/{pk}": lambda stage: {"remark": "guarded"},
    "POST /api/crm/contacts/{pk}/links": lambda stage: {"account": stage.samples("crm_core.account").pk},
    "PATCH /api/crm/activities/{pk}": lambda stage: {"subject": "Guarded"},
    "POST /api/crm/tasks": lambda stage: {"title": "Guarded", "due_on": "2030-01-01", "account": stage.samples("crm_core.account").pk},
    "PATCH /api/crm/tasks/{pk}": lambda stage: {"title": "Guarded"},
    "POST /api/crm/activities": lambda stage: {"account": stage.samples("crm_core.account").pk, "kind": "call", "subject": "Guarded"},
}


@pytest.fixture(scope="module")
def tokens(stage):
    """Secrets of a sales rep: one that reads, one that writes, one that was taken back."""
    by, now, found = stage.world.sales_rep, timezone.now(), {}
    for name in TOKENS:
        scope = "read" if name == "token_read" else "write"
        token, secret = issue_token(owner=by, name=name, scope=scope, expires_at=now + timedelta(days=5), now=now)
        found[name] = secret
        if name == "token_revoked":
            ApiToken.objects.filter(pk=token.pk).update(revoked_at=now)
    return found


@pytest.fixture
def filled(stage):
    return stage.fill(MODELS.values())


def noun_of(path):
    return path.removeprefix("/api/").removeprefix("crm/").split("/")[0]


def ask(stage, tokens, actor, method, path):
    """One call as this actor, undone afterwards."""
    row = stage.samples(MODELS[noun_of(path)]) if "{" in path else None
    url = path.replace("{pk}", str(row.pk)).replace("{link}", "1") if row else path
    body = BODIES[f"{method} {path}"](stage) if f"{method} {path}" in BODIES else {}
    headers = {"If-Match": f'"{row.version}"'} if row and hasattr(row, "version") else {}
    client = Client(raise_request_exception=False) if actor in tokens else stage.client(actor)
    if actor in tokens:
        headers = headers | {"Authorization": f"Bearer {tokens[actor]}"}
    with stage.undone(client):
        response = client.generic(method, url, json.dumps(body) if method != "GET" else "", content_type="application/json", headers=headers)
        text = words_of(response)
    return verdict(response), text


def check(path, method, answers):
    """What holds for every operation, whatever the table says."""
    assert not {actor: answer for actor, answer in answers.items() if answer.startswith("error")}, method
    for nobody in ("visitor", "token_revoked"):
        assert answers[nobody] in ("login", "method"), f"{method}: {nobody} gets {answers[nobody]}"
    if "{pk}" in path:
        assert answers["outsider"] in ("gone", "method", "denied"), f"{method}: the outsider gets {answers['outsider']}"
    if method != "GET":
        assert answers["token_read"] in ("denied", "method", "login"), f"{method}: a token that only reads gets {answers['token_read']}"


@pytest.mark.parametrize("path", PATHS)
def test_authz_api_path(path, filled, tokens):
    asked = {method for method in METHODS if "requestBody" in SCHEMA.get(path, {}).get(method.lower(), {})}
    assert not {f"{method} {path}" for method in asked} - set(BODIES), "give these operations a sound body in BODIES"
    leaks, lines = [], {}
    for method in METHODS:
        answers = {}
        for actor in (*ACTORS, *TOKENS):
            answers[actor], text = ask(filled, tokens, actor, method, path)
            if actor in ("visitor", "outsider", "token_revoked") and CANARY in text:
                leaks.append(f"{actor} {method}")
        check(path, method, answers)
        if set(answers.values()) != {"method"}:
            lines[method] = " ".join(f"{actor}={answer}" for actor, answer in answers.items())
    assert not leaks, "the words of a hidden row are in these answers"
    if RECORD:
        RECORDED[path] = lines
        return
    assert path in KNOWN, "this operation is not in tests/guards/authz_api.yaml: UPDATE_AUTHZ=1 adds it, then read what it says"
    assert {method: parse(line) for method, line in lines.items()} == {method: parse(line) for method, line in KNOWN[path].items()}


def test_authz_api_table_has_no_stale_line():
    assert not set(KNOWN) - set(PATHS)
    assert not set(BODIES) - {f"{method.upper()} {path}" for path, operations in SCHEMA.items() for method in operations}


def test_authz_api_lists_search_without_showing_hidden_rows(filled, tokens):
    for path in PATHS:
        if path in SCHEMA and "{" not in path and "get" in SCHEMA[path]:
            with filled.undone(filled.client("outsider")):
                text = words_of(filled.client("outsider").get(path, {"q": CANARY[:-1], "limit": 200}))
            assert CANARY not in text, path


def test_authz_api_asks_a_session_for_its_csrf_token(filled):
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(filled.world.sales_rep, backend="foundation.people.backends.RoleBackend")
    with filled.undone(client):
        answer = client.post("/api/crm/accounts", {"kind": "company", "name": "Forged"}, content_type="application/json")
    assert answer.status_code in (401, 403)
    assert not Account.objects.filter(name="Forged").exists()


def test_authz_api_negative_control(filled, tokens, monkeypatch):
    """With the gate taken out the outsider does get the row: the walk above would notice."""
    assert ask(filled, tokens, "outsider", "GET", "/api/crm/accounts/{pk}")[0] == "gone"
    monkeypatch.setattr(type(Account.objects.all()), "visible_to", lambda self, user, access=None: self)
    answer, text = ask(filled, tokens, "outsider", "GET", "/api/crm/accounts/{pk}")
    assert answer == "ok"
    assert CANARY in text
