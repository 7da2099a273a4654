"""Editing with versions, activities with their day, tasks, duplicates, search."""

from datetime import timedelta

import pytest
from django.urls import reverse

from crm_core.models import Account, Activity, Task
from crm_core.reminders import digest_lines, waiting_items
from crm_core.services.account import create_account
from crm_core.services.activity import CannotEdit, CannotLog, edit_activity, log_activity
from crm_core.services.contact import CannotLink, create_contact, end_link, link_contact
from crm_core.services.duplicates import similar_accounts
from crm_core.services.reminding import remind_of_tasks
from crm_core.services.task import CannotFinish, create_task, finish_task, put_off_task
from foundation.reading import answer_of
from foundation.search.services import find
from foundation.usage.models import UsageEvent

FORM = {"kind": "company", "name": "北山贸易", "version": 1}


def test_account_create_page_makes_it_mine(sales_rep, client_of):
    response = client_of(sales_rep).post(
        reverse("crm_core:account_create"), FORM | {"credit_code": "914403001922038216", "phone": "13800138000", "website": "a.cn"}
    )
    account = Account.objects.get()
    assert response.url == reverse("crm_core:account_detail", args=[account.pk])
    assert (account.owner, account.phone, account.website) == (sales_rep, "138 0013 8000", "https://a.cn")
    event = UsageEvent.objects.get(feature__key="crm.account.create")
    assert (event.filled, event.required, event.surface) == (4, 9, "ui")


@pytest.mark.parametrize(("field", "value"), [("credit_code", "914403001922038217"), ("phone", "12"), ("website", "not a site"), ("email", "x@"), ("name", "")])
def test_account_create_keeps_input_and_says_what_is_wrong(field, value, sales_rep, client_of):
    response = client_of(sales_rep).post(reverse("crm_core:account_create"), FORM | {"remark": "保留的话", field: value})
    assert response.status_code == 422
    assert "保留的话" in response.content.decode()
    assert not Account.objects.exists()
    assert UsageEvent.objects.get(outcome="invalid").feature.key == "crm.account.create"


def test_account_create_shows_similar_ones_first_and_masks_the_invisible(sales_rep, west_rep, client_of, now):
    create_account(data={"name": "北山贸易", "remark": "机密"}, by=west_rep, now=now)
    client = client_of(sales_rep)
    response = client.post(reverse("crm_core:account_create"), FORM | {"name": "北山贸易 "})
    text = response.content.decode()
    assert response.status_code == 409
    assert "A record that you do not see" in text
    assert "West sales" in text
    assert "机密" not in text
    assert client.post(reverse("crm_core:account_create"), FORM | {"known": 1}).status_code == 302


def test_similar_by_phone_and_code_whatever_their_spelling(sales_rep, now):
    create_account(data={"name": "甲", "phone": "021 6234 5678", "credit_code": "914403001922038216"}, by=sales_rep, now=now)
    assert similar_accounts(by=sales_rep, phone="+86 21 62345678")[0].because == "same phone"
    assert similar_accounts(by=sales_rep, credit_code="914403001922038216")[0].because == "same credit code"
    assert similar_accounts(by=sales_rep, name="乙") == []


def test_account_edit_shows_both_versions_when_somebody_was_faster(account, sales_rep, client_of):
    client = client_of(sales_rep)
    url = reverse("crm_core:account_edit", args=[account.pk])
    assert client.post(url, FORM | {"name": "青山科技有限公司", "region": "上海"}).status_code == 302
    response = client.post(url, FORM | {"name": "青山科技有限公司", "region": "北京"})
    text = response.content.decode()
    assert response.status_code == 409
    assert "Shanghai" in text
    assert "Beijing" in text
    assert 'name="version" value="2"' in text
    account.refresh_from_db()
    assert account.region == "310000"


def test_account_fact_is_saved_in_place_with_undo(account, sales_rep, client_of):
    client = client_of(sales_rep)
    url = reverse("crm_core:account_fact", args=[account.pk, "region"])
    assert 'name="region"' in client.get(url).content.decode()
    saved = client.post(url, {"region": "苏州", "version": 1})
    assert saved.status_code == 200
    assert "Undo" in saved.content.decode()
    assert client.post(url, {"region": "北京", "version": 1}).status_code == 409
    assert client.post(url, {"region": "", "version": 2, "undo": 1}).status_code == 200
    assert client.get(reverse("crm_core:account_fact", args=[account.pk, "owner"])).status_code == 404
    assert client.post(reverse("crm_core:account_fact", args=[account.pk, "credit_code"]), {"credit_code": "1", "version": 3}).status_code == 422
    account.refresh_from_db()
    assert (account.region, account.version, account.history.count()) == ("", 3, 3)


