"""A program that knows a record by its number learns where it went; who does not see the survivor learns nothing."""

import pytest
from django.test import Client

from crm_core.models import Account, Contact
from crm_core.services.account import create_account
from crm_core.services.contact import create_contact
from crm_core.services.merging import merge_records
from tests.crm_core.test_api import bearer


def make(noun, name, by, now):
    return create_account(data={"name": name}, by=by, now=now) if noun == "accounts" else create_contact(data={"name": name}, by=by, now=now)


@pytest.mark.parametrize("noun", ["accounts", "contacts"])
def test_merged_record_answers_with_its_survivor(noun, sales_rep, west_rep, now):
    model = Account if noun == "accounts" else Contact
    rows = [make(noun, name, sales_rep, now) for name in ("甲", "乙", "丙")]

    def merge(survivor, loser):
        found = [model.objects.get(pk=survivor.pk), model.objects.get(pk=loser.pk)]
        merge_records(rows=found, survivor=found[0], by=sales_rep, now=now, versions={row.pk: row.version for row in found})

    merge(rows[1], rows[0])
    merge(rows[2], rows[1])
    mine, url = bearer(sales_rep), f"/api/crm/{noun}/{rows[0].pk}"
    answer = Client().get(url, **mine)
    assert (answer.status_code, answer.json()["merged_into"]) == (410, rows[2].pk)
    assert Client().get(f"/api/crm/{noun}/{rows[2].pk}", **mine).status_code == 200
    changed = Client().patch(url, {"remark": "x"}, content_type="application/json", HTTP_IF_MATCH='"1"', **mine)
    assert (changed.status_code, changed.json()["merged_into"]) == (410, rows[2].pk)
    hidden = Client().get(url, **bearer(west_rep))
    assert hidden.status_code == 404
    assert "merged_into" not in hidden.json()
    assert Client().get(f"/api/crm/{noun}/{rows[2].pk + 1000}", **mine).status_code == 404
