"""From events to days: counted by the database, replaced whole, repeatable."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Count, DurationField, ExpressionWrapper, F, Max, Q, Sum
from django.db.models.functions import Coalesce, TruncDate
from django.utils import timezone

from foundation.usage.models import Rollup, UsageDay, UsageEvent

BATCH = 500
MARGIN = 500  # events looked at again: on PostgreSQL a lower number may be committed after a higher one
Progress = Callable[[int, int], None]
KEYS = ("user_id", "feature_id", "department_id", "role", "verb", "outcome", "surface")


def bounds_of(day: date) -> tuple[datetime, datetime]:
    """The first moment of a local day and of the next."""
    return tuple(timezone.make_aware(datetime.combine(d, time.min)) for d in (day, day + timedelta(days=1)))  # type: ignore[return-value]


@transaction.atomic
def roll_up_day(day: date) -> int:
    """Count the events recorded on a local day into UsageDay rows, replacing what was there; returns the number of rows.

    Running it again, or twice at once, gives the same rows: both runs queue at the Rollup row of the day.
    """
    mark, _made = Rollup.objects.get_or_create(day=day)
    Rollup.objects.filter(pk=mark.pk).update(rolled_at=timezone.now())  # takes the row's lock on PostgreSQL; SQLite has one writer anyway
    first, after = bounds_of(day)
    UsageDay.objects.filter(day=day).delete()
    lag = ExpressionWrapper(F("recorded_at") - F("occurred_at"), output_field=DurationField())
    groups = (
        UsageEvent.objects.filter(recorded_at__gte=first, recorded_at__lt=after)
        .order_by()
        .values(*KEYS)
        .annotate(
            n=Count("pk"),
            filled_sum=Coalesce(Sum("filled"), 0),
            required_sum=Coalesce(Sum("required"), 0),
            lag_sum=Sum(lag, filter=Q(recorded_at__gt=F("occurred_at"))),
            prompt=Count("pk", filter=Q(occurred_at__gte=F("recorded_at") - timedelta(hours=24))),
        )
    )
    rows = [
        UsageDay(
            day=day,
            count=group["n"],
            filled=group["filled_sum"],
            required=group["required_sum"],
            lag_seconds=int(group["lag_sum"].total_seconds()) if group["lag_sum"] else 0,
            within_day=group["prompt"],
            **{key: group[key] for key in KEYS},
        )
        for group in groups
    ]
    UsageDay.objects.bulk_create(rows, batch_size=BATCH)
    return len(rows)


def days_to_roll(today: date) -> list[date]:
    """Yesterday, today and every day that got events since the last full rollup, however late they came."""
    seen = Rollup.objects.aggregate(last=Max("last_event"))["last"] or 0
    late = UsageEvent.objects.filter(pk__gt=seen - MARGIN).order_by().annotate(day=TruncDate("recorded_at")).values_list("day", flat=True).distinct()
    return sorted({*late, today - timedelta(days=1), today})


def roll_up_pending(today: date, progress: Progress | None = None) -> int:
    """Roll up what is not yet; returns the number of days. Only when every day is done is the place kept up to which events were seen."""
    last = UsageEvent.objects.aggregate(last=Max("pk"))["last"] or 0
    days = days_to_roll(today)
    for number, day in enumerate(days, 1):
        roll_up_day(day)
        if progress is not None:
            progress(number, len(days))
    Rollup.objects.filter(day=today).update(last_event=last)
    return len(days)
