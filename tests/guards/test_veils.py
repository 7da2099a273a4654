"""A value that somebody sees masked leaves the suite nowhere: every address, list, export, search and API answer is walked with canaries."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from crm_core.models import DuplicatePair, FieldRight, Reveal, Stamp
from crm_core.models.book import forget
from crm_core.models.field_right import STAMP
from crm_core.services.account import create_account, update_account
from crm_core.services.activity import log_activity
from crm_core.services.billing import create_billing_profile
from crm_core.services.contact import create_contact
from crm_core.services.merging import merge_records
from crm_core.services.opportunity import create_opportunity
from crm_core.services.task import create_task
from foundation.people import access
from suite.api import api
from tests.guards.routes import routes
from tests.guards.samples import factories, make_sample
from tests.guards.stage import OTHER_PARAMETERS, model_of, words_of

CANARIES = ("97777888", "7777 8888", "39 7777", "canaryq7", "wxcanary77", "622202123456", "67778899", "6777 8899", "金丝雀路")
PARTS = ("accounts", "contacts", "opportunities", "activities", "tasks")
PAGES = [
    route for route in routes() if route.is_ours and (route.name.startswith("crm_core:") or route.name in {"home", "search", "palette", "notices:notice_list"})
]


@pytest.fixture
def reader(world, monkeypatch):
    """Somebody who holds every verb and sees every row, but none of the masked fields."""
    known = access.roles()["outsider"]
    everything = access.Role("outsider", "Outsider", known.permissions, dict.fromkeys(known.scopes, access.Scope.ALL))
    original = access.roles
    monkeypatch.setattr(access, "roles", lambda: {**original(), "outsider": everything})
    FieldRight.objects.create(noun="account", field="address", role="outsider", level="masked")
    Stamp.renew(STAMP)
    forget()
    return world.outsider


def told(sales_rep, *, name, now):
    """An account of somebody else with a canary in each field that may be masked, written down in free words as well."""
    data = {"name": name, "phone": "021 6777 8899", "email": "canaryq7@hidden.example", "address": "上海市浦东新区金丝雀路77号"}
    return create_account(data=data, by=sales_rep, now=now)


@pytest.fixture
def rows(world, sales_rep, now):
    account, twin = told(sales_rep, name="金山科技有限公司", now=now), told(sales_rep, name="金山科技公司", now=now)
    people = {"phone": "139 7777 8888", "email": "canaryq7@hidden.example", "wechat": "wxcanary77"}
    contact = create_contact(data={"name": "王芳", **people}, by=sales_rep, now=now, account=account)
    other = create_contact(data={"name": "王方", **people}, by=sales_rep, now=now, account=account)
    billing = {"title": "金山科技", "bank_account": "6222021234567890", "registered_phone": "021 6777 8899", "email": "canaryq7@hidden.example"}
    profile = create_billing_profile(account=account, data=billing, by=sales_rep, now=now)
    deal = create_opportunity(account=account, data={"name": "二期扩容", "contact": contact}, by=sales_rep, now=now)
    log_activity(account=account, kind="call", subject="回电 13977778888", by=sales_rep, now=now, contact=contact, opportunity=deal, is_promise=True)
    create_task(title="发报价", due_on=timezone.localdate(), by=sales_rep, now=now, account=account, opportunity=deal)
    update_account(account=account, changes={"phone": "021 6777 8800"}, version=account.version, by=sales_rep, now=now)
    update_account(account=account, changes={"phone": "021 6777 8899"}, version=account.version, by=sales_rep, now=now)
    gone = told(sales_rep, name="金山旧档", now=now)
    done = merge_records(
        rows=[twin, gone], survivor=twin, by=sales_rep, now=now, versions={twin.pk: twin.version, gone.pk: gone.version}, values={"phone": gone.pk}
    )
    pair = DuplicatePair.objects.create(subject="contact", left_id=min(contact.pk, other.pk), right_id=max(contact.pk, other.pk), score=90)
    found = {"crm_core.account": account, "crm_core.contact": contact, "crm_core.opportunity": deal, "crm_core.billingprofile": profile}
    return found | {"crm_core.merge": done, "crm_core.duplicatepair": pair, "crm_core.accountcontact": contact.account_links.get()}


@pytest.fixture
def now():
    return timezone.now()


def urls(rows, world):
    """Every page with the canaries' keys, lists also as a file and as a search."""
    made = {}

    def pk_of(label):
        if label not in rows and label in factories():
            made.setdefault(label, make_sample(label, world))
        return (rows.get(label) or made[label]).pk

    for route in PAGES:
        for field in ("phone", "email", "wechat", "address", "bank_account") if "field" in route.parameters else ("",):
            kwargs = {name: pk_of(model_of(route.name)) if name == "pk" else field or OTHER_PARAMETERS[name] for name in route.parameters}
            url = reverse(route.name, kwargs=kwargs)
            yield url
            if not route.parameters:
                yield from (f"{url}?export=csv", f"{url}?export=xlsx", f"{url}?q=8888", f"{url}?q=金山", f"{url}?show=activity")
    merge = reverse("crm_core:merge_create")
    yield f"{merge}?for=contact&pk={rows['crm_core.duplicatepair'].left_id}&pk={rows['crm_core.duplicatepair'].right_id}"
    yield f"{reverse('search')}?q=王芳"
    for path in api.get_openapi_schema()["paths"]:
        noun = next((part for part in PARTS if f"/crm/{part}" in path), "")
        label = {"accounts": "crm_core.account", "contacts": "crm_core.contact", "opportunities": "crm_core.opportunity"}.get(noun)
        if noun and "{pk}" in path and label and "{link}" not in path:
            yield path.replace("{pk}", str(rows[label].pk))
        elif noun and "{" not in path:
            yield from (path, f"{path}?q=8888")


