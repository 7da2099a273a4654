from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.notices.models import CalendarDay
from foundation.periods import (
    WorkingCalendar,
    add_working_hours,
    has_public_data,
    is_workday,
    last_days,
    next_workday,
    office_hours,
    public_calendar,
    working_calendar,
    working_hours_between,
)

HERE = ZoneInfo("Asia/Shanghai")
FULL = 7.5

moments = st.datetimes(datetime(2024, 1, 1), datetime(2026, 12, 1), timezones=st.just(HERE))  # noqa: DTZ001
amounts = st.timedeltas(timedelta(0), timedelta(hours=200))
own_days = st.dictionaries(st.dates(date(2024, 1, 1), date(2027, 6, 1)), st.booleans(), max_size=8)


def calendar(own=None):
    return WorkingCalendar(own=own or {}, hours=office_hours())


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2024, 2, 9), True),  # the eve was worked in 2024
        (date(2024, 2, 18), True),  # a Sunday worked instead
        (date(2025, 10, 8), False),
        (date(2025, 9, 28), True),
        (date(2026, 2, 14), True),
        (date(2026, 2, 23), False),
        (date(2026, 10, 10), True),
        (date(2026, 3, 7), False),
        (date(2031, 5, 1), True),  # not announced: the week alone
    ],
)
def test_announced_days(day, works):
    assert calendar().is_workday(day) is works


@pytest.mark.parametrize(("year", "workdays"), [(2024, 251), (2025, 248), (2026, 248)])
def test_workdays_of_a_year(year, workdays):
    assert len(calendar().workdays_between(date(year, 1, 1), date(year, 12, 31))) == workdays


def test_the_data_is_consistent():
    public = public_calendar()
    assert not set(public.off) & public.work
    assert all(day.weekday() >= 5 for day in public.work)
    assert {day.year for day in public.off} == {2024, 2025, 2026} == set(public.years)
    assert has_public_data(2026)
    assert not has_public_data(2031)


@settings(max_examples=150, deadline=None)
@given(start=moments, amount=amounts, own=own_days)
def test_what_is_added_lies_between(start, amount, own):
    found = calendar(own).add_working_time(start, amount)
    assert calendar(own).working_time_between(start, found) == amount
    assert found >= start


@settings(max_examples=100, deadline=None)
@given(start=moments, first=amounts, second=amounts)
def test_more_time_never_ends_earlier(start, first, second):
    first, second = sorted([first, second])
    assert calendar().add_working_time(start, first) <= calendar().add_working_time(start, second)


@settings(max_examples=100, deadline=None)
@given(a=moments, b=moments, c=moments)
def test_time_between_adds_up(a, b, c):
    found = calendar()
    assert found.working_time_between(a, b) + found.working_time_between(b, c) == found.working_time_between(a, c)


def test_over_the_lunch_break_and_the_night():
    friday = datetime(2026, 3, 6, 11, 0, tzinfo=HERE)
    assert calendar().add_working_time(friday, timedelta(hours=2)) == datetime(2026, 3, 6, 14, 30, tzinfo=HERE)
    assert calendar().add_working_time(friday, timedelta(hours=6)) == datetime(2026, 3, 9, 9, 30, tzinfo=HERE)
    assert calendar().add_working_time(friday, timedelta(hours=5.5)) == datetime(2026, 3, 6, 18, 0, tzinfo=HERE)


def test_a_company_day_wins_over_the_public_calendar(db):
    CalendarDay.objects.create(day=date(2026, 10, 1), is_workday=True, name="盘点")
    CalendarDay.objects.create(day=date(2026, 3, 9), is_workday=False, name="司庆")
    assert is_workday(date(2026, 10, 1))
    assert not is_workday(date(2026, 3, 9))
    assert next_workday(date(2026, 3, 6)) == date(2026, 3, 10)
    friday = datetime(2026, 3, 6, 17, 0, tzinfo=HERE)
    assert add_working_hours(friday, 2) == datetime(2026, 3, 10, 10, 0, tzinfo=HERE)
    assert working_hours_between(friday, datetime(2026, 3, 10, 10, 0, tzinfo=HERE)) == 2.0


def test_calendar_is_one_query(db, django_assert_num_queries):
    with django_assert_num_queries(1):
        found = working_calendar()
        found.add_working_time(datetime(2026, 3, 6, 11, 0, tzinfo=HERE), timedelta(hours=300))


def test_office_hours_come_from_settings(settings):
    settings.OFFICE_HOURS = ["08:00-12:00"]
    assert working_hours_between(datetime(2026, 3, 2, 0, 0, tzinfo=HERE), datetime(2026, 3, 4, 0, 0, tzinfo=HERE), calendar=calendar()) == 8


def test_a_calendar_without_workdays_is_an_error():
    never = WorkingCalendar(own={date(2026, 1, 1) + timedelta(days=n): False for n in range(4000)}, hours=office_hours())
    with pytest.raises(ValueError, match="no workday"):
        never.next_workday(date(2026, 1, 1))


def test_last_days_end_today():
    period = last_days(28, date(2026, 3, 28))
    assert period == (date(2026, 3, 1), date(2026, 3, 28))
    assert len(period.days()) == 28
