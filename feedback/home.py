"""What feedback puts on a person's home: tickets by their clock, how the CRM is taken up, what to change next."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from feedback.models import BacklogItem, MetricKey, MetricValue, Ticket, TicketHop, TicketState
from feedback.services.backlog import TARGETS
from feedback.services.metrics import SMALL_GROUP
from foundation.people.models import Department, User
from foundation.reading import Asking, counted
from foundation.ui.cards import Card, Line, Number, Question, count, needs

LINES = 4
DESK = (TicketState.LIAISON, TicketState.RETURNED, TicketState.FIXED)
TEAM = (TicketState.TEAM, TicketState.FIXING, TicketState.FIXED)


def _clocked(rows: QuerySet[Ticket]) -> Any:
    running = TicketHop.objects.filter(ticket=OuterRef("pk"), ended_at__isnull=True).values("due_at")[:1]
    return rows.annotate(due=Subquery(running))


def _first(rows: QuerySet[Ticket]) -> Any:
    """The few whose clock runs out first."""
    return _clocked(rows).filter(due__isnull=False).order_by("due", "pk")[:LINES]


def _lines(rows: Any) -> list[Line]:
    now = timezone.now()
    return [
        Line(row.title, reverse("feedback:ticket_detail", args=[row.pk]), side=row.code, day=row.due, tone="bad" if row.due < now else "watch") for row in rows
    ]


def _late(rows: QuerySet[Ticket]) -> Any:
    """How many have a clock that has run out."""
    return counted(rows.filter(hops__ended_at__isnull=True, hops__due_at__lt=timezone.now()), "state")


@needs("feedback.answer_ticket")
def liaison_queue(user: User, today: date) -> Asking[Card | None]:
    """Reports of the departments in view that wait for the liaison, the clock that runs out first on top."""
    rows = Ticket.objects.visible_to(user).filter(state__in=DESK)
    url, first = reverse("feedback:liaison_desk"), _first(rows)
    late, fresh = _late(rows), counted(rows.filter(state=TicketState.LIAISON), "state")
    yield [late, fresh, first]
    numbers = [
        count(_("Past their clock"), sum(late), f"{url}?clock=overdue", bad=True),
        count(_("To answer"), sum(fresh), f"{url}?state=liaison"),
    ]
    return Card(Question.WAITS, _("Reports of my people"), url=url, numbers=numbers, lines=_lines(first), quiet="" if fresh else _("No report waits."))


@needs("feedback.fix_ticket")
def team_queue(user: User, today: date) -> Asking[Card | None]:
    """Reports with the project team, the clock that runs out first on top, and those in one's own hands."""
    rows = Ticket.objects.visible_to(user).filter(state__in=TEAM)
    url, first = reverse("feedback:team_desk"), _first(rows)
    late, fresh, mine = _late(rows), counted(rows.filter(state=TicketState.TEAM), "state"), counted(rows.filter(assignee=user), "state")
    yield [late, fresh, mine, first]
    numbers = [
        count(_("Past their clock"), sum(late), f"{url}?clock=overdue", bad=True),
        count(_("To analyse"), sum(fresh), f"{url}?state=team"),
        count(_("In my hands"), sum(mine), f"{url}?clock=mine"),
    ]
    return Card(Question.WAITS, _("Team desk"), url=url, numbers=numbers, lines=_lines(first))


@needs("feedback.fix_ticket")
def late_tickets(user: User, today: date) -> Asking[Card | None]:
    """Open reports whose clock has run out, wherever they are."""
    desk, team = reverse("feedback:liaison_desk"), reverse("feedback:team_desk")
    rows = Ticket.objects.visible_to(user)
    on_desk, in_team = _late(rows.filter(state__in=DESK)), _late(rows.filter(state__in=TEAM))
    yield [on_desk, in_team]
    numbers = [
        count(_("With liaisons"), sum(on_desk), f"{desk}?clock=overdue", bad=True),
        count(_("With the team"), sum(in_team), f"{team}?clock=overdue", bad=True),
    ]
    return Card(Question.RISK, _("Tickets past their clock"), url=f"{desk}?clock=overdue", numbers=numbers)


@needs("feedback.add_ticket")
def my_reports(user: User, today: date) -> Asking[Card | None]:
    """What one reported and has not heard the end of."""
    rows = Ticket.objects.visible_to(user).filter(reporter=user)
    url = reverse("feedback:ticket_list")
    asked, answered = (counted(rows.filter(state=state), "reporter") for state in (TicketState.RETURNED, TicketState.ANSWERED))
    yield [asked, answered]
    numbers = [
        count(_("Asked back"), sum(asked), f"{url}?state=returned", watch=True),
        count(_("Answered"), sum(answered), f"{url}?state=answered"),
    ]
    return Card(Question.WAITS, _("My reports"), url=url, numbers=numbers, action=(_("Report a problem"), reverse("feedback:ticket_create")))


