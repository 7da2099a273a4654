"""Dates of a plan on workdays: forward from the start, backward from go-live, or fitted between both."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from foundation.integrity import Refused
from foundation.periods import WorkingCalendar, working_calendar
from implementation.phase_template import SHORTEST_WORKDAYS, STANDARD_WORKDAYS, TEMPLATE, PhasePlan


class CannotPlan(Refused):
    """The dates leave no room for a plan."""


@dataclass(frozen=True)
class PlannedPhase:
    """A phase of the template with its dates."""

    template: PhasePlan
    start: date
    end: date
    workdays: int

    def day_at(self, part: float, calendar: WorkingCalendar) -> date:
        """The workday after which ``part`` of the phase is over."""
        days = calendar.workdays_between(self.start, self.end) or [self.end]
        return days[max(0, min(len(days), round(part * len(days))) - 1)]


@dataclass(frozen=True)
class Plan:
    """Phases with dates; ``workdays`` from the first day to go-live."""

    starts_on: date
    go_live_on: date
    workdays: int
    phases: list[PlannedPhase]


def shift_workdays(day: date, count: int, calendar: WorkingCalendar) -> date:
    """The workday that lies ``count`` workdays after (negative: before) a day; zero gives the day or the next workday."""
    step = timedelta(days=-1 if count < 0 else 1)
    while not calendar.is_workday(day):
        day += step
    for _n in range(abs(count)):
        day += step
        while not calendar.is_workday(day):
            day += step
    return day


def compute_plan(*, starts_on: date | None = None, go_live_on: date | None = None, calendar: WorkingCalendar | None = None) -> Plan:
    """The six phases with dates; one date gives the standard length from there, both are kept and the phases fitted between."""
    calendar = calendar or working_calendar()
    if starts_on and go_live_on and go_live_on <= starts_on:
        raise CannotPlan(_("Go-live must come after the start."))
    if starts_on is None and go_live_on is None:
        raise CannotPlan(_("Give the start, the go-live date, or both."))
    if go_live_on is not None and not calendar.is_workday(go_live_on) and starts_on is None:
        go_live_on = shift_workdays(go_live_on, -1, calendar)
    first = starts_on or shift_workdays(go_live_on, -(STANDARD_WORKDAYS - 1), calendar)  # type: ignore[arg-type]
    last = go_live_on or shift_workdays(first, STANDARD_WORKDAYS - 1, calendar)
    days = calendar.workdays_between(first, last)
    if len(days) < SHORTEST_WORKDAYS:
        raise CannotPlan(
            ngettext(
                "Only %(count)s workday lies between start and go-live; a rollout needs at least %(least)s.",
                "Only %(count)s workdays lie between start and go-live; a rollout needs at least %(least)s.",
                len(days),
            )
            % {"count": len(days), "least": SHORTEST_WORKDAYS}
        )
    return Plan(first, last, len(days), [_placed(phase, days, last, calendar) for phase in TEMPLATE])


def _placed(phase: PhasePlan, days: Sequence[date], go_live: date, calendar: WorkingCalendar) -> PlannedPhase:
    """A phase before go-live gets its part of the days, one after go-live its standard length."""
    scale = len(days) / STANDARD_WORKDAYS
    if phase.first >= STANDARD_WORKDAYS:
        start = shift_workdays(go_live + timedelta(days=1), phase.first - STANDARD_WORKDAYS, calendar)
        length = phase.last - phase.first
        return PlannedPhase(phase, start, shift_workdays(start, length - 1, calendar), length)
    first = min(round(phase.first * scale), len(days) - 1)
    last = max(first, min(round(phase.last * scale), len(days)) - 1)
    end = go_live if last == len(days) - 1 else days[last]
    return PlannedPhase(phase, days[first], end, last - first + 1)


def plan_wave(*, kinds: Sequence[str], go_live_on: date, calendar: WorkingCalendar | None = None) -> list[PlannedPhase]:
    """The chosen phases of a wave in standard length, backward from its own go-live date."""
    calendar = calendar or working_calendar()
    found = []
    for phase in TEMPLATE:
        if phase.kind in kinds:
            end = shift_workdays(go_live_on, phase.last - STANDARD_WORKDAYS, calendar)
            start = shift_workdays(go_live_on, phase.first - STANDARD_WORKDAYS + 1, calendar)
            if phase.last == STANDARD_WORKDAYS:
                end = go_live_on
            found.append(PlannedPhase(phase, min(start, end), end, len(calendar.workdays_between(start, end))))
    return found
