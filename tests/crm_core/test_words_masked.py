"""Numbers that somebody wrote into free words: who sees only their masks does not find them by search either; who may see finds all."""

import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm_core.models import Account, Activity, CollectionSheet, Contact, RevealPolicy, Stamp, Task
from crm_core.models.book import forget
from crm_core.models.field_right import STAMP
from crm_core.searching import search_activities, search_tasks
from crm_core.services.account import update_account
from crm_core.services.activity import log_activity
from crm_core.services.billing import create_billing_profile
from crm_core.services.collecting import hand_back, load_return, sheet_workbook, start_round
from crm_core.services.contact import create_contact
from crm_core.services.opportunity import create_opportunity
from crm_core.services.sharing import share_account
from crm_core.services.task import create_task, finish_task
from crm_core.timeline import Asked, account_timeline
from foundation.people import access
from foundation.people.models import User
from foundation.search.services import find
from tests.crm_core.test_api_records import caller
from tests.factories.crm_core import AccountContactFactory, AccountFactory, ContactFactory

SUBJECT, BODY = "回电 139 7777 8888 谈扩容", "请发到zhang.wei@hidden.example；微信 wxwang77；订单 20265555"


@pytest.fixture
def written(account, sales_rep, now):
    create_contact(data={"name": "王芳", "phone": "139 7777 8888", "wechat": "wxwang77"}, by=sales_rep, now=now, account=account)
    log_activity(account=account, kind="call", subject="收到订单 20261234", by=sales_rep, now=now)
    return log_activity(account=account, kind="call", subject=SUBJECT, body=BODY, by=sales_rep, now=now)


@pytest.fixture
def reader(account, other_rep, sales_rep):
    """A colleague who sees the account, but only the masks."""
    share_account(account=account, person=other_rep, by=sales_rep, right="read")
    own_masked()
    return other_rep


def own_masked():
    RevealPolicy.objects.update_or_create(pk=1, defaults={"own_shown": False})
    Stamp.renew(STAMP)
    forget()


def found(text, person):
    return set(search_activities(Activity.objects.visible_to(person), text, by=person))


HIDDEN = ("13977778888", "7777 8888", "7777 888", "777 8", "97777", "139 7777 8888", "zhang.wei", "wei@hidden.example", "wxwang77", "xwang")
READ = ("8888", "139", "扩容", "hidden.example", "请发到", "wx", "青山", "20265555", "订单 202655")


@pytest.mark.parametrize("text", HIDDEN)
def test_search_does_not_confirm_what_is_masked(written, reader, sales_manager, sales_rep, text):
    assert written not in found(text, reader)
    assert not [item for item in account_timeline(written.account, by=reader, asked=Asked(words=text)) if item["key"] == f"activity-{written.pk}"]
    if text in SUBJECT + BODY:  # negative control: who may see finds the same words
        for person in (sales_manager, sales_rep):
            assert written in found(text, person), person
            assert [item for item in account_timeline(written.account, by=person, asked=Asked(words=text)) if item["key"] == f"activity-{written.pk}"]


@pytest.mark.parametrize("text", READ)
def test_what_one_reads_is_found_by_everybody(written, reader, sales_manager, text):
    for person in (reader, sales_manager):
        assert written in found(text, person), person


def test_the_page_its_file_and_the_api_search_alike(written, reader, sales_manager, client_of):
    page = reverse("crm_core:activity_list")
    for person, sees in ((reader, False), (sales_manager, True)):
        client, call = client_of(person), caller(person)
        for query in ({"q": "7777 8888"}, {"q": "7777 8888", "export": "csv"}):
            response = client.get(page, query)
            text = b"".join(response.streaming_content) if response.streaming else response.content
            assert ("谈扩容" in text.decode("utf-8-sig")) is sees, (person, query)
        assert bool(call("GET", "/activities?q=7777%208888").json()["items"]) is sees
        assert call("GET", "/activities?q=20261234").json()["items"], "a number that is no phone is found"


def test_of_very_many_the_doubtful_are_left_out(written, reader, sales_manager, monkeypatch):
    monkeypatch.setattr("crm_core.searching.FEW", 0)
    assert found("7777", reader) == set()
    assert {row.subject for row in found("20261234", reader)} == {"收到订单 20261234"}
    assert written in found("7777", sales_manager)


def test_the_author_finds_the_own_words(written, reader, account, now):
    row = Activity.objects.create(account=account, kind="note", subject="他的手机 137 1111 2222", author=reader, occurred_at=now)
    assert found("1111", reader) == {row}