def _latest(user: User, metrics: Sequence[MetricKey]) -> QuerySet[MetricValue]:
    """The values of the last measured day that the person may see."""
    visible = MetricValue.objects.visible_to(user)
    return visible.filter(metric__in=metrics, day=Subquery(visible.order_by("-day").values("day")[:1]))


def _share(rows: Sequence[MetricValue]) -> float | None:
    """The ratio of several groups together; none for groups so small that they would point at people."""
    if sum(row.people for row in rows) < SMALL_GROUP:
        return None
    denominator = sum(row.denominator for row in rows)
    return sum(row.numerator for row in rows) / denominator if denominator else None


def _tone(metric: MetricKey, value: float | None) -> str:
    target = TARGETS.get(metric)
    return "" if value is None or target is None or value >= target else "watch" if value >= target - 0.2 else "bad"


SHOWN = (MetricKey.ACTIVE_RATIO, MetricKey.ENTRY_LAG, MetricKey.TRAINING)


@needs("feedback.view_adoption")
def adoption_trend(user: User, today: date) -> Asking[Card | None]:
    """Who works in the CRM: three figures of the last measured day and their trend."""
    url = reverse("feedback:adoption")
    rows = _latest(user, SHOWN)
    yield [rows]
    if not rows:
        return Card(Question.DOING, _("Adoption"), url=url, quiet=_("Nothing is measured yet. Figures come each night from what people do in the CRM."))
    numbers = []
    for metric in SHOWN:
        value = _share([row for row in rows if row.metric == metric])
        numbers.append(Number(metric.label, "—" if value is None else f"{value:.0%}", url, tone=_tone(metric, value), is_share=True))
    return Card(Question.DOING, _("Adoption"), url=url, numbers=numbers, chart="adoption_chart")


def adoption_chart(user: User, today: date) -> dict[str, Any] | None:
    """The active ratio of everybody in view over the last measured days."""
    if not user.has_perm("feedback.view_adoption"):
        return None
    days: dict[date, list[MetricValue]] = defaultdict(list)
    for row in MetricValue.objects.visible_to(user).filter(metric=MetricKey.ACTIVE_RATIO).order_by("-day")[:2000]:
        days[row.day].append(row)
    shares = {day: _share(rows) for day, rows in sorted(days.items())[-60:]}
    return {
        "kind": "line",
        "unit": "%",
        "x": _("Day"),
        "categories": [day.isoformat() for day in shares],
        "series": [{"name": str(MetricKey.ACTIVE_RATIO.label), "values": [None if share is None else round(share * 100, 1) for share in shares.values()]}],
    }


@needs("feedback.view_adoption")
def adoption_by_department(user: User, today: date) -> Asking[Card | None]:
    """Active ratio per department on the last measured day, the lowest first; small groups stay hidden."""
    rows, url = _latest(user, [MetricKey.ACTIVE_RATIO]), reverse("feedback:adoption")
    yield [rows]
    if not rows:
        return None
    groups: dict[int, list[MetricValue]] = defaultdict(list)
    for row in rows:
        groups[row.department_id].append(row)
    shares = sorted((share, pk) for pk, found in groups.items() if (share := _share(found)) is not None)[:LINES]
    departments = Department.objects.filter(pk__in=[pk for _value, pk in shares])
    yield [departments]
    names = {department.pk: department for department in departments}
    lines = [Line(names[pk], url, badge=f"{share:.0%}", tone=_tone(MetricKey.ACTIVE_RATIO, share) or "good") for share, pk in shares]
    return Card(Question.DOING, _("Active people per department"), url=url, lines=lines, quiet="" if lines else _("No department is large enough to be shown."))


@needs("feedback.view_backlogitem")
def backlog_decisions(user: User, today: date) -> Asking[Card | None]:
    """What use and tickets propose to change, the highest score first: benefits that will not come by themselves."""
    rows = BacklogItem.objects.visible_to(user).filter(state="proposed").select_related("department")
    url = f"{reverse('feedback:backlog_list')}?state=proposed"
    proposed, first = counted(rows, "state"), rows.ranked()[:2]
    yield [proposed, first]
    lines = [Line(row.heading, reverse("feedback:backlog_detail", args=[row.pk]), side=row.get_kind_display()) for row in first]
    number = count(_("Proposed changes"), sum(proposed), url, watch=user.has_perm("feedback.decide_backlogitem"))
    return Card(Question.RISK, _("Benefits at risk"), url=url, numbers=[number], lines=lines)
