"""Done: by the change request behind an item, or by the team with a word; taken back while nothing hangs on it."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from feedback.models import BacklogItem
from feedback.services.backlog import CannotDecide, accept_item, finish_item, reopen_item
from foundation.integrity import Stale
from foundation.notices.models import Notice
from foundation.usage.models import UsageEvent
from requirements_mgmt.services import decide_change_request, edit_requirement
from tests.factories.feedback import BacklogItemFactory, TicketFactory
from tests.factories.requirements_mgmt import RequirementFactory

NOW = timezone.now()


@pytest.fixture
def item(world):
    made = BacklogItemFactory(department=world.team_a, requirement=RequirementFactory(department=world.sales), metric="entry_lag")
    made.tickets.add(TicketFactory(reporter=world.sales_rep, department=world.team_a))
    accept_item(item=made, requirement=None, note="做", sent_version=1, by=world.pm, now=NOW)
    return BacklogItem.objects.get(pk=made.pk)


def carry_out(item, by):
    decide_change_request(change=item.change_request, accept=True, reason="同意", by=by, now=NOW)
    requirement = item.requirement
    requirement.refresh_from_db()
    edit_requirement(requirement=requirement, values={"statement": "改后的文字"}, sent_version=requirement.version, by=by, now=NOW)


def test_carrying_out_the_change_request_finishes_the_item(world, item):
    carry_out(item, world.pm)
    item.refresh_from_db()
    assert (item.state, item.done_by) == ("done", world.pm)
    assert item.change_request.code in item.done_note
    assert Notice.objects.filter(to=world.sales_rep, kind="backlog_decided").count() == 2
    assert UsageEvent.objects.filter(feature__key="feedback.backlog.finish", verb="resolve").count() == 1


def test_deciding_the_change_request_alone_does_not(world, item):
    decide_change_request(change=item.change_request, accept=True, reason="同意", by=world.pm, now=NOW)
    item.refresh_from_db()
    assert item.state == "accepted"


def test_the_team_closes_it_with_a_word_and_takes_it_back(world, item):
    with pytest.raises(CannotDecide, match="what was done"):
        finish_item(item=item, note=" ", sent_version=2, by=world.pm, now=NOW)
    with pytest.raises(Stale):
        finish_item(item=item, note="已培训", sent_version=1, by=world.pm, now=NOW)
    finish_item(item=item, note="已培训", sent_version=2, by=world.pm, now=NOW)
    with pytest.raises(CannotDecide):
        finish_item(item=item, note="再来", sent_version=3, by=world.pm, now=NOW)
    reopen_item(item=item, sent_version=3, by=world.pm, now=NOW)
    item.refresh_from_db()
    assert (item.state, item.done_at, item.done_by, item.done_note) == ("accepted", None, None, "")


def test_it_stays_done_while_something_hangs_on_it(world, item):
    carry_out(item, world.pm)
    item.refresh_from_db()
    with pytest.raises(CannotDecide, match="new change request"):
        reopen_item(item=item, sent_version=item.version, by=world.pm, now=NOW)


def test_it_stays_done_once_the_gap_has_a_newer_item(world, item):
    finish_item(item=item, note="已培训", sent_version=2, by=world.pm, now=NOW)
    BacklogItemFactory(department=item.department, role=item.role, kind=item.kind, metric=item.metric, created_at=NOW + timedelta(days=1))
    with pytest.raises(CannotDecide, match="same gap"):
        reopen_item(item=item, sent_version=3, by=world.pm, now=NOW)


@pytest.mark.parametrize(("language", "done", "what"), [("en", "Done", "What was done"), ("zh-hans", "已完成", "完成了什么")])
def test_pages_show_it_and_offer_the_way_back(world, client_of, item, language, done, what):
    world.pm.language = language
    world.pm.save()
    client, at = client_of(world.pm), lambda name: reverse(f"feedback:backlog_{name}", args=[item.pk])
    assert at("finish") in client.get(at("detail")).content.decode()
    assert client.post(at("finish"), {"version": 2, "note": ""}).status_code == 409
    assert client.post(at("finish"), {"version": 2, "note": "培训已补"}).status_code == 302
    page = client.get(at("detail")).content.decode()
    assert what in page
    assert "培训已补" in page
    assert at("reopen") in page
    assert done in client.get(reverse("feedback:backlog_list"), {"state": "done"}).content.decode()
    assert client.post(at("reopen"), {"version": 3}).status_code == 302


def test_others_may_not(world, client_of, item):
    for name in ("finish", "reopen"):
        url = reverse(f"feedback:backlog_{name}", args=[item.pk])
        assert client_of(world.liaison).post(url, {"version": 2, "note": "x"}).status_code == 403
        assert client_of(world.outsider).post(url, {"version": 2, "note": "x"}).status_code == 404
        assert client_of(world.pm).get(url).status_code == 405