def test_the_owner_too_sees_masks_when_the_policy_says_so(written, sales_rep, other_rep, account, now, client_of):
    Activity.objects.create(account=account, kind="note", subject="对方改号 137 1111 2222", author=other_rep, occurred_at=now)
    page = reverse("crm_core:activity_list")
    assert len(found("1111", sales_rep)) == 1
    assert "137 1111 2222" in client_of(sales_rep).get(page).content.decode()
    own_masked()
    assert found("1111", sales_rep) == set()
    assert "137 1111 2222" not in client_of(sales_rep).get(page).content.decode()
    assert "137 1111 2222" not in str(caller(sales_rep)("GET", "/activities").json())


# --- tasks, deals and remarks ------------------------------------------------------------------------
LISTS = {"account": "crm_core:account_list", "opportunity": "crm_core:opportunity_list", "task": "crm_core:task_list"}
APIS = {"account": "/accounts", "opportunity": "/opportunities", "task": "/tasks"}


@pytest.fixture
def worded(written, account, sales_rep, now, today):
    """Numbers of the customer's people, its billing and others in a remark, a deal and a task."""
    create_billing_profile(account=account, data={"title": "青山", "bank_account": "6222021234567890"}, by=sales_rep, now=now)
    remark = "老板 139 7777 8888，账号 6222 0212 3456 7890，wxwang77，订单 20265555"
    update_account(account=account, changes={"remark": remark}, version=account.version, by=sales_rep, now=now)
    words = {"name": "扩容 139 7777 8888 订单 20265555", "remark": "账号 6222 0212 3456 7890，微信 wxwang77"}
    deal = create_opportunity(account=account, data=words, by=sales_rep, now=now)
    title = "订单 20265555 回电 139 7777 8888 核对 6222-0212-3456-7890 wxwang77"
    task = create_task(title=title, due_on=today, by=sales_rep, now=now, account=account, opportunity=deal)
    return {"account": account, "opportunity": deal, "task": task}


def listed(client, noun, text, row):
    address = reverse("crm_core:task_edit" if noun == "task" else f"crm_core:{noun}_detail", args=[row.pk])
    return f'href="{address}"' in client.get(reverse(LISTS[noun]), {"q": text}).content.decode()


@pytest.fixture
def stranger(world, monkeypatch):
    """Somebody who sees every row, but none of the masked fields."""
    known, original = access.roles()["outsider"], access.roles
    everything = access.Role("outsider", "Outsider", known.permissions, dict.fromkeys(known.scopes, access.Scope.ALL))
    monkeypatch.setattr(access, "roles", lambda: {**original(), "outsider": everything})
    return world.outsider


@pytest.mark.parametrize("noun", LISTS)
@pytest.mark.parametrize("text", ["7777", "wxwang77", "6222", "0212"])
def test_what_is_masked_in_tasks_deals_and_remarks_is_not_found(worded, stranger, sales_manager, client_of, noun, text):
    row, key = worded[noun], worded[noun].pk
    for person, sees in ((stranger, False), (sales_manager, True)):  # negative control: who may see finds the same words
        if noun != "task":  # tasks have a list of their own and no place on the search page
            assert (key in [hit.object_id for hit in find(text, by=person, kinds=[f"crm_core.{noun}"])]) is sees, person
        assert listed(client_of(person), noun, text, row) is sees, person
        assert (key in [item["id"] for item in caller(person)("GET", f"{APIS[noun]}?q={text}").json()["items"]]) is sees, person


@pytest.mark.parametrize("noun", LISTS)
@pytest.mark.parametrize("text", ["20265555", "8888", "7890", "订单"])
def test_what_one_reads_of_them_is_found_by_everybody(worded, stranger, sales_manager, client_of, noun, text):
    row = worded[noun]
    for person in (stranger, sales_manager):
        if noun != "task":
            assert row.pk in [hit.object_id for hit in find(text, by=person, kinds=[f"crm_core.{noun}"])], person
        assert listed(client_of(person), noun, text, row), person


@pytest.mark.parametrize("noun", LISTS)
def test_of_very_many_the_doubtful_tasks_deals_and_remarks_are_left_out(worded, stranger, sales_manager, client_of, monkeypatch, noun):
    monkeypatch.setattr("crm_core.searching.FEW", 0)
    monkeypatch.setattr("foundation.search.lists.FEW", 0)
    assert not listed(client_of(stranger), noun, "7777", worded[noun])
    assert listed(client_of(sales_manager), noun, "7777", worded[noun])
    assert listed(client_of(stranger), noun, "订单", worded[noun])


