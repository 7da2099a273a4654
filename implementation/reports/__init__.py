"""What pages, PDF and workbooks say about a rollout; figures are counted, never typed in."""

from implementation.reports.activity import Change, Story, story_between
from implementation.reports.cockpit import Cockpit, PhaseLine, cockpit_of, decisions_of, phase_lines
from implementation.reports.matrix import Matrix, register_matrix
from implementation.reports.ownership import owned_by
from implementation.reports.status import status_columns, status_report, status_rows
from implementation.reports.timeline import gantt_tasks, plan_rows

__all__ = [
    "Change",
    "Cockpit",
    "Matrix",
    "PhaseLine",
    "Story",
    "cockpit_of",
    "decisions_of",
    "gantt_tasks",
    "owned_by",
    "phase_lines",
    "plan_rows",
    "register_matrix",
    "status_columns",
    "status_report",
    "status_rows",
    "story_between",
]
