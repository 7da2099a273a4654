"""The explanation of rights says what the lists do, and why; it opens no door itself."""

from datetime import timedelta

import pytest
from django.urls import reverse

from crm_core.models import Account
from crm_core.services.account import create_account
from crm_core.services.explaining import explain_rights
from crm_core.services.ownership import share_account
from foundation.usage.models import UsageEvent
from tests.factories.people import person

CAST = ["sales_rep", "other_rep", "west_rep", "sales_manager", "liaison", "service_agent", "trainer", "auditor", "pm", "admin", "outsider"]


@pytest.mark.parametrize("name", CAST)
def test_rights_explanation_equals_what_the_lists_show(name, world, account, pool_account, today):
    who = getattr(world, name)
    for row in (account, pool_account):
        found = explain_rights(row=row, person=who, by=world.sales_manager, day=today)
        sees = Account.objects.visible_to(who).filter(pk=row.pk).exists()
        assert found.sees == sees
        assert any(reason.holds for reason in found.reasons) == sees
        assert all(verb.allowed <= sees for verb in found.verbs)
        assert who.has_perm("crm_core.change_account") or not any(verb.allowed for verb in found.verbs if str(verb.verb) == "change")


def test_rights_explanation_names_the_rule(world, account, sales_manager, sales_rep, west_rep, today):
    asked = {"row": account, "by": sales_manager, "day": today}
    own = explain_rights(person=sales_rep, **asked)
    assert "“Own”" in own.reasons[0].because
    assert "within reach" in own.reasons[0].because
    far = explain_rights(person=west_rep, **asked)
    assert not far.sees
    assert "out of reach" in far.reasons[0].because
    assert "Not a collaborator" in far.reasons[1].because
    share_account(account=account, person=west_rep, by=sales_rep)
    near = explain_rights(person=west_rep, **asked)
    assert near.sees
    assert near.reasons[1].holds
    assert UsageEvent.objects.filter(feature__key="crm.rights.explain").count() == 3


def test_rights_explanation_of_another_day_and_of_people_without_a_position(world, account, sales_manager, sales_rep, today):
    before = explain_rights(row=account, person=sales_rep, by=sales_manager, day=today - timedelta(days=4000))
    assert not before.sees
    assert "no position" in before.reasons[0].because
    gone = person("gone", "sales_rep", world.team_a)
    gone.is_active = False
    gone.save()
    assert "has left" in explain_rights(row=account, person=gone, by=sales_manager, day=today).summary


def test_rights_pages(account, sales_rep, sales_manager, west_rep, outsider, client_of, now):
    address = reverse("crm_core:account_rights", args=[account.pk])
    page = client_of(sales_manager).get(address, {"person": west_rep.pk}).content.decode()
    assert "Does not see it" in page
    assert client_of(sales_manager).get(address).status_code == 200
    assert client_of(sales_manager).get(address, {"person": "x"}).status_code == 422
    assert client_of(sales_manager).get(address, {"person": west_rep.pk, "day": "2026-13-45"}).status_code == 422
    assert client_of(sales_manager).post(address).status_code == 405
    assert client_of(sales_rep).get(address).status_code == 403
    assert client_of(outsider).get(address, {"person": sales_rep.pk}).status_code == 404
    hidden = create_account(data={"name": "西部客户"}, by=west_rep, now=now)
    assert client_of(sales_manager).get(reverse("crm_core:account_rights", args=[hidden.pk])).status_code == 404
