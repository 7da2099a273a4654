"""The status report for sponsor and steering group: every figure computed on the day it is made."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from foundation.exports import Column
from implementation.models import Rollout, Status
from implementation.reports.cockpit import Cockpit, PhaseLine, cockpit_of, phase_lines
from implementation.reports.timeline import PlanRow, plan_rows

STATUS_TONES = {Status.MET: "good", Status.RISK: "watch", Status.NOT_MET: "bad"}


def status_report(rollout: Rollout, today: date) -> dict[str, Any]:
    """Context of the PDF: a summary page and one page per phase, gates not passed read live, passed ones as frozen."""
    cockpit: Cockpit = cockpit_of(rollout, today)
    rows = plan_rows(rollout, today)
    entries = list(rollout.register.with_documents())
    for entry in entries:
        entry.overdue = entry.is_overdue(today)  # type: ignore[attr-defined]
    pages = []
    for line in phase_lines(rollout, today, read="all"):
        pages.append(
            {
                "line": line,
                "milestones": [row for row in rows if row.kind == "milestone" and row.row.phase_id == line.phase.pk],  # type: ignore[union-attr]
                "entries": [entry for entry in entries if entry.phase_id == line.phase.pk],
                "criteria": criteria_lines(line),
            }
        )
    return {"rollout": rollout, "today": today, "cockpit": cockpit, "pages": pages, "goals": list(rollout.goals.all()), "rows": rows}


def criteria_lines(line: PhaseLine) -> list[dict[str, Any]]:
    """The criteria of a phase's gate in words: frozen ones of a passed gate, live ones otherwise."""
    if line.passage is not None:
        return [frozen_line(row) for row in line.passage.values.get("criteria", [])]
    return [
        {"name": str(one.criterion), "status": one.status, "tone": STATUS_TONES[one.status], "sentence": one.result.sentence, "waiver": one.waiver}
        for one in (line.reading.criteria if line.reading else [])
    ]


def frozen_line(row: dict[str, Any]) -> dict[str, Any]:
    """A frozen criterion in the reader's language."""
    english = (get_language() or "").startswith("en")
    status = Status(row["status"])
    sentences = row.get("sentence") or {}
    return {
        "name": (row.get("name_en") if english else "") or row.get("name", ""),
        "status": status,
        "tone": STATUS_TONES[status],
        "sentence": sentences.get("en" if english else "zh-hans", ""),
        "waiver": row.get("waiver"),
        "rows": row.get("rows", []),
        "criterion": row.get("criterion"),
    }


def status_columns() -> list[Column]:
    """Columns of the workbook."""
    return [
        Column(gettext_lazy("Phase"), "phase", width=22),
        Column(gettext_lazy("Kind"), "kind", width=14),
        Column(gettext_lazy("Name"), "name", width=40),
        Column(gettext_lazy("Person"), "person", width=16),
        Column(gettext_lazy("Planned"), "planned", "date"),
        Column(gettext_lazy("Forecast"), "forecast", "date"),
        Column(gettext_lazy("Reached or signed"), "actual", "date"),
        Column(gettext_lazy("Slip, days"), "slip", "number"),
        Column(gettext_lazy("State"), "state", width=16),
        Column(gettext_lazy("What it says"), "sentence", width=60),
    ]


def status_rows(rollout: Rollout, today: date) -> Iterator[dict[str, Any]]:
    """Every phase, criterion, milestone and owed document as one row of the workbook."""
    report = status_report(rollout, today)
    for page in report["pages"]:
        line: PhaseLine = page["line"]
        phase = str(line.phase)
        yield {
            "phase": phase, "kind": _("Phase"), "name": phase, "person": "", "planned": line.phase.planned_end, "forecast": line.phase.forecast_end,
            "actual": line.phase.actual_end, "slip": line.phase.slip, "state": line.state.label, "sentence": line.verdict_label,
        }  # fmt: skip
        for one in page["criteria"]:
            yield {"phase": phase, "kind": _("Criterion"), "name": one["name"], "state": one["status"].label, "sentence": one["sentence"]}
        yield from (_milestone(phase, row) for row in page["milestones"])
        for entry in page["entries"]:
            yield {
                "phase": phase,
                "kind": _("Document"),
                "name": str(entry),
                "person": str(entry.owed_by or ""),
                "planned": entry.due_on,
                "state": entry.state.label,
                "sentence": _("Version %(number)s is signed.") % {"number": entry.signed_number} if entry.is_signed else "",
            }


def _milestone(phase: str, row: PlanRow) -> dict[str, Any]:
    owner = getattr(row.row, "owner", None)
    return {
        "phase": phase, "kind": _("Milestone"), "name": str(row.row), "person": str(owner or ""), "planned": row.planned_end, "forecast": row.forecast,
        "actual": row.actual, "slip": row.slip, "state": row.state,
    }  # fmt: skip