def leaks(client, rows, world):
    """(addresses that were answered, addresses whose answer holds a canary)."""
    answered, found = set(), set()
    for url in list(urls(rows, world)):
        response = client.get(url)
        text = words_of(response)
        if response.status_code == 200:
            answered.add(url)
        found |= {(url, canary) for canary in CANARIES if canary in text}
    return answered, found


def test_a_masked_value_leaves_nowhere(reader, rows, world, client_of):
    answered, found = leaks(client_of(reader), rows, world)
    assert sorted(found) == []
    account, contact = rows["crm_core.account"], rows["crm_core.contact"]
    assert {f"/crm/accounts/{account.pk}/", f"/crm/contacts/{contact.pk}/", f"/api/crm/contacts/{contact.pk}", "/crm/contacts/?export=csv"} <= answered
    assert len(answered) > 90
    assert not Reveal.objects.exists()


def test_the_walk_finds_what_is_not_masked(reader, rows, world, client_of):
    """Negative control: shown to the role, every kind of outlet gives the canaries away."""
    for noun, fields in (("account", ("phone", "email", "address")), ("contact", ("phone", "email", "wechat")), ("billingprofile", ("bank_account",))):
        for field in fields:
            FieldRight.objects.update_or_create(noun=noun, field=field, role="outsider", defaults={"level": "shown"})
    Stamp.renew(STAMP)
    forget()
    account, contact = rows["crm_core.account"], rows["crm_core.contact"]
    _answered, found = leaks(client_of(reader), rows, world)
    leaking = {url for url, _canary in found}
    assert {
        f"/crm/accounts/{account.pk}/",
        f"/crm/accounts/{account.pk}/edit/",
        f"/crm/contacts/{contact.pk}/",
        "/crm/contacts/?export=csv",
        "/crm/contacts/",
        f"/api/crm/contacts/{contact.pk}",
        "/api/crm/accounts",
        f"{reverse('search')}?q=王芳",
    } <= leaking


def test_the_owner_sees_the_own_customers_whole(rows, world, client_of, sales_rep):
    text = words_of(client_of(sales_rep).get(f"/crm/contacts/{rows['crm_core.contact'].pk}/"))
    assert "139 7777 8888" in text
    assert "wxcanary77" in text


def test_the_handover_brief_and_a_deputy(reader, rows, world, client_of, other_rep, sales_rep, today):
    """A deputy of the owner is responsible for the customers too."""
    from tests.factories.people import DelegationFactory

    DelegationFactory(principal=sales_rep, deputy=other_rep, starts_on=today, ends_on=today + timedelta(days=3))
    assert "139 7777 8888" in words_of(client_of(other_rep).get(f"/crm/contacts/{rows['crm_core.contact'].pk}/"))
