"""Reading across requirements: use, impact, links, coverage, history and the people to ask."""

from requirements_mgmt.reports.confirmations import confirmations_of
from requirements_mgmt.reports.flow_lint import Finding, Lint, lint, open_findings
from requirements_mgmt.reports.flow_words import sentence
from requirements_mgmt.reports.impact import Impact, impact_of, pointing_at
from requirements_mgmt.reports.links import LinkEnd, links_of, suspect_ids
from requirements_mgmt.reports.matrix import AXES, Matrix, matrix_of
from requirements_mgmt.reports.ownership import owned_by
from requirements_mgmt.reports.people import meant_for, people_of_departments
from requirements_mgmt.reports.texts import changes_of_text, evidence_lines, history_of
from requirements_mgmt.reports.use import UseCount, attach_use, use_by_week, use_of_many, use_of_requirement
from requirements_mgmt.reports.waiting import confirmations_waiting, waiting_count

__all__ = [
    "AXES",
    "Finding",
    "Impact",
    "LinkEnd",
    "Lint",
    "Matrix",
    "UseCount",
    "attach_use",
    "changes_of_text",
    "confirmations_of",
    "confirmations_waiting",
    "evidence_lines",
    "history_of",
    "impact_of",
    "links_of",
    "lint",
    "matrix_of",
    "meant_for",
    "open_findings",
    "owned_by",
    "people_of_departments",
    "pointing_at",
    "sentence",
    "suspect_ids",
    "use_by_week",
    "use_of_many",
    "use_of_requirement",
    "waiting_count",
]