def test_who_wrote_a_task_finds_the_own_words(worded, reader, account, now, today):
    task = Task.objects.create(title="他的手机 137 1111 2222", due_on=today, owner=reader, created_by=reader, account=account)
    assert list(search_tasks(Task.objects.visible_to(reader), "1111", by=reader)) == [task]


def test_a_task_reads_the_same_wherever_it_is_listed(worded, stranger, sales_manager, client_of):
    account = worded["account"]
    for person, sees in ((stranger, False), (sales_manager, True)):
        client = client_of(person)
        for address in (reverse("crm_core:task_list"), reverse("crm_core:account_detail", args=[account.pk])):
            text = client.get(address).content.decode()
            assert "回电 139" in text, (person, address)
            assert ("回电 139 7777 8888" in text) is sees, (person, address)
        assert ("139 7777 8888" in str(caller(person)("GET", "/tasks").json())) is sees


def test_a_timeline_tells_tasks_and_deals_as_they_read(worded, stranger, sales_manager, sales_rep, now):
    finish_task(task=worded["task"], by=sales_rep, now=now)
    for person, sees in ((stranger, False), (sales_manager, True)):
        told = [item["title"] for item in account_timeline(worded["account"], by=person) if item["key"].startswith(("task", "move"))]
        assert len(told) == 2
        assert all(("7777" in title) is sees for title in told), person
        for show in ("task", "deal"):
            assert bool(account_timeline(worded["account"], by=person, asked=Asked(show=show, words="7777"))) is sees, (person, show)
            assert account_timeline(worded["account"], by=person, asked=Asked(show=show, words="20265555")), (person, show)


def test_who_may_see_everything_is_asked_nothing_more(worded, sales_manager, settings, django_assert_num_queries):
    def statements():
        with CaptureQueriesContext(connection) as seen:
            assert len(find("7777", by=User.objects.get(pk=sales_manager.pk), kinds=["crm_core.account", "crm_core.opportunity"])) == 2
        return len(seen)

    statements()
    veiled = statements()
    settings.SEARCH_SOURCES = [{name: value for name, value in source.items() if name != "veil"} for source in settings.SEARCH_SOURCES]
    assert veiled == statements()


# --- the workbook of a person ---------------------------------------------------------------------
@pytest.fixture
def sheet(world, liaison, sales_rep, now, today):
    sales_rep.language = "en"
    sales_rep.save()
    steel = AccountFactory(name="华东钢铁有限公司", owner=sales_rep, department=world.team_a, phone="021 6234 5678", email="office@steel.example")
    person = ContactFactory(name="赵敏", owner=sales_rep, department=world.team_a, phone="138 0013 8000", wechat="wxzhao")
    AccountContactFactory(account=steel, contact=person, is_main=True)
    start_round(department=world.team_a, name="客户资料收集", due_on=today, by=liaison, now=now, today=today)
    return CollectionSheet.objects.select_related("round", "person").get(person=sales_rep)


def rows_of(sheet, now):
    book = openpyxl.load_workbook(io.BytesIO(sheet_workbook(sheet=sheet, by=sheet.person, now=now)))
    cells = [str(cell.value) for name in ("Accounts", "Contacts") for row in book[name].iter_rows() for cell in row if cell.value is not None]
    return book, cells


def test_a_sheet_gives_out_only_what_its_person_sees(sheet, now):
    _book, cells = rows_of(sheet, now)
    assert {"021 6234 5678", "office@steel.example", "138 0013 8000", "wxzhao"} <= set(cells)
    own_masked()
    _book, cells = rows_of(sheet, now)
    assert {"华东钢铁有限公司", "赵敏"} <= set(cells)
    assert not [cell for cell in cells if "6234" in cell or "steel.example" in cell or "8000" in cell or "zhao" in cell.lower()]


def test_a_sheet_with_masks_comes_back_and_nothing_is_lost(sheet, now):
    own_masked()
    book, _cells = rows_of(sheet, now)
    table = book["Accounts"]
    heads = {cell.value: cell.column for cell in table[1]}
    row = next(line[0].row for line in table.iter_rows() if line[0].value == "华东钢铁有限公司")
    table.cell(row=row, column=heads["E-mail"]).value = "new@steel.example"
    out = io.BytesIO()
    book.save(out)
    given = hand_back(sheet=sheet, file=SimpleUploadedFile("s.xlsx", out.getvalue()), file_name="s.xlsx", by=sheet.person, now=now)
    load_return(given=given, now=now)
    kept = Account.objects.get(name="华东钢铁有限公司")
    assert (kept.phone, kept.email) == ("021 6234 5678", "new@steel.example")
    assert Contact.objects.get(name="赵敏").wechat == "wxzhao"
