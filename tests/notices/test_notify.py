from datetime import timedelta

import pytest
from django.core import mail
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from foundation.jobs.models import Job, JobState
from foundation.jobs.sweep import run_waiting
from foundation.notices.delivery import send_leftover_mail
from foundation.notices.models import MailState, Notice, Preference
from foundation.notices.services import choose, mark_read, notify, unread_count
from foundation.people.models import User
from foundation.reading import answer_of
from tests.factories.people import DelegationFactory
from tests.notices.conftest import point_mail
from tests.notices.mail_server import MailServer


def tell(*people, kind="answered", **fields):
    return notify(to=people, kind=kind, **{"subject": _("Notices"), "url": "/inbox/", **fields})


def test_rows_are_written_with_the_change_or_not_at_all(sales_rep):
    with transaction.atomic():
        tell(sales_rep)
        transaction.set_rollback(True)
    assert not Notice.objects.exists()
    assert not Job.objects.exists()


def test_each_reads_the_own_language(sales_rep, liaison):
    liaison.language = "zh-hans"
    liaison.save()
    rows = tell(sales_rep, liaison, body=lambda: _("%(n)s unread") % {"n": 3})
    assert [(row.subject, row.body) for row in rows] == [("Notices", "3 unread"), ("通知", "3 条未读")]


def test_not_to_oneself_nor_to_people_who_left(sales_rep, liaison, other_rep):
    other_rep.is_active = False
    assert [row.to for row in tell(sales_rep, liaison, other_rep, by=liaison)] == [sales_rep]
    assert len(tell(liaison, by=liaison, include_self=True)) == 1


def test_deputy_gets_a_copy_while_the_person_is_away(sales_rep, other_rep, liaison):
    today = timezone.localdate()
    DelegationFactory(principal=sales_rep, deputy=other_rep, starts_on=today, ends_on=today)
    DelegationFactory(principal=liaison, deputy=sales_rep, starts_on=today - timedelta(days=9), ends_on=today - timedelta(days=1))
    rows = tell(sales_rep, liaison)
    assert {(row.to, row.on_behalf_of) for row in rows} == {(sales_rep, None), (liaison, None), (other_rep, sales_rep)}


def test_a_deputy_who_is_told_anyway_gets_no_copy(sales_rep, other_rep):
    DelegationFactory(principal=sales_rep, deputy=other_rep)
    assert len(tell(sales_rep, other_rep)) == 2


def test_preferences_decide(sales_rep, liaison, other_rep):
    choose(user=sales_rep, choices={"answered": ("none", "immediate")})
    choose(user=liaison, choices={"answered": ("inbox", "immediate")})
    choose(user=other_rep, choices={"answered": ("email", "weekly")})
    assert {row.to: row.mail_state for row in tell(sales_rep, liaison, other_rep)} == {liaison: MailState.NONE, other_rep: MailState.DIGEST}
    choose(user=sales_rep, choices={"answered": ("email", "immediate")})
    assert not Preference.objects.filter(user=sales_rep).exists()
    assert tell(sales_rep)[0].mail_state == MailState.WAITING


def test_what_must_be_heard_reaches_the_inbox(sales_rep):
    choose(user=sales_rep, choices={"must": ("none", "immediate")})
    assert len(tell(sales_rep, kind="must")) == 1


def test_typing_errors_are_found(sales_rep):
    with pytest.raises(LookupError):
        tell(sales_rep, kind="anwsered")
    for url in ("https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)"):
        with pytest.raises(ValueError, match="page of this suite"):
            tell(sales_rep, url=url)


def test_number_of_queries_does_not_grow_with_people(world, django_assert_max_num_queries):
    everybody = list(User.objects.all())
    with django_assert_max_num_queries(9):
        assert len(tell(*everybody)) == len(everybody)


def test_mail_leaves_after_commit_in_both_parts(sales_rep, mail_server, settings):
    settings.BASE_URL = "https://crm.example"
    tell(sales_rep, body="价格 <b>9</b>")
    assert mail_server.kept == []
    run_waiting()
    [(recipients, message)] = mail_server.kept
    assert recipients == [sales_rep.email]
    assert message["Subject"] == "Notices"
    assert message["Auto-Submitted"] == "auto-generated"
    text, html = (message.get_body((kind,)).get_content() for kind in ("plain", "html"))
    assert "https://crm.example/inbox/" in text
    assert "价格 <b>9</b>" in text
    assert "&lt;b&gt;9&lt;/b&gt;" in html
    assert Notice.objects.get().mail_state == MailState.SENT


def test_a_second_run_sends_nothing_again(sales_rep, mail_server):
    tell(sales_rep)
    run_waiting()
    Job.objects.update(state=JobState.QUEUED, attempts=0, fruitless=0)
    run_waiting()
    assert len(mail_server.kept) == 1


def test_header_injection_stays_one_subject(sales_rep, mail_server):
    tell(sales_rep, subject="Hello\r\nBcc: everybody@example.com\n\nbody\u2028x")
    run_waiting()
    [(recipients, message)] = mail_server.kept
    assert recipients == [sales_rep.email]
    assert message["Bcc"] is None
    assert message["Subject"] == "Hello Bcc: everybody@example.com body x"


def test_server_down_loses_nothing(sales_rep, settings):
    with MailServer() as gone:
        port = gone.port
    point_mail(settings, port)
    tell(sales_rep)
    assert run_waiting() == settings.JOB_MAX_ATTEMPTS
    assert Job.objects.get().state == JobState.QUARANTINED
    assert Notice.objects.get().mail_state == MailState.WAITING
    with MailServer() as server:
        point_mail(settings, server.port)
        assert send_leftover_mail(progress=lambda *_args: None)["sent"] == 0  # its own job has ten minutes
        assert send_leftover_mail(progress=lambda *_args: None, now=timezone.now() + timedelta(minutes=11))["sent"] == 1
        assert len(server.kept) == 1
    assert answer_of(unread_count(sales_rep)) == 1


def test_one_bad_address_holds_up_nobody(sales_rep, other_rep, liaison, mail_server):
    mail_server.refusals[other_rep.email] = 550
    tell(sales_rep, other_rep, liaison)
    run_waiting()
    assert {recipients[0] for recipients, _message in mail_server.kept} == {sales_rep.email, liaison.email}
    assert Notice.objects.get(to=other_rep).mail_state == MailState.REFUSED
    assert Job.objects.get().state == JobState.DONE


def test_a_mailbox_that_is_full_for_now_is_tried_again(sales_rep, mail_server):
    mail_server.refusals[sales_rep.email] = 452
    tell(sales_rep)
    run_waiting()
    assert Notice.objects.get().mail_state == MailState.WAITING
    mail_server.refusals.clear()
    send_leftover_mail(progress=lambda *_args: None, now=timezone.now() + timedelta(hours=1))
    assert Notice.objects.get().mail_state == MailState.SENT


def test_without_an_address_the_inbox_is_enough(sales_rep):
    sales_rep.email = ""
    assert tell(sales_rep)[0].mail_state == MailState.NONE
    assert mail.outbox == []


def test_only_own_notices_are_marked(sales_rep, liaison):
    tell(sales_rep, liaison)
    assert mark_read(notices=Notice.objects.all(), by=sales_rep, now=timezone.now()) == 1
    assert (answer_of(unread_count(sales_rep)), answer_of(unread_count(liaison))) == (0, 1)
