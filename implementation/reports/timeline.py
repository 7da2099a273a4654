from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from implementation.models import Milestone, Phase, Rollout


@dataclass(frozen=True)
class PlanRow:
    """A line of the plan's table: a phase or a milestone with planned, forecast and actual dates."""

    kind: str
    row: Phase | Milestone
    planned_start: date | None
    planned_end: date
    forecast: date | None
    actual: date | None
    slip: int
    state: str
    tone: str
    url: str
    edit_url: str = ""


def plan_rows(rollout: Rollout, today: date) -> list[PlanRow]:
    """Phases in order, each followed by its milestones."""
    milestones: dict[int, list[Milestone]] = {}
    for milestone in rollout.milestones.select_related("owner"):
        milestones.setdefault(milestone.phase_id, []).append(milestone)
    tones = {"passed": "good", "running": "info", "late": "bad", "ahead": "neutral"}
    rows = []
    for phase in rollout.phases.with_gate():
        state = phase.state_on(today)
        rows.append(
            PlanRow(
                "phase", phase, phase.planned_start, phase.planned_end, phase.forecast_end, phase.actual_end, phase.slip,
                str(state.label), tones[state.value], phase.get_absolute_url(),
            )
        )  # fmt: skip
        rows += [_milestone_row(one, today) for one in milestones.get(phase.pk, [])]
    return rows


def _milestone_row(milestone: Milestone, today: date) -> PlanRow:
    if milestone.actual_on:
        state, tone = _("Reached"), "good"
    elif milestone.is_overdue(today):
        state, tone = _("Overdue"), "bad"
    else:
        state, tone = _("Ahead"), "watch" if milestone.slip > 0 else "neutral"
    return PlanRow(
        "milestone",
        milestone,
        None,
        milestone.planned_on,
        milestone.forecast_on,
        milestone.actual_on,
        milestone.slip,
        state,
        tone,
        milestone.get_absolute_url(),
    )  # fmt: skip


def gantt_tasks(rollout: Rollout, today: date) -> list[dict[str, Any]]:
    """Bars for the Gantt chart: each phase as planned, under it as it goes; milestones as days."""
    tasks: list[dict[str, Any]] = []
    previous: dict[int | None, str] = {}
    for row in plan_rows(rollout, today):
        if isinstance(row.row, Phase):
            key = f"phase-{row.row.pk}"
            after = previous.get(row.row.wave_id, "")
            tasks.append(_task(key, str(row.row), row.row.planned_start, row.planned_end, "plan", row, after))
            previous[row.row.wave_id] = key
            if row.row.actual_start or row.row.forecast_end:
                start = row.row.actual_start or row.row.planned_start
                end = max(start, row.row.expected_end if row.row.actual_end or row.row.forecast_end else max(today, row.planned_end))
                kind = "late" if row.slip > 0 or row.tone == "bad" else "actual"
                name = _("%(phase)s, as it goes") % {"phase": row.row}
                tasks.append(_task(f"{key}-real", name, start, end, kind, row))
        else:
            day = row.row.expected_on
            kind = {"good": "milestone-reached", "neutral": "milestone"}.get(row.tone, "milestone-late")
            tasks.append(_task(f"milestone-{row.row.pk}", f"◆ {row.row}", day, day, kind, row))
    return tasks


def _task(key: str, name: str, start: date, end: date, kind: str, row: PlanRow, after: str = "") -> dict[str, Any]:
    planned = f"{date_format(row.planned_start, 'SHORT_DATE_FORMAT')} – " if row.planned_start else ""
    facts = [_("Planned: %(dates)s") % {"dates": planned + date_format(row.planned_end, "SHORT_DATE_FORMAT")}]
    if row.forecast:
        facts.append(_("Forecast: %(day)s") % {"day": date_format(row.forecast, "SHORT_DATE_FORMAT")})
    if row.actual:
        facts.append(_("Reached: %(day)s") % {"day": date_format(row.actual, "SHORT_DATE_FORMAT")})
    if row.slip:
        facts.append(_("Slip: %(days)s days") % {"days": row.slip})
    return {
        "id": key,
        "name": name,
        "start": start.isoformat(),
        "end": end.isoformat(),
        "progress": 100 if row.actual else 0,
        "dependencies": after,
        "custom_class": f"bar-{kind}",
        "state": row.state,
        "facts": facts,
        "url": row.url,
    }
