"""Pages of tickets: who may, what comes back, what a picture may be."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from feedback.models import Ticket
from foundation.usage.models import UsageEvent
from foundation.usage.services import record
from tests.factories.feedback import TicketFactory

pytestmark = pytest.mark.django_db
STEPS = ["answer", "return", "reply", "note", "merge", "forward", "take", "fix", "tell", "close"]


@pytest.fixture
def ticket(world):
    return TicketFactory(reporter=world.sales_rep, department=world.team_a, liaison=world.liaison, title="保存报价时出错")


def at(name, ticket):
    return reverse(f"feedback:ticket_{name}", args=[ticket.pk])


def png(text="secret"):
    out, info = io.BytesIO(), PngInfo()
    info.add_text("comment", text)
    Image.new("RGB", (8, 6), "red").save(out, "PNG", pnginfo=info)
    return out.getvalue()


def sent(**values):
    return {"kind": "bug", "severity": "hinders", "title": "导出的电话少了 0", "body": "", "page_url": "/crm/accounts/", **values}


def test_each_page_opens(client_of, world, ticket):
    for who, name in [(world.sales_rep, "ticket_create"), (world.sales_rep, "ticket_list"), (world.liaison, "liaison_desk"), (world.pm, "team_desk")]:
        assert client_of(who).get(reverse(f"feedback:{name}")).status_code == 200, name
    for who in (world.sales_rep, world.liaison, world.pm):
        assert client_of(who).get(at("detail", ticket)).status_code == 200


def test_a_report_reaches_the_liaison_with_its_page(client_of, world):
    answer = client_of(world.sales_rep).post(reverse("feedback:ticket_create"), sent(), follow=True)
    made = Ticket.objects.get()
    assert answer.status_code == 200
    assert made.page_url == "/crm/accounts/"
    assert made.feature.key == "crm.account.list"
    assert str(world.liaison) in answer.content.decode()


@pytest.mark.parametrize("page", ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)"])
def test_a_page_elsewhere_is_dropped(client_of, world, page):
    client_of(world.sales_rep).post(reverse("feedback:ticket_create"), sent(page_url=page))
    assert Ticket.objects.get().page_url == ""


def test_a_bad_report_keeps_the_words(client_of, world):
    answer = client_of(world.sales_rep).post(reverse("feedback:ticket_create"), sent(title="", body="写了很久的话"))
    assert answer.status_code == 400
    assert "写了很久的话" in answer.content.decode()
    assert UsageEvent.objects.filter(feature__key="feedback.ticket.report", outcome="invalid").exists()


def test_outsiders_find_nothing(client_of, world, ticket):
    client = client_of(world.outsider)
    assert client.get(at("detail", ticket)).status_code == 404
    for step in STEPS:
        assert client.post(at(step, ticket), {"version": 1, "body": "x"}).status_code == 404, step
    assert client_of(world.west_liaison).get(at("detail", ticket)).status_code == 404
    assert client_of(world.other_rep).get(at("detail", ticket)).status_code == 404


def test_reporters_may_not_do_the_work_of_others(client_of, world, ticket):
    client = client_of(world.sales_rep)
    for step in ("answer", "return", "note", "merge", "forward", "take", "fix", "tell"):
        assert client.post(at(step, ticket), {"version": 1, "body": "x"}).status_code == 403, step
    assert client.get(reverse("feedback:liaison_desk")).status_code == 403
    assert client_of(world.liaison).get(reverse("feedback:team_desk")).status_code == 403
    assert client_of(world.liaison).post(at("reply", ticket), {"version": 1, "body": "x"}).status_code == 404  # only the reporter replies


def test_steps_are_posted(client_of, world, ticket):
    for step in STEPS:
        assert client_of(world.pm).get(at(step, ticket)).status_code == 405, step
    for name in ("ticket_list", "liaison_desk", "team_desk"):
        assert client_of(world.pm).post(reverse(f"feedback:{name}")).status_code == 405, name
    assert client_of(world.pm).delete(reverse("feedback:ticket_create")).status_code == 405


def test_a_stale_answer_keeps_the_words_and_can_be_sent_again(client_of, world, ticket):
    Ticket.objects.filter(pk=ticket.pk).update(version=5)
    answer = client_of(world.liaison).post(at("answer", ticket), {"version": 1, "body": "我的长答复"})
    assert answer.status_code == 409
    assert "我的长答复" in answer.content.decode()
    assert 'name="version" value="5"' in answer.content.decode()
    assert client_of(world.liaison).post(at("answer", ticket), {"version": 5, "body": "我的长答复"}).status_code == 302


def test_a_stale_answer_stands_beside_what_was_said_meanwhile(client_of, world, ticket):
    client = client_of(world.liaison)
    seen = ticket.messages.order_by("pk").last()
    sent = {"version": ticket.version, "seen": seen.pk if seen else 0}
    assert client.post(at("return", ticket), sent | {"body": "哪个客户？"}).status_code == 302
    answer = client.post(at("answer", ticket), sent | {"body": "我的长答复"})
    assert answer.status_code == 409
    words = next(row for row in answer.context["conflict"] if row.mine == "我的长答复")
    assert "哪个客户？" in words.theirs
    assert words.name == ""
    assert client.post(at("answer", ticket), {"version": 2, "body": "我的长答复"}).status_code == 302


def test_words_for_a_step_that_closed_meanwhile_are_kept_in_sight(client_of, world, ticket):
    client = client_of(world.liaison)
    assert client.post(at("answer", ticket), {"version": 1, "body": "先答的"}).status_code == 302
    late = client.post(at("answer", ticket), {"version": 1, "body": "我晚了一步的长答复"})
    assert late.status_code == 409
    text = late.content.decode()
    assert "我晚了一步的长答复" in text
    assert "先答的" in text
    assert "not open any more" in late.context["conflict_note"]


def test_a_stale_analysis_can_be_chosen_field_by_field(client_of, world, ticket):
    client = client_of(world.pm)
    client_of(world.liaison).post(at("forward", ticket), {"version": 1, "body": "请看"})
    first = {"version": 2, "assignee": world.developer.pk, "analysis": "币种为空"}
    assert client.post(at("take", ticket), first).status_code == 302
    stale = client.post(at("take", ticket), first | {"analysis": "时区不对"})
    assert stale.status_code == 409
    rows = {row.name: row for row in stale.context["conflict"] if row.name}
    assert (rows["analysis"].theirs, rows["analysis"].mine) == ("币种为空", "时区不对")
    assert set(rows) == {"analysis"}


def test_bad_input_is_400(client_of, world, ticket):
    client = client_of(world.pm)
    assert client.post(at("answer", ticket), {"body": "x", "version": "abc"}).status_code == 400
    assert client.post(at("merge", ticket), {"into": 999999, "version": 1}).status_code == 400
    Ticket.objects.filter(pk=ticket.pk).update(state="team")
    assert client.post(at("take", ticket), {"assignee": world.sales_rep.pk, "analysis": "x", "version": 1}).status_code == 400


def test_the_way_by_pages(client_of, world, ticket):
    assert client_of(world.liaison).post(at("forward", ticket), {"version": 1, "body": "请看"}).status_code == 302
    taken = client_of(world.pm).post(at("take", ticket), {"version": 2, "assignee": world.developer.pk, "analysis": "币种为空"})
    assert taken.status_code == 302
    assert client_of(world.developer).post(at("fix", ticket), {"version": 3, "body": "已修复"}).status_code == 302
    assert client_of(world.liaison).post(at("tell", ticket), {"version": 4, "body": "已修复，请再试"}).status_code == 302
    page = client_of(world.sales_rep).get(at("detail", ticket)).content.decode()
    assert "已修复，请再试" in page
    assert "请看" not in page


def test_internal_notes_are_not_for_the_reporter(client_of, world, ticket):
    client_of(world.liaison).post(at("note", ticket), {"version": 1, "body": "内部备注甲", "internal": "on"})
    client_of(world.liaison).post(at("note", ticket), {"version": 1, "body": "公开备注乙"})
    theirs = client_of(world.sales_rep).get(at("detail", ticket)).content.decode()
    assert "内部备注甲" not in theirs
    assert "公开备注乙" in theirs
    assert "内部备注甲" in client_of(world.liaison).get(at("detail", ticket)).content.decode()


def test_a_merged_reporter_is_not_led_into_a_closed_door(client_of, world, ticket):
    other = TicketFactory(reporter=world.other_rep, department=world.team_b, liaison=world.liaison)
    assert client_of(world.liaison).post(at("merge", other), {"into": ticket.pk, "version": 1}).status_code == 302
    page = client_of(world.other_rep).get(at("detail", other)).content.decode()
    assert ticket.code in page
    assert at("detail", ticket) not in page
    assert at("detail", ticket) in client_of(world.liaison).get(at("detail", other)).content.decode()


def test_a_picture_is_drawn_anew_and_served_safely(client_of, world):
    picture = SimpleUploadedFile("page.png", png(), content_type="image/png")
    client_of(world.sales_rep).post(reverse("feedback:ticket_create"), sent(screenshot=picture))
    made = Ticket.objects.get()
    stored = made.screenshot.read()
    assert b"secret" not in stored
    assert Image.open(io.BytesIO(stored)).size == (8, 6)
    answer = client_of(world.sales_rep).get(at("screenshot", made))
    assert answer.status_code == 200
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Type"] == "image/png"
    assert client_of(world.liaison).get(at("screenshot", made)).status_code == 200
    assert client_of(world.other_rep).get(at("screenshot", made)).status_code == 404
    assert client_of(world.outsider).get(at("screenshot", made)).status_code == 404


@pytest.mark.parametrize(
    ("name", "content"),
    [("x.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'), ("x.png", b"<svg/>"), ("x.html", b"<b>"), ("x.png", b"")],
)
def test_other_files_are_refused_with_the_words_kept(client_of, world, name, content):
    answer = client_of(world.sales_rep).post(
        reverse("feedback:ticket_create"), sent(body="一些话", screenshot=SimpleUploadedFile(name, content, content_type="image/png"))
    )
    assert answer.status_code == 400
    assert "一些话" in answer.content.decode()
    assert not Ticket.objects.exists()


def test_no_screenshot_is_404(client_of, world, ticket):
    assert client_of(world.sales_rep).get(at("screenshot", ticket)).status_code == 404


def test_the_trail_speaks_the_readers_language(client_of, world):
    record(by=world.sales_rep, feature="crm.account.list", verb="view")
    client_of(world.sales_rep).post(reverse("feedback:ticket_create"), sent())
    world.liaison.language = "zh-hans"
    world.liaison.save()
    page = client_of(world.liaison).get(at("detail", Ticket.objects.get()), headers={"accept-language": "zh-hans"}).content.decode()
    assert "提交前的操作" in page
    assert "Looked at" not in page


@pytest.mark.parametrize(("who", "name"), [("liaison", "liaison_desk"), ("pm", "team_desk"), ("sales_rep", "ticket_list")])
def test_lists_do_not_grow_in_queries(client_of, world, who, name):
    client = client_of(getattr(world, who))
    state = "team" if name == "team_desk" else "liaison"

    def count(n):
        for _ in range(n):
            TicketFactory(reporter=world.sales_rep, department=world.team_a, liaison=world.liaison, assignee=world.pm, state=state)
        client.get(reverse(f"feedback:{name}"))
        with CaptureQueriesContext(connection) as seen:
            assert client.get(reverse(f"feedback:{name}")).status_code == 200
        return len(seen)

    assert count(2) == count(12)
