"""What requirements put on a person's home: what nobody has confirmed, what the own department owes, changes to decide."""

from datetime import date
from typing import Any

from django.db.models import Count
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from foundation.people.access import access_of
from foundation.people.models import Department, User
from foundation.reading import Asking, counted
from foundation.ui.cards import Card, Line, Question, count, needs
from requirements_mgmt.models import ChangeRequest, Confirmation, Requirement

LINES = 3


def _list(**query: str | int) -> str:
    return f"{reverse('requirements_mgmt:requirement_list')}?" + "&".join(f"{key}={value}" for key, value in query.items())


@needs("requirements_mgmt.view_requirement")
def unconfirmed(user: User, today: date) -> Asking[Card | None]:
    """Requirements by what stands against them: objections, outdated confirmations, silence."""
    rows: Any = Requirement.objects.visible_to(user).countable().live().with_confirmation()
    states = rows.order_by().values("confirmation").annotate(number=Count("pk")).values_list("confirmation", "number")
    yield [states]
    found = dict(states)
    numbers = [
        count(_("Objections"), found.get("objection", 0), _list(confirmation="objection"), bad=True),
        count(_("Unanswered"), found.get("waiting", 0), _list(confirmation="waiting"), watch=True),
        count(_("Not asked"), found.get("none", 0), _list(confirmation="none")),
    ]
    return Card(Question.RISK, _("Requirements not confirmed"), url=reverse("requirements_mgmt:requirement_list"), numbers=numbers)


@needs("requirements_mgmt.view_requirement")
def department_confirmations(user: User, today: date) -> Asking[Card | None]:
    """What people of one's own department have been asked to confirm and have not answered, the longest asked first."""
    post = access_of(user).main_post
    if post is None:
        return None
    rows: Any = Requirement.objects.visible_to(user).countable().live().filter(department__path__startswith=post.department_path).with_confirmation()
    states = rows.order_by().values("confirmation").annotate(number=Count("pk")).values_list("confirmation", "number")
    url = _list(department=post.department_id, confirmation="waiting")
    waiting = Confirmation.objects.waiting().filter(requirement__in=rows.order_by().values("pk")).select_related("requirement", "person")
    asked, departments = waiting.order_by("asked_at", "pk")[:LINES], Department.objects.filter(pk=post.department_id)
    yield [states, asked, departments]
    found = dict(states)
    lines = [
        Line(f"{row.requirement.code} {row.requirement.title}", row.requirement.get_absolute_url(), side=row.person, day=timezone.localdate(row.asked_at))
        for row in asked
    ]
    numbers = [
        count(_("Unanswered"), found.get("waiting", 0), url, watch=True),
        count(_("Objections"), found.get("objection", 0), _list(department=post.department_id, confirmation="objection"), bad=True),
    ]
    title = _("Confirmations of %(department)s") % {"department": departments[0]}
    return Card(Question.RISK, title, url=url, numbers=numbers, lines=lines)


@needs("requirements_mgmt.view_changerequest")
def change_decisions(user: User, today: date) -> Asking[Card | None]:
    """Change requests that wait for a decision, the oldest first."""
    rows = ChangeRequest.objects.visible_to(user).filter(state="open")
    url = f"{reverse('requirements_mgmt:change_request_list')}?state=open"
    undecided, first = counted(rows, "rollout"), rows.order_by("opened_at", "pk")[:LINES]
    yield [undecided, first]
    lines = [Line(f"{row.code} {row.title}", row.get_absolute_url(), day=timezone.localdate(row.opened_at)) for row in first]
    number = count(_("Changes to decide"), sum(undecided), url, watch=user.has_perm("requirements_mgmt.decide_changerequest"))
    return Card(Question.WAITS, _("Change requests"), url=url, numbers=[number], lines=lines)
