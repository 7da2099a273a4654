"""A rollout's life: created from the template, started, paused, closed; waves and goals."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from foundation.integrity import Refused, claim_version
from foundation.people.access import access_of
from foundation.people.models import Department, User
from foundation.periods import WorkingCalendar, working_calendar
from foundation.reading import Asking
from foundation.search.services import index
from foundation.usage.models import Verb
from foundation.usage.services import record
from implementation.models import (
    Gate,
    GateCriterion,
    Goal,
    Milestone,
    Phase,
    RegisterEntry,
    Rollout,
    RolloutState,
    TeamMember,
    TeamRole,
    Wave,
    known_checks,
)
from implementation.services.plan import PlannedPhase, compute_plan, plan_wave


class CannotChangeRollout(Refused):
    """The rollout is not in a state in which this may be done."""


@dataclass(frozen=True)
class WaveSpec:
    """A wave as the wizard gives it."""

    name: str
    departments: Sequence[Department]
    name_en: str = ""
    go_live_on: date | None = None
    kinds: Sequence[str] = field(default_factory=tuple)


MOVES = {
    RolloutState.PREPARING: (RolloutState.RUNNING, RolloutState.CANCELLED),
    RolloutState.RUNNING: (RolloutState.PAUSED, RolloutState.CLOSED, RolloutState.CANCELLED),
    RolloutState.PAUSED: (RolloutState.RUNNING, RolloutState.CLOSED, RolloutState.CANCELLED),
    RolloutState.CLOSED: (RolloutState.RUNNING,),
    RolloutState.CANCELLED: (RolloutState.PREPARING,),
}


def require_open(rollout: Rollout) -> None:
    """Refuse to change what belongs to a closed or cancelled rollout."""
    if not rollout.is_open:
        raise CannotChangeRollout(_("The rollout “%(rollout)s” is closed. Re-open it before you change anything.") % {"rollout": rollout})


def index_rollout(rollout: Rollout) -> None:
    """Make the rollout findable by code, both names and goal."""
    index(rollout, **rollout.search_entry())


@transaction.atomic
def create_rollout(
    *,
    code: str,
    name: str,
    sponsor: User,
    project_manager: User,
    department: Department,
    departments: Iterable[Department],
    by: User,
    now: datetime,
    name_en: str = "",
    starts_on: date | None = None,
    go_live_on: date | None = None,
    goal: str = "",
    waves: Sequence[WaveSpec] = (),
) -> Rollout:
    """A new rollout with phases, gates, milestones and owed documents of the template, planned on workdays."""
    if sponsor == project_manager:
        raise CannotChangeRollout(_("Sponsor and project manager must be two people."))
    calendar = working_calendar()
    plan = compute_plan(starts_on=starts_on, go_live_on=go_live_on, calendar=calendar)
    rollout = Rollout(
        code=code, name=name, name_en=name_en, sponsor=sponsor, project_manager=project_manager, department=department, goal=goal,
        starts_on=plan.starts_on, go_live_on=plan.go_live_on,
    )  # fmt: skip
    rollout.save()
    rollout.departments.set(departments)
    for user, role, share in ((sponsor, TeamRole.SPONSOR, 10), (project_manager, TeamRole.PROJECT_MANAGER, 80)):
        TeamMember.objects.create(rollout=rollout, user=user, role=role, share=share, starts_on=min(plan.starts_on, now.date()))
    make_phases(rollout, plan.phases, calendar)
    for spec in waves:
        add_wave(rollout=rollout, spec=spec, by=by, calendar=calendar)
    index_rollout(rollout)
    record(by=by, feature="rollout.rollout.create", verb=Verb.CREATE, obj=rollout)
    return rollout


def make_phases(rollout: Rollout, planned: Iterable[PlannedPhase], calendar: WorkingCalendar, wave: Wave | None = None) -> list[Phase]:
    """Phases with what the template gives each: gate and criteria, milestones, owed documents."""
    holders = {member.role: member.user for member in rollout.team.select_related("user").order_by("-pk")}
    made = []
    for order, one in enumerate(planned, start=1):
        phase = Phase.objects.create(rollout=rollout, wave=wave, kind=one.template.kind, order=order, planned_start=one.start, planned_end=one.end)
        for milestone in one.template.milestones:
            Milestone.objects.create(
                rollout=rollout, phase=phase, name=milestone.name, name_en=milestone.name_en, planned_on=one.end, owner=rollout.project_manager
            )
        for owed in one.template.documents:
            RegisterEntry.objects.create(
                rollout=rollout,
                phase=phase,
                title=owed.name,
                title_en=owed.name_en,
                kind=owed.kind,
                due_on=one.day_at(owed.at, calendar),
                owed_by=holders.get(owed.role, rollout.project_manager),
            )
        make_gate(phase, one, holders)
        made.append(phase)
    return made


def make_gate(phase: Phase, planned: PlannedPhase, holders: dict[str, User]) -> Gate:
    """The phase's gate: every installed check that wants this kind of phase, then the template's questions."""
    gate = Gate.objects.create(phase=phase, held_on=phase.planned_end)
    checks = [check for check in known_checks().values() if phase.kind in check.phases]
    for order, check in enumerate(checks, start=1):
        names = check.names()
        GateCriterion.objects.create(gate=gate, check_key=check.key, order=order, name=names["zh-hans"], name_en=names["en"], parameters=dict(check.parameters))
    for order, question in enumerate(planned.template.questions, start=len(checks) + 1):
        answerer = holders.get(question.role, phase.rollout.project_manager)
        GateCriterion.objects.create(gate=gate, check_key=GateCriterion.MANUAL, order=order, name=question.name, name_en=question.name_en, answerer=answerer)
    return gate


@transaction.atomic
def add_wave(*, rollout: Rollout, spec: WaveSpec, by: User, calendar: WorkingCalendar | None = None) -> Wave:
    """A batch of departments; with a go-live date of its own and kinds of phase it gets phases of its own, planned backward."""
    require_open(rollout)
    inside = set(rollout.departments.values_list("pk", flat=True))
    if {department.pk for department in spec.departments} - inside:
        raise CannotChangeRollout(_("A wave can only take departments of its rollout."))
    order = rollout.waves.count() + 1
    wave = Wave.objects.create(rollout=rollout, order=order, name=spec.name, name_en=spec.name_en, go_live_on=spec.go_live_on)
    wave.departments.set(spec.departments)
    if spec.kinds and spec.go_live_on:
        calendar = calendar or working_calendar()
        make_phases(rollout, plan_wave(kinds=spec.kinds, go_live_on=spec.go_live_on, calendar=calendar), calendar, wave)
    record(by=by, feature="rollout.wave.create", verb=Verb.CREATE, obj=wave)
    return wave


@transaction.atomic
def change_rollout(
    *, rollout: Rollout, sent_version: int, values: dict[str, Any], departments: Iterable[Department] | None, by: User, now: datetime
) -> Rollout:
    """Save what the form changed; a new sponsor or manager takes the seat on the team from today."""
    require_open(rollout)
    claim_version(rollout, sent_version)
    before = {TeamRole.SPONSOR: rollout.sponsor_id, TeamRole.PROJECT_MANAGER: rollout.project_manager_id}
    for field_name, value in values.items():
        setattr(rollout, field_name, value)
    if rollout.sponsor_id == rollout.project_manager_id:
        raise CannotChangeRollout(_("Sponsor and project manager must be two people."))
    if rollout.go_live_on <= rollout.starts_on:
        raise CannotChangeRollout(_("Go-live must come after the start."))
    rollout.save()
    if departments is not None:
        rollout.departments.set(departments)
    for role, user in ((TeamRole.SPONSOR, rollout.sponsor), (TeamRole.PROJECT_MANAGER, rollout.project_manager)):
        if user.pk != before[role]:
            _hand_over(rollout, role, user, now.date())
    index_rollout(rollout)
    record(by=by, feature="rollout.rollout.update", verb=Verb.UPDATE, obj=rollout)
    return rollout


def _hand_over(rollout: Rollout, role: str, user: User, today: date) -> None:
    for member in rollout.team.on(today).filter(role=role).exclude(user=user):
        if member.starts_on >= today:
            member.delete()
        else:
            member.ends_on = date.fromordinal(today.toordinal() - 1)
            member.save()
    if not rollout.team.on(today).filter(role=role, user=user).exists():
        TeamMember.objects.create(rollout=rollout, user=user, role=role, starts_on=today, share=10 if role == TeamRole.SPONSOR else 80)


@transaction.atomic
def move_rollout(*, rollout: Rollout, to: str, sent_version: int, by: User, now: datetime, note: str = "") -> Rollout:
    """Start, pause, close, cancel or re-open; closing wants a closing note and every gate passed or named in it."""
    if to not in MOVES[RolloutState(rollout.state)]:
        raise CannotChangeRollout(
            _("A rollout that is “%(state)s” cannot become “%(to)s”.") % {"state": rollout.get_state_display(), "to": RolloutState(to).label}
        )
    ending = to in (RolloutState.CLOSED, RolloutState.CANCELLED)
    if ending and not note.strip():
        raise CannotChangeRollout(_("Say in the closing note why the rollout ends and what is handed over to whom."))
    if to == RolloutState.CLOSED and (shut := open_gates(rollout)):
        raise CannotChangeRollout(
            _("%(count)s gates are not passed: %(gates)s. Pass them, or cancel the rollout.") % {"count": len(shut), "gates": ", ".join(map(str, shut))}
        )
    claim_version(rollout, sent_version)
    rollout.state = to
    rollout.closed_at = now if ending else None
    if note.strip():
        rollout.closing_note = note.strip()
    rollout.save()
    if to == RolloutState.RUNNING:
        first = rollout.phases.filter(wave__isnull=True).order_by("order").first()
        if first and first.actual_start is None:
            first.actual_start = now.date()
            first.save()
    record(by=by, feature="rollout.rollout.advance", verb=Verb.ADVANCE, obj=rollout)
    return rollout


def open_gates(rollout: Rollout) -> list[Gate]:
    """Gates without a standing passage."""
    return list(Gate.objects.filter(phase__rollout=rollout).shut().select_related("phase__wave").order_by("phase__order"))


@transaction.atomic
def save_goal(*, rollout: Rollout, goal: Goal, sent_version: int, values: dict[str, Any], by: User) -> Goal:
    """Add a goal or save a changed one."""
    require_open(rollout)
    if goal.pk:
        claim_version(goal, sent_version)
    for field_name, value in values.items():
        setattr(goal, field_name, value)
    goal.rollout = rollout
    goal.save()
    record(by=by, feature="rollout.goal.update", verb=Verb.UPDATE, obj=goal)
    return goal


FIRST = (RolloutState.RUNNING, RolloutState.PAUSED)


def _open_rollouts(user: Any) -> QuerySet[Rollout]:
    mine = Exists(TeamMember.objects.filter(rollout=OuterRef("pk"), user=user.pk))
    return Rollout.objects.visible_to(user, access_of(user)).open().annotate(mine=mine).order_by("-starts_on", "pk")


def _first(rows: Iterable[Any]) -> Rollout | None:
    ranks = {str(state): rank for rank, state in enumerate(FIRST)}
    # A handful of rows: the database would sort them no sooner.
    return min(rows, key=lambda row: (ranks.get(row.state, len(FIRST)), not row.mine), default=None)


def current_rollout(user: Any) -> Rollout | None:
    """The rollout a person stands in: running before paused before prepared, those with the person on the team first."""
    return _first(_open_rollouts(user)) if getattr(user, "is_authenticated", False) else None


def standing_in(user: Any) -> Asking[Rollout | None]:
    """The same, asked once for all parts of a page that want to know it."""
    rows = user.__dict__.setdefault("_open_rollouts", _open_rollouts(user))
    yield [rows]
    return _first(rows)
