"""Whose home answers the three questions with which cards, and where each role starts on the first day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from foundation.people.access import access_of
from foundation.people.models import User
from foundation.reading import Asking, side_by_side
from foundation.ui.cards import Card, Question

# Role -> cards by the name of their function, the most telling first. A card whose permission is missing stays away by itself.
HOMES: dict[str, tuple[str, ...]] = {
    "sales_rep": ("follow_ups", "my_learning", "slipping_deals", "quiet_accounts", "closing_month", "pipeline"),
    "key_user": ("follow_ups", "my_learning", "slipping_deals", "unconfirmed", "closing_month", "pipeline"),
    "sales_manager": ("follow_ups", "pool", "slipping_deals", "team_pace", "closing_month", "pipeline", "adoption_trend"),
    "project_manager": ("change_decisions", "next_gate", "owed_documents", "unconfirmed", "late_tickets", "go_live", "adoption_trend"),
    "consultant": ("team_queue", "change_decisions", "next_gate", "unconfirmed", "owed_documents", "go_live", "adoption_trend"),
    "developer": ("team_queue", "change_decisions", "late_tickets", "next_gate", "backlog_decisions", "adoption_trend", "go_live"),
    "liaison": ("liaison_queue", "department_confirmations", "overdue_learners", "training_progress", "adoption_trend"),
    "trainer": ("my_learning", "documents", "overtaken_procedures", "overdue_learners", "training_progress", "go_live"),
    "sponsor": ("documents", "change_decisions", "next_gate", "backlog_decisions", "go_live", "adoption_by_department", "adoption_trend"),
    "executive": ("documents", "next_gate", "backlog_decisions", "slipping_deals", "go_live", "adoption_by_department", "closing_month"),
    "service_agent": ("follow_ups", "my_learning", "quiet_accounts", "my_reports", "recent_contacts", "customer_base"),
    "marketing": ("my_learning", "my_reports", "quiet_accounts", "slipping_deals", "customer_base"),
    "finance": ("documents", "my_learning", "slipping_deals", "closing_month", "pipeline"),
    "auditor": ("documents", "change_decisions", "waivers", "next_gate", "unconfirmed", "go_live", "adoption_by_department"),
    "administrator": ("people_without_post", "failed_jobs", "sign_in_security", "job_load", "organisation", "go_live"),
}
EVERYBODY = ("my_learning", "my_reports", "follow_ups", "documents")
PER_QUESTION = 4

QUESTIONS = (
    (Question.WAITS, _("What waits for me"), "inbox"),
    (Question.RISK, _("What is at risk"), "alert-triangle"),
    (Question.DOING, _("How are we doing"), "chart-line"),
)

# Role -> where to start: words and the url name behind them.
STARTS: dict[str, tuple[tuple[Any, str], ...]] = {
    "sales_rep": (
        (_("Look at your customers"), "crm_core:account_mine"),
        (_("Log what just happened"), "crm_core:activity_create"),
        (_("Do your first procedure"), "training:home"),
    ),
    "sales_manager": (
        (_("See the team's pipeline"), "crm_core:opportunity_board"),
        (_("Hand out accounts of the pool"), "crm_core:account_pool"),
        (_("See how the CRM is taken up"), "feedback:adoption"),
    ),
    "project_manager": (
        (_("Open the rollout and its next gate"), "implementation:rollout_list"),
        (_("Bring in the requirements"), "requirements_mgmt:requirement_list"),
        (_("See what people report"), "feedback:team_desk"),
    ),
    "liaison": (
        (_("Answer what your people ask"), "feedback:liaison_desk"),
        (_("Confirm what was written down"), "requirements_mgmt:confirmation_list"),
        (_("See how far your people have learnt"), "training:progress"),
    ),
    "trainer": (
        (_("Write or renew procedures"), "training:procedure_list"),
        (_("See who is behind"), "training:progress"),
        (_("Keep the user guide"), "guide_home"),
    ),
    "sponsor": (
        (_("Look at the gates"), "implementation:rollout_list"),
        (_("Sign what waits"), "docs_site:signature_list"),
        (_("See how the CRM is taken up"), "feedback:adoption"),
    ),
    "developer": (
        (_("Take a report from the team desk"), "feedback:team_desk"),
        (_("Read the requirements"), "requirements_mgmt:requirement_list"),
        (_("See the backlog"), "feedback:backlog_list"),
    ),
    "administrator": (
        (_("Create departments and posts"), "people:department_list"),
        (_("Import people"), "people:import_create"),
        (_("Look after background jobs"), "jobs:job_list"),
    ),
}
STARTS |= {"key_user": STARTS["sales_rep"], "consultant": STARTS["developer"], "executive": STARTS["sponsor"]}
STARTS_OF_ALL = (
    (_("Read your manual"), "training:manual"),
    (_("Do your first procedure"), "training:home"),
    (_("Report what does not work"), "feedback:ticket_create"),
)


@dataclass(frozen=True)
class Column:
    """One of the three questions with its cards."""

    question: Question
    title: Any
    icon: str
    cards: list[Card]


def roles_held(user: User) -> list[str]:
    """The roles of the posts held today, the main one first."""
    return list(dict.fromkeys(post.role.key for post in access_of(user).posts))


def card_names(role_keys: Iterable[str]) -> list[str]:
    """The cards of one's roles, those of the main post first, none twice."""
    names = [name for role in role_keys for name in HOMES.get(role, ())]
    return list(dict.fromkeys(names or EVERYBODY))


def columns_of(user: User, today: date) -> Asking[list[Column]]:
    """The three questions, each with at most four cards; an app that is not installed leaves no gap."""
    known = {dotted.rpartition(".")[2]: dotted for dotted in settings.HOME_CARDS}
    cards = yield from side_by_side(*(import_string(known[name])(user, today) for name in card_names(roles_held(user)) if name in known))
    found: dict[Question, list[Card]] = {question: [] for question, _title, _icon in QUESTIONS}
    for card in cards:
        if card is not None and len(found[card.question]) < PER_QUESTION:
            found[card.question].append(card)
    return [Column(question, title, icon, found[question]) for question, title, icon in QUESTIONS]


def starts_of(user: User) -> tuple[tuple[Any, str], ...]:
    """Where a person of this role starts: three steps as words and url names."""
    return next((STARTS[role] for role in roles_held(user) if role in STARTS), STARTS_OF_ALL)