def test_activity_keeps_when_it_happened_apart_and_plans_the_next_step(account, sales_rep, now, today):
    happened = now - timedelta(days=3)
    activity = log_activity(account=account, kind="visit", subject="拜访", by=sales_rep, now=now, occurred_at=happened, next_step="寄样品", next_on=today)
    account.refresh_from_db()
    assert (activity.occurred_at, activity.recorded_at) == (happened, now)
    assert (account.last_activity_at, account.next_step_on) == (happened, today)
    assert Task.objects.get().title == "寄样品"
    event = UsageEvent.objects.get(feature__key="crm.activity.log")
    assert (event.occurred_at, event.verb) == (happened, "log")


def test_activity_in_the_future_is_refused(account, sales_rep, now):
    with pytest.raises(CannotLog):
        log_activity(account=account, kind="call", subject="x", by=sales_rep, now=now, occurred_at=now + timedelta(hours=1))


def test_activity_is_edited_by_its_author_within_a_day(account, sales_rep, sales_manager, now):
    activity = log_activity(account=account, kind="call", subject="错字", by=sales_rep, now=now)
    edit_activity(activity=activity, changes={"subject": "正确"}, version=1, by=sales_rep, now=now + timedelta(hours=20))
    assert [row.subject for row in activity.history.all()] == ["正确", "错字"]
    for person, moment in ((sales_manager, now), (sales_rep, now + timedelta(hours=25))):
        with pytest.raises(CannotEdit):
            edit_activity(activity=activity, changes={"subject": "x"}, version=2, by=person, now=moment)


def test_activity_log_line_refuses_foreign_contacts(account, sales_rep, west_rep, client_of, now):
    other = create_account(data={"name": "别人的"}, by=west_rep, now=now)
    stranger = create_contact(data={"name": "陌生人"}, by=west_rep, now=now, account=other)
    url = reverse("crm_core:activity_log", args=[account.pk])
    assert client_of(sales_rep).post(url, {"kind": "call", "subject": "x", "contact": stranger.pk}).status_code == 422
    assert not Activity.objects.exists()
    assert client_of(sales_rep).post(url, {"kind": "call", "subject": "x"}).status_code == 302


def test_task_done_twice_counts_once_and_snooze_moves_the_day(account, sales_rep, now, today):
    task = create_task(title="x", due_on=today, by=sales_rep, now=now, account=account)
    task = put_off_task(task=task, until=today + timedelta(days=2), by=sales_rep, now=now)
    assert (task.snoozed, task.due_on) == (1, today + timedelta(days=2))
    finish_task(task=task, by=sales_rep, now=now)
    with pytest.raises(CannotFinish):
        finish_task(task=task, by=sales_rep, now=now)
    account.refresh_from_db()
    assert account.next_step_on is None


def test_task_for_somebody_out_of_reach_is_refused(sales_rep, west_rep, client_of, today):
    response = client_of(sales_rep).post(reverse("crm_core:task_create"), {"title": "x", "due_on": today.isoformat(), "owner": west_rep.pk, "version": 1})
    assert response.status_code == 422
    assert not Task.objects.exists()


def test_contact_stands_in_several_accounts_and_the_time_stays(account, sales_rep, now, today):
    other = create_account(data={"name": "乙公司"}, by=sales_rep, now=now)
    contact = create_contact(data={"name": "王芳"}, by=sales_rep, now=now, account=account, title="经理")
    link_contact(contact=contact, account=other, title="顾问", by=sales_rep)
    with pytest.raises(CannotLink):
        link_contact(contact=contact, account=other, by=sales_rep)
    link = end_link(link=contact.account_links.get(account=account), by=sales_rep, today=today)
    assert (link.ends_on, contact.accounts.count()) == (today, 2)


def test_search_finds_chinese_and_latin_fragments_of_what_one_sees(account, sales_rep, outsider, now):
    create_contact(data={"name": "欧阳建国"}, by=sales_rep, now=now, account=account)
    for text, kind in (("山科", "crm_core.account"), ("green", "crm_core.account"), ("建国", "crm_core.contact"), ("山科", "crm_core.contact")):
        assert len(find(text, by=sales_rep, kinds=[kind])) == 1, text
        assert len(find(text, by=outsider)) == 0


def test_home_and_digest_tell_of_due_tasks_and_cold_accounts(account, sales_rep, now, today):
    create_task(title="打电话", due_on=today - timedelta(days=1), by=sales_rep, now=now, account=account)
    Account.objects.filter(pk=account.pk).update(created_at=now - timedelta(days=40))
    items = answer_of(waiting_items(sales_rep))
    assert [item["tone"] for item in items] == ["bad", "watch"]
    assert len(list(digest_lines(sales_rep, now))) == 2
    assert (remind_of_tasks(today=today), remind_of_tasks(today=today)) == (1, 0)
