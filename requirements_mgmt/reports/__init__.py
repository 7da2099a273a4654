"""Reading across requirements: use, impact, links, coverage and the people to ask."""

from requirements_mgmt.reports.impact import Impact, impact_of
from requirements_mgmt.reports.links import LinkEnd, links_of, suspect_ids
from requirements_mgmt.reports.people import meant_for, people_of_departments
from requirements_mgmt.reports.todo import confirmations_waiting, waiting_count
from requirements_mgmt.reports.use import UseCount, use_by_week, use_of_many, use_of_requirement

__all__ = [
    "Impact",
    "LinkEnd",
    "UseCount",
    "confirmations_waiting",
    "impact_of",
    "links_of",
    "meant_for",
    "people_of_departments",
    "suspect_ids",
    "use_by_week",
    "use_of_many",
    "use_of_requirement",
    "waiting_count",
]
