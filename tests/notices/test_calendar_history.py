from datetime import date

from foundation.notices.models import CalendarDay
from foundation.notices.services import add_calendar_day, remove_calendar_day


def test_a_calendar_day_keeps_who_entered_and_who_removed_it(world):
    row = add_calendar_day(day=date(2026, 10, 9), is_workday=True, name="补班", by=world.admin)
    pk = row.pk
    remove_calendar_day(row=row, by=world.pm)
    entered, removed = CalendarDay.history.filter(id=pk).order_by("history_id")
    assert (entered.history_type, entered.history_user) == ("+", world.admin)
    assert (removed.history_type, removed.history_user, removed.name) == ("-", world.pm, "补班")
