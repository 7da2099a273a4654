"""Adoption metrics, counted each night from rollups: who was meant to work in the CRM, and what they did."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Q, Sum
from django.db.models.functions import TruncDate

from feedback.models import MetricKey, MetricValue, Ticket
from foundation.people.access import roles
from foundation.people.models import Assignment
from foundation.usage.models import Outcome, Surface, UsageDay, Verb
from training.models import Completion, TrainingAssignment

WINDOW_DAYS = 28
ACTIVE_EVENTS, ACTIVE_DAYS = 3, 2
# A group smaller than this is not shown: its number would be about persons.
SMALL_GROUP = 5
CRM = "crm."
Group = tuple[int, str]


@dataclass
class Measured:
    """One metric of one group: the ratio's two parts, the people behind it, and the mean lag where there is one."""

    numerator: float = 0.0
    denominator: float = 0.0
    mean_hours: float | None = None
    people: set[int] = field(default_factory=set)

    @property
    def value(self) -> float | None:
        return self.numerator / self.denominator if self.denominator else None


def eligible_people(day: date) -> dict[Group, set[int]]:
    """Who is meant to work in the CRM on a day: by main department and role, roles that may log activities."""
    working = [key for key, role in roles().items() if "crm_core.add_activity" in role.permissions]
    rows = Assignment.objects.on(day).filter(is_main=True, position__role__in=working, user__is_active=True)
    groups: dict[Group, set[int]] = defaultdict(set)
    for department, role, user in rows.values_list("position__department_id", "position__role", "user_id"):
        groups[(department, role)].add(user)
    return groups


def active_people(day: date) -> set[int]:
    """People with at least three meaningful CRM events on at least two days of the week that ends on ``day`` (metric A1)."""
    rows = UsageDay.objects.meaningful().between(day - timedelta(days=6), day).filter(feature__key__startswith=CRM)
    events: dict[int, int] = defaultdict(int)
    days: dict[int, set[date]] = defaultdict(set)
    for user, on, count in rows.values("user_id", "day").annotate(total=Sum("count")).values_list("user_id", "day", "total"):
        events[user] += count
        days[user].add(on)
    return {user for user in events if events[user] >= ACTIVE_EVENTS and len(days[user]) >= ACTIVE_DAYS}


def _active_ratio(groups: dict[Group, set[int]], day: date) -> dict[Group, Measured]:
    active = active_people(day)
    return {group: Measured(len(people & active), len(people), people=people) for group, people in groups.items()}


def _window(day: date) -> Q:
    return Q(day__gt=day - timedelta(days=WINDOW_DAYS), day__lte=day, surface=Surface.UI, feature__key__startswith=CRM)


def _from_rollups(groups: dict[Group, set[int]], day: date) -> dict[str, dict[Group, Measured]]:
    """Entry lag (D1), completeness (D3) and first-pass validity (D5) in one read of the rollups."""
    found: dict[str, dict[Group, Measured]] = {
        key: {group: Measured(people=people) for group, people in groups.items()} for key in ("lag", "complete", "first")
    }
    lag_seconds: dict[Group, float] = defaultdict(float)
    rows = UsageDay.objects.filter(_window(day), verb__in=[Verb.CREATE, Verb.UPDATE, Verb.LOG, Verb.ADVANCE])
    sums = (
        rows.order_by()
        .values("department_id", "role", "verb", "outcome")
        .annotate(n=Sum("count"), f=Sum("filled"), r=Sum("required"), w=Sum("within_day"), s=Sum("lag_seconds"))
    )
    for row in sums:
        group = (row["department_id"], row["role"])
        if group not in groups:
            continue
        if row["outcome"] == Outcome.OK and row["verb"] == Verb.LOG:
            found["lag"][group].numerator += row["w"]
            found["lag"][group].denominator += row["n"]
            lag_seconds[group] += row["s"]
        if row["outcome"] == Outcome.OK and row["r"]:
            found["complete"][group].numerator += row["f"]
            found["complete"][group].denominator += row["r"]
        if row["verb"] in (Verb.CREATE, Verb.UPDATE, Verb.LOG) and row["outcome"] in (Outcome.OK, Outcome.INVALID):
            found["first"][group].numerator += row["n"] if row["outcome"] == Outcome.OK else 0
            found["first"][group].denominator += row["n"]
    for group, measured in found["lag"].items():
        if measured.denominator:
            measured.mean_hours = lag_seconds[group] / measured.denominator / 3600
    return found


def _training(groups: dict[Group, set[int]], day: date) -> dict[Group, Measured]:
    """Valid completions of what people were asked to learn (T1): as of the procedure's steps today."""
    asked: dict[int, set[int]] = defaultdict(set)
    for user, procedure in TrainingAssignment.objects.filter(created_at__date__lte=day).values_list("user_id", "procedure_id"):
        asked[user].add(procedure)
    done: dict[int, set[int]] = defaultdict(set)
    for user, procedure in Completion.objects.current().filter(completed_at__date__lte=day).values_list("user_id", "procedure_id"):
        done[user].add(procedure)
    return {
        group: Measured(sum(len(asked[user] & done[user]) for user in people), sum(len(asked[user]) for user in people), people=people)
        for group, people in groups.items()
    }


def _ticket_rate(groups: dict[Group, set[int]], day: date) -> dict[Group, Measured]:
    """Tickets per person of the group in the window (F1)."""
    since = day - timedelta(days=WINDOW_DAYS)
    counts: dict[int, int] = defaultdict(int)
    for user in Ticket.objects.annotate(on=TruncDate("created_at")).filter(on__gt=since, on__lte=day).values_list("reporter_id", flat=True):
        counts[user] += 1
    return {group: Measured(sum(counts[user] for user in people), len(people), people=people) for group, people in groups.items()}


def measure_day(*, day: date) -> int:
    """Write every metric of a day for every department and role; running it again writes the same rows. Answers how many."""
    groups = eligible_people(day)
    rollups = _from_rollups(groups, day)
    measured = {
        MetricKey.ACTIVE_RATIO: _active_ratio(groups, day),
        MetricKey.ENTRY_LAG: rollups["lag"],
        MetricKey.COMPLETENESS: rollups["complete"],
        MetricKey.FIRST_PASS: rollups["first"],
        MetricKey.TRAINING: _training(groups, day),
        MetricKey.TICKET_RATE: _ticket_rate(groups, day),
    }
    rows = [
        MetricValue(
            metric=metric,
            day=day,
            department_id=group[0],
            role=group[1],
            numerator=one.numerator,
            denominator=one.denominator,
            value=one.value,
            people=len(one.people),
            mean_hours=one.mean_hours,
        )
        for metric, values in measured.items()
        for group, one in values.items()
    ]
    with transaction.atomic():
        MetricValue.objects.filter(day=day).delete()
        MetricValue.objects.bulk_create(rows, batch_size=500)
    return len(rows)
