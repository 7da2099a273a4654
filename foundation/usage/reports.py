"""Use of features for pages: counted from rollups, never from events, and never so finely that one person shows."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Case, Count, F, IntegerField, Max, OuterRef, Q, QuerySet, Subquery, Sum, When
from django.db.models.functions import Coalesce

from foundation.people.models import Department, User
from foundation.periods import last_days
from foundation.usage.models import Feature, Outcome, UsageDay

FEWEST = 5  # people; fewer are not shown, so that nobody is watched
WINDOW = 28


@dataclass(frozen=True)
class DepartmentUse:
    """How many people of a department used a feature, and how often; None where fewer than five did."""

    name: str
    people: int | None
    uses: int | None


@dataclass(frozen=True)
class FeatureUse:
    """Use of one feature in the window; ``people`` is None when too few used it, ``at_least`` when the exact total would give a small department away."""

    rows: list[DepartmentUse]
    people: int | None
    at_least: bool
    refused: int
    errors: int
    first: date
    last: date


def features_with_use(*, today: date, department: Department | None = None) -> QuerySet[Feature]:
    """Features with ``people`` and ``uses`` of the last 28 days, zero where fewer than five people used them, and ``last_used``."""
    days = UsageDay.objects.between(*last_days(WINDOW, today)).filter(outcome=Outcome.OK, feature=OuterRef("pk"))
    if department is not None:
        days = days.filter(department__path__startswith=department.path)
    grouped = days.order_by().values("feature")
    return Feature.objects.annotate(
        all_people=Coalesce(Subquery(grouped.annotate(n=Count("user", distinct=True)).values("n"), output_field=IntegerField()), 0),
        all_uses=Coalesce(Subquery(grouped.annotate(n=Sum("count")).values("n"), output_field=IntegerField()), 0),
        last_used=Subquery(grouped.annotate(last=Max("day")).values("last")),
    ).annotate(
        people=Case(When(all_people__gte=FEWEST, then=F("all_people")), default=0, output_field=IntegerField()),
        uses=Case(When(all_people__gte=FEWEST, then=F("all_uses")), default=0, output_field=IntegerField()),
        is_few=Case(When(all_people__gt=0, all_people__lt=FEWEST, then=1), default=0, output_field=IntegerField()),
    )


def use_of_feature(*, feature: Feature, today: date) -> FeatureUse:
    """Use by department in the last 28 days; departments with fewer than five people are put together, or hidden when that is still too few."""
    window = last_days(WINDOW, today)
    days = UsageDay.objects.between(*window).filter(feature=feature)
    used = days.filter(outcome=Outcome.OK).order_by()
    groups = list(used.values("department").annotate(people=Count("user", distinct=True), uses=Sum("count")))
    names = {department.pk: str(department) for department in Department.objects.filter(pk__in=[group["department"] for group in groups])}
    large = sorted((group for group in groups if group["people"] >= FEWEST), key=lambda group: -group["people"])
    small = [group for group in groups if group["people"] < FEWEST]
    rows = [DepartmentUse(names.get(group["department"], "–"), group["people"], group["uses"]) for group in large]
    total = used.aggregate(n=Count("user", distinct=True))["n"]
    hidden = False
    if small:
        together = used.filter(_departments([group["department"] for group in small])).aggregate(people=Count("user", distinct=True), uses=Sum("count"))
        hidden = together["people"] < FEWEST
        rows.append(DepartmentUse("", None if hidden else together["people"], None if hidden else together["uses"]))
    shown = max((group["people"] for group in large), default=0) if hidden else total
    trouble = days.aggregate(
        refused=Coalesce(Sum("count", filter=Q(outcome__in=[Outcome.INVALID, Outcome.DENIED])), 0),
        errors=Coalesce(Sum("count", filter=Q(outcome=Outcome.ERROR)), 0),
    )
    return FeatureUse(
        rows=rows,
        people=shown if shown >= FEWEST else None,
        at_least=hidden and bool(large),
        refused=trouble["refused"] if total >= FEWEST else 0,
        errors=trouble["errors"],
        first=window.first,
        last=window.last,
    )


def _departments(ids: list[int | None]) -> Q:
    condition = Q(department__in=[pk for pk in ids if pk is not None])
    return condition | Q(department__isnull=True) if None in ids else condition


def own_use(*, user: User, today: date) -> list[dict[str, Any]]:
    """A person's own use by feature in the last 28 days, most used first."""
    rows = UsageDay.objects.between(*last_days(WINDOW, today)).filter(user=user).order_by()
    counted = rows.values("feature").annotate(
        uses=Coalesce(Sum("count", filter=Q(outcome=Outcome.OK)), 0),
        refused=Coalesce(Sum("count", filter=~Q(outcome=Outcome.OK)), 0),
        days=Count("day", distinct=True),
        last=Max("day"),
    )
    features = Feature.objects.in_bulk([row["feature"] for row in counted])
    return sorted(({**row, "feature": features[row["feature"]]} for row in counted), key=lambda row: (-row["uses"], row["feature"].key))
