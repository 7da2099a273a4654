"""Several rows about one customer, each with another contact: nobody is lost, nobody comes twice."""

import io

import pytest

from crm_core.models import Account, Contact
from crm_core.services.account import create_account
from crm_core.services.importing import check_batch, checking, decide_rows, preview_undo, writing
from tests.crm_core.test_import import apply, checked_after_a_kill, csv_file, staged, undo
from tests.crm_core.test_import_files import card
from tests.factories.crm_core import ActivityFactory

HEADINGS = ["客户名称", "电话", "联系人", "职务", "手机"]
LINES = [
    ["甲公司", "021-62345678", "赵敏", "总监", "13800138000"],
    ["乙公司", "", "", "", ""],
    ["甲公司", "021-99999999", "钱多", "采购", "13900139000"],
    ["甲公司", "", "赵敏", "", ""],
    ["甲公司", "", "孙立", "", ""],
    ["乙公司", "", "李四", "", ""],
]


def checked(by, now, lines=LINES, headings=HEADINGS, **more):
    return check_batch(batch=staged(by, now, csv_file("utf-8", lines, headings), **more), by=by, now=now)


def actions(batch):
    return list(batch.rows.order_by("row_no").values_list("action", flat=True))


def people():
    return {account.name: [link.contact.name for link in account.contact_links.order_by("pk")] for account in Account.objects.order_by("pk")}


@pytest.mark.parametrize("size", [100, 2, 1])
def test_each_row_brings_its_contact_whatever_the_chunk(sales_manager, sales_rep, now, monkeypatch, size):
    monkeypatch.setattr(writing, "CHUNK", size)
    monkeypatch.setattr(checking, "CHUNK", size)
    batch = checked(sales_manager, now, default_owner=sales_rep)
    assert actions(batch) == ["create", "create", "merge", "skip", "merge", "merge"]
    assert sum(batch.counts[key] for key in ("create", "update", "merge", "skip", "refuse")) == batch.row_count
    apply(batch, sales_manager, now)
    assert people() == {"甲公司": ["赵敏", "钱多", "孙立"], "乙公司": ["李四"]}
    first = Account.objects.get(name="甲公司")
    assert (first.phone_key, first.version, first.history.count()) == ("+862162345678", 1, 1), "the first row speaks for the customer"
    assert [link.is_main for link in first.contact_links.order_by("pk")] == [True, False, False]
    assert {(one.owner, one.department) for one in Contact.objects.all()} == {(sales_rep, first.department)}
    assert first.contact_links.get(contact__name="钱多").title == "采购"
    again = checked(sales_manager, now)
    assert actions(again) == ["skip"] * 6, "the same file once more brings nobody twice"
    assert undo(batch, sales_manager, now) == {"undone": 5, "kept": 0}
    assert not Account.objects.exists()
    assert not Contact.objects.exists()


def test_a_check_that_was_killed_still_knows_who_came_first(sales_manager, now, monkeypatch):
    batch = staged(sales_manager, now, csv_file("utf-8", LINES, HEADINGS))
    batch = checked_after_a_kill(batch, sales_manager, now, monkeypatch, chunk=3)
    assert actions(batch) == ["create", "create", "merge", "skip", "merge", "merge"]


def test_contacts_join_a_customer_that_is_here(sales_rep, sales_manager, now):
    create_account(data={"name": "甲公司"}, by=sales_rep, now=now)
    lines = [["甲公司", "赵敏"], ["甲公司", "钱多"]]
    batch = checked(sales_manager, now, lines, ["客户名称", "联系人"])
    assert actions(batch) == ["update", "merge"]
    apply(batch, sales_manager, now)
    assert people() == {"甲公司": ["赵敏", "钱多"]}
    again = checked(sales_manager, now, lines, ["客户名称", "联系人"])
    assert actions(again) == ["skip", "skip"]
    undo(batch, sales_manager, now)
    assert people() == {"甲公司": []}


def test_who_follows_a_refused_row_is_refused_with_it(sales_rep, outsider, sales_manager, now):
    create_account(data={"name": "甲公司"}, by=outsider, now=now)
    batch = checked(sales_manager, now, [["甲公司", "赵敏"], ["甲公司", "钱多"]], ["客户名称", "联系人"])
    assert actions(batch) == ["refuse", "refuse"]
    assert batch.rows.get(row_no=3).problems == {"name": "Row 2, which brings this customer, is not taken."}


@pytest.mark.parametrize(("decision", "found"), [("skip", 0), ("create", 2)])
def test_who_follows_a_row_in_question_goes_with_the_decision(sales_rep, sales_manager, now, decision, found):
    create_account(data={"name": "青山科技有限公司"}, by=sales_rep, now=now)
    batch = checked(sales_manager, now, [["青山科技股份有限公司", "赵敏"], ["青山科技股份有限公司", "钱多"]], ["客户名称", "联系人"])
    assert batch.counts["waiting"] == 1
    decide_rows(batch=batch, decision=decision, by=sales_manager, now=now)
    batch.refresh_from_db()
    apply(batch, sales_manager, now)
    assert Contact.objects.count() == found
    assert batch.rows.get(row_no=3).action == ("merge" if found else "refuse")


def test_a_contact_with_whom_somebody_works_stays_and_keeps_its_customer(sales_manager, sales_rep, now):
    batch = checked(sales_manager, now, LINES[:3])
    apply(batch, sales_manager, now)
    contact = Contact.objects.get(name="钱多")
    ActivityFactory(account=Account.objects.get(name="乙公司"), contact=contact, author=sales_rep)
    assert preview_undo(batch)["busy"] == 2
    undo(batch, sales_manager, now)
    assert people() == {"甲公司": ["赵敏", "钱多"], "乙公司": []}


def test_all_people_of_one_company_come_out_of_an_address_book(sales_manager, now):
    text = card("FN:赵敏", "ORG:青山科技有限公司", "UID:1", "EMAIL:zhao@example.com") + card("FN:钱多", "ORG:青山科技有限公司", "UID:2", "TEL:13900139000")
    batch = check_batch(batch=staged(sales_manager, now, io.BytesIO(text.encode())), by=sales_manager, now=now)
    apply(batch, sales_manager, now)
    assert people() == {"青山科技有限公司": ["赵敏", "钱多"]}
