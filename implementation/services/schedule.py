"""Dates move: phases and milestones with planned, forecast and actual days; who moves a plan says why."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from foundation.integrity import Refused, claim_version
from foundation.people.models import User
from foundation.periods import working_calendar
from foundation.usage.models import Verb
from foundation.usage.services import record
from implementation import notices
from implementation.models import Milestone, Phase, PlanChange, Rollout
from implementation.services.plan import shift_workdays
from implementation.services.rollout import require_open


class CannotChangePlan(Refused):
    """The dates cannot be changed like this."""


@dataclass(frozen=True)
class Move:
    """A planned date of one row, before and after."""

    field: str
    before: date
    after: date


def _moves(row: Phase | Milestone, values: dict[str, Any], fields: Iterable[str]) -> list[Move]:
    return [Move(name, getattr(row, name), values[name]) for name in fields if name in values and values[name] != getattr(row, name)]


def _note_moves(row: Phase | Milestone, moves: list[Move], reason: str, by: User, now: datetime) -> None:
    if moves and not reason.strip():
        raise CannotChangePlan(_("Say why the planned date moves; the reason is kept with the change."))
    target: dict[str, Any] = {"milestone": row} if isinstance(row, Milestone) else {"phase": row}
    for move in moves:
        PlanChange.objects.create(
            rollout=row.rollout, field=move.field, before=move.before, after=move.after, reason=reason.strip(), changed_by=by, changed_at=now, **target
        )


@transaction.atomic
def change_phase(*, phase: Phase, sent_version: int, values: dict[str, Any], by: User, now: datetime, reason: str = "", move_followers: bool = False) -> Phase:
    """Save a phase's dates; a moved plan leaves a reason, and the phases after it may follow by as many workdays."""
    require_open(phase.rollout)
    moves = _moves(phase, values, ("planned_start", "planned_end"))
    claim_version(phase, sent_version)
    _note_moves(phase, moves, reason, by, now)
    old_end = phase.planned_end
    _save_phase(phase, values)
    if move_followers and phase.planned_end != old_end:
        _move_followers(phase, old_end, reason, by, now)
    record(by=by, feature="rollout.phase.update", verb=Verb.UPDATE, obj=phase)
    return phase


def _save_phase(phase: Phase, values: dict[str, Any]) -> None:
    """The gate meeting stays on the phase's last day when it was there."""
    old_end = phase.planned_end
    for name, value in values.items():
        setattr(phase, name, value)
    phase.save()
    gate = phase.gate
    if gate.held_on == old_end and phase.planned_end != old_end:
        gate.held_on = phase.planned_end
        gate.save()


def _move_followers(phase: Phase, old_end: date, reason: str, by: User, now: datetime) -> None:
    """Later phases of the same track and their open milestones and documents move by the same number of workdays."""
    calendar = working_calendar()
    early, late = sorted((old_end, phase.planned_end))
    count = len(calendar.workdays_between(early, late)) - 1
    count = count if phase.planned_end > old_end else -count
    if not count:
        return
    followers = Phase.objects.filter(rollout=phase.rollout, wave=phase.wave_id, order__gt=phase.order, actual_end__isnull=True).select_related(
        "rollout", "gate"
    )
    for row in [phase, *followers]:
        if row.pk != phase.pk:
            values = {"planned_end": shift_workdays(row.planned_end, count, calendar)}
            if row.actual_start is None:
                values["planned_start"] = shift_workdays(row.planned_start, count, calendar)
            _note_moves(row, _moves(row, values, values), reason, by, now)
            _save_phase(row, values)
        for milestone in row.milestones.filter(actual_on__isnull=True).select_related("rollout"):
            values = {"planned_on": shift_workdays(milestone.planned_on, count, calendar)}
            _note_moves(milestone, _moves(milestone, values, values), reason, by, now)
            milestone.planned_on = values["planned_on"]
            milestone.save()
        for entry in row.register.unsigned():
            entry.due_on = shift_workdays(entry.due_on, count, calendar)
            entry.save()


@transaction.atomic
def start_phase(*, phase: Phase, sent_version: int, by: User, now: datetime) -> Phase:
    """The phase begins today."""
    require_open(phase.rollout)
    if phase.actual_start is not None:
        raise CannotChangePlan(_("This phase has already started."))
    claim_version(phase, sent_version)
    phase.actual_start = now.date()
    phase.save()
    record(by=by, feature="rollout.phase.advance", verb=Verb.ADVANCE, obj=phase)
    return phase


@transaction.atomic
def add_milestone(*, milestone: Milestone, by: User) -> Milestone:
    """A new milestone in a phase of its rollout."""
    require_open(milestone.rollout)
    milestone.save()
    record(by=by, feature="rollout.milestone.create", verb=Verb.CREATE, obj=milestone)
    return milestone


@transaction.atomic
def change_milestone(*, milestone: Milestone, sent_version: int, values: dict[str, Any], by: User, now: datetime, reason: str = "") -> Milestone:
    """Save a milestone; a moved plan leaves a reason, a later forecast is told to sponsor and project manager."""
    require_open(milestone.rollout)
    moves = _moves(milestone, values, ("planned_on",))
    claim_version(milestone, sent_version)
    _note_moves(milestone, moves, reason, by, now)
    expected = milestone.expected_on
    for name, value in values.items():
        setattr(milestone, name, value)
    milestone.save()
    if milestone.actual_on is None and milestone.expected_on > expected:
        notices.milestone_slipped(milestone, days=(milestone.expected_on - expected).days, by=by, now=now)
    record(by=by, feature="rollout.milestone.update", verb=Verb.UPDATE, obj=milestone)
    return milestone


@transaction.atomic
def reach_milestone(*, milestone: Milestone, sent_version: int, on: date, by: User, now: datetime) -> Milestone:
    """The milestone was reached on a day that is not in the future."""
    require_open(milestone.rollout)
    if on > now.date():
        raise CannotChangePlan(_("A milestone cannot have been reached in the future."))
    claim_version(milestone, sent_version)
    milestone.actual_on = on
    milestone.save()
    record(by=by, feature="rollout.milestone.advance", verb=Verb.ADVANCE, obj=milestone)
    return milestone


def changes_of(rollout: Rollout) -> Any:
    """Every moved date of the rollout, latest first."""
    return rollout.plan_changes.select_related("milestone", "phase__wave", "changed_by")
