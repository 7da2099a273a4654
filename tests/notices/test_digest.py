from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.core import mail

from foundation.notices.digest import DigestLine, rhythms_of, send_digests
from foundation.notices.models import CalendarDay, Digest, MailState, Notice
from foundation.notices.services import notify
from foundation.periods import working_calendar
from tests.notices.conftest import point_mail
from tests.notices.mail_server import MailServer

HERE = ZoneInfo("Asia/Shanghai")


def at(month, day):
    return datetime(2026, month, day, 8, 30, tzinfo=HERE)


def send(now):
    return send_digests(progress=lambda *_args: None, now=now)["sent"]


def tell(*people, kind="daily", **fields):
    return notify(to=people, kind=kind, subject="Answered", url="/inbox/", **fields)


def source(user, since):
    return [DigestLine(f"for {user.username} since {since:%m-%d}", "/jobs/mine/")] if user.username == "liaison" else []


@pytest.mark.parametrize(
    ("day", "rhythms"),
    [
        ((3, 2), ["daily", "weekly"]),  # Monday
        ((3, 3), ["daily"]),
        ((3, 7), []),  # Saturday
        ((2, 28), ["daily"]),  # a Saturday worked instead, in a week that had begun
        ((2, 24), ["daily", "weekly"]),  # Tuesday after the Spring Festival
        ((10, 10), ["daily"]),
        ((10, 8), ["daily", "weekly"]),  # Thursday after National Day
    ],
)
def test_digests_follow_the_working_calendar(db, day, rhythms):
    assert rhythms_of(at(*day).date(), working_calendar()) == rhythms


def test_company_day_off_has_no_digest(sales_rep):
    CalendarDay.objects.create(day=at(3, 3).date(), is_workday=False, name="司庆")
    tell(sales_rep)
    assert send(at(3, 3)) == 0
    assert send(at(3, 4)) == 1


def test_unread_notices_go_out_once(sales_rep, other_rep, settings):
    settings.BASE_URL = "https://crm.example"
    tell(sales_rep, other_rep)
    Notice.objects.filter(to=other_rep).update(read_at=at(3, 2))
    assert mail.outbox == []
    assert send(at(3, 3)) == 1
    assert send(at(3, 3)) == 0
    assert send(at(3, 4)) == 0
    [message] = mail.outbox
    assert message.to == [sales_rep.email]
    assert "https://crm.example/inbox/" in message.body
    assert Notice.objects.get(to=sales_rep).mail_state == MailState.SENT


def test_weekly_waits_for_the_first_workday(sales_rep):
    tell(sales_rep, kind="weekly")
    assert [send(at(2, day)) for day in (13, 14, 16, 23)] == [0, 0, 0, 0]
    assert send(at(2, 24)) == 1


def test_sources_fill_the_daily_digest(liaison, sales_rep, settings):
    settings.DIGEST_SOURCES = ["tests.notices.test_digest.source"]
    liaison.language = "zh-hans"
    liaison.save()
    assert send(at(3, 3)) == 1
    [message] = mail.outbox
    assert (message.to, message.subject) == ([liaison.email], "今日摘要")
    assert "for liaison since 03-02" in message.body
    assert "/jobs/mine/" in message.alternatives[0][0]


def test_server_down_sends_the_digest_later(sales_rep, settings):
    tell(sales_rep)
    with MailServer() as gone:
        port = gone.port
    point_mail(settings, port)
    with pytest.raises(OSError, match="refused"):
        send(at(3, 3))
    assert not Digest.objects.exclude(sent_at=None).exists()
    with MailServer() as server:
        point_mail(settings, server.port)
        assert send(at(3, 3)) == 1
        assert len(server.kept) == 1
