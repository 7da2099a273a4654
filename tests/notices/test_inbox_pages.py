from datetime import date

import pytest
from django.urls import reverse
from django.utils import timezone

from foundation.notices.models import CalendarDay, Notice, Preference
from tests.factories.notices import CalendarDayFactory, NoticeFactory


def test_unread_come_first_and_only_own_ones(client_of, sales_rep, liaison):
    NoticeFactory(to=sales_rep, subject="old and read", read_at=timezone.now())
    NoticeFactory(to=sales_rep, subject="fresh <b>", created_at=timezone.now() - timezone.timedelta(days=3))
    NoticeFactory(to=liaison, subject="of somebody else")
    page = client_of(sales_rep).get(reverse("notices:notice_list")).content.decode()
    assert page.index("fresh &lt;b&gt;") < page.index("old and read")
    assert "somebody else" not in page


def test_opening_marks_read_and_goes_there(client_of, sales_rep):
    notice = NoticeFactory(to=sales_rep, url="/jobs/mine/")
    client, url = client_of(sales_rep), reverse("notices:notice_open", args=[notice.pk])
    assert client.get(url).status_code == 405
    assert client.post(url).url == "/jobs/mine/"
    notice.refresh_from_db()
    assert notice.read_at is not None


@pytest.mark.parametrize("name", ["notice_open", "notice_read"])
def test_notices_of_others_are_not_there(client_of, outsider, sales_rep, name):
    notice = NoticeFactory(to=sales_rep)
    assert client_of(outsider).post(reverse(f"notices:{name}", args=[notice.pk])).status_code == 404
    notice.refresh_from_db()
    assert notice.read_at is None


def test_all_are_marked_at_once_and_the_bell_counts(client_of, sales_rep, liaison):
    for person in (sales_rep, sales_rep, liaison):
        NoticeFactory(to=person)
    client = client_of(sales_rep)
    assert ">2<" in client.get(reverse("notices:notice_count")).content.decode()
    client.post(reverse("notices:notice_read_all"))
    assert client.get(reverse("notices:notice_count")).content.strip() == b""
    assert Notice.objects.unread().count() == 1


def test_filter_by_kind_and_paging(client_of, sales_rep):
    NoticeFactory.create_batch(31, to=sales_rep, kind="job_ended", subject="ended")
    NoticeFactory(to=sales_rep, kind="answered", subject="the answer")
    client = client_of(sales_rep)
    only = client.get(reverse("notices:notice_list") + "?kind=answered").content.decode()
    assert "the answer" in only
    assert "ended</button>" not in only
    assert client.get(reverse("notices:notice_list") + "?page=2").content.decode().count("ended</button>") == 2
    for bad in ("?page=0", "?page=x", "?page=999999999", "?kind=<script>"):
        assert client.get(reverse("notices:notice_list") + bad).status_code == 200


def test_preferences_are_kept_per_kind(client_of, sales_rep):
    client, url = client_of(sales_rep), reverse("notices:preference_edit")
    fields = {name: field.initial for name, field in client.get(url).context["form"].fields.items()}
    assert client.post(url, {**fields, "answered-channel": "none", "answered-rhythm": "daily"}).status_code == 302
    row = Preference.objects.get(user=sales_rep)
    assert (row.kind, row.channel, row.rhythm) == ("answered", "none", "daily")


@pytest.mark.parametrize("change", [{"must-channel": "none"}, {"answered-channel": "pigeon"}, {"answered-rhythm": ""}])
def test_wrong_preferences_are_refused(client_of, sales_rep, change):
    client, url = client_of(sales_rep), reverse("notices:preference_edit")
    fields = {name: field.initial for name, field in client.get(url).context["form"].fields.items()}
    assert client.post(url, {**fields, **change}).status_code == 422
    assert not Preference.objects.exists()


def test_calendar_shows_holidays_and_says_what_it_does_not_know(client_of, sales_rep):
    client, url = client_of(sales_rep), reverse("notices:calendar_day_list")
    known = client.get(url + "?year=2026").content.decode()
    assert "春节" in known
    assert "国办发明电" in known
    assert "not known yet" not in known
    assert "not known yet" in client.get(url + "?year=2031").content.decode()
    assert client.get(url + "?year=99999").status_code == 200


def test_administrator_adds_and_removes_a_company_day(client_of, admin):
    client = client_of(admin)
    answer = client.post(reverse("notices:calendar_day_create"), {"day": "2026-06-01", "is_workday": "no", "name": "司庆"})
    assert answer.url.endswith("?year=2026")
    day = CalendarDay.objects.get()
    assert (day.day, day.is_workday, day.changed_by) == (date(2026, 6, 1), False, admin)
    again = client.post(reverse("notices:calendar_day_create"), {"day": "2026-06-01", "is_workday": "yes", "name": "司庆"})
    assert again.status_code == 422
    client.post(reverse("notices:calendar_day_delete", args=[day.pk]))
    assert not CalendarDay.objects.exists()


@pytest.mark.parametrize("data", [{}, {"day": "1066-10-14", "is_workday": "no", "name": "x"}, {"day": "2026-02-30", "is_workday": "no", "name": "x"}])
def test_wrong_days_are_refused(client_of, admin, data):
    assert client_of(admin).post(reverse("notices:calendar_day_create"), data).status_code == 422


def test_others_may_only_look_at_the_calendar(client_of, sales_rep):
    client, day = client_of(sales_rep), CalendarDayFactory()
    assert client.get(reverse("notices:calendar_day_create")).status_code == 403
    assert client.post(reverse("notices:calendar_day_delete", args=[day.pk])).status_code == 403
