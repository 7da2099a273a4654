"""Periods and working time: workdays of mainland China with the company's own exceptions, and office hours."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from django.apps import apps
from django.conf import settings
from django.utils import timezone

DATA = Path(__file__).resolve().parent / "data" / "workdays_cn.json"
ONE_DAY = timedelta(days=1)
FAR = 3660  # days after which a calendar without any workday is taken for broken


class Period(NamedTuple):
    """Days from first to last, both included."""

    first: date
    last: date

    def days(self) -> list[date]:
        """Each day of the period."""
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]


def last_days(n: int, today: date) -> Period:
    """The n days that end with today: ``UsageDay.objects.between(*last_days(28, today))``."""
    return Period(today - timedelta(days=n - 1), today)


@dataclass(frozen=True)
class PublicCalendar:
    """What the State Council announced, by day."""

    off: dict[date, str]
    work: frozenset[date]
    years: frozenset[int]
    announcements: dict[int, str]


@cache
def public_calendar() -> PublicCalendar:
    """The announced holidays and make-up workdays, from the data file."""
    content: dict[str, Any] = json.loads(DATA.read_text(encoding="utf-8"))["years"]
    off = {
        day: name
        for year in content.values()
        for first, last, name in year["off"]
        for day in Period(date.fromisoformat(first), date.fromisoformat(last)).days()
    }
    work = frozenset(date.fromisoformat(day) for year in content.values() for day in year["work"])
    return PublicCalendar(off, work, frozenset(map(int, content)), {int(year): row["announcement"] for year, row in content.items()})


@dataclass(frozen=True)
class WorkingCalendar:
    """Workdays and office hours; ``own`` are the company's exceptions (day: whether people work), which win over the public ones."""

    own: dict[date, bool] = field(default_factory=dict)
    hours: tuple[tuple[time, time], ...] = ()

    def is_workday(self, day: date) -> bool:
        """Whether people work on the day: the company's exception, then the announcement, then the week."""
        if day in self.own:
            return self.own[day]
        public = public_calendar()
        if day in public.work:
            return True
        return day not in public.off and day.weekday() < 5

    def next_workday(self, day: date) -> date:
        """The first workday after the day."""
        return next(found for found in self._days_from(day + ONE_DAY) if self.is_workday(found))

    def workdays_between(self, first: date, last: date) -> list[date]:
        """The workdays from first to last, both included."""
        return [day for day in Period(first, last).days() if self.is_workday(day)]

    def spans(self, day: date) -> list[tuple[datetime, datetime]]:
        """The office hours of a day in local time; none on a day off."""
        if not self.is_workday(day):
            return []
        return [(timezone.make_aware(datetime.combine(day, start)), timezone.make_aware(datetime.combine(day, end))) for start, end in self.hours]

    def working_time_between(self, start: datetime, end: datetime) -> timedelta:
        """Office time from start to end; negative when end comes first."""
        if end < start:
            return -self.working_time_between(end, start)
        total = timedelta()
        for day in Period(timezone.localdate(start), timezone.localdate(end)).days():
            for opens, closes in self.spans(day):
                total += max(timedelta(), min(closes, end) - max(opens, start))
        return total

    def add_working_time(self, start: datetime, amount: timedelta) -> datetime:
        """The moment at which the office time after start has passed; start itself for nothing."""
        if amount <= timedelta():
            return start
        left = amount
        for day in self._days_from(timezone.localdate(start)):
            for opens, closes in self.spans(day):
                opens = max(opens, start)
                if closes > opens:
                    if closes - opens >= left:
                        return opens + left
                    left -= closes - opens
        raise AssertionError("unreachable")

    def _days_from(self, day: date) -> Iterator[date]:
        for n in range(FAR):
            yield day + timedelta(days=n)
        raise ValueError("The working calendar has no workday within ten years.")


def office_hours() -> tuple[tuple[time, time], ...]:
    """The office hours of a workday from ``settings.OFFICE_HOURS`` (``09:00-12:00,13:30-18:00``)."""
    return tuple(tuple(time.fromisoformat(end.strip()) for end in span.split("-")) for span in settings.OFFICE_HOURS)  # type: ignore[misc]


def working_calendar() -> WorkingCalendar:
    """The calendar in force, read with one query; fetch it once when many rows are computed, and pass it on."""
    rows = apps.get_model("notices", "CalendarDay").objects.values_list("day", "is_workday")
    return WorkingCalendar(own=dict(rows), hours=office_hours())


def has_public_data(year: int) -> bool:
    """Whether the year's public holidays are known; else weekends alone are days off."""
    return year in public_calendar().years


def is_workday(day: date, *, calendar: WorkingCalendar | None = None) -> bool:
    """Whether people work on the day."""
    return (calendar or working_calendar()).is_workday(day)


def next_workday(day: date, *, calendar: WorkingCalendar | None = None) -> date:
    """The first workday after the day."""
    return (calendar or working_calendar()).next_workday(day)


def add_working_hours(start: datetime, hours: float, *, calendar: WorkingCalendar | None = None) -> datetime:
    """The moment at which so many office hours after start have passed."""
    return (calendar or working_calendar()).add_working_time(start, timedelta(hours=float(hours)))


def working_hours_between(start: datetime, end: datetime, *, calendar: WorkingCalendar | None = None) -> float:
    """Office hours from start to end."""
    return (calendar or working_calendar()).working_time_between(start, end) / timedelta(hours=1)
