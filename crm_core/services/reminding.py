from datetime import date, datetime, time

from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from crm_core import notices
from crm_core.models import Task
from foundation.notices.models import Notice
from foundation.people.models import User


def remind_of_tasks(*, today: date) -> int:
    """Tell everybody who has tasks due how many; whoever was told today already is not told again. Gives how many were told."""
    since = timezone.make_aware(datetime.combine(today, time.min))
    told = Notice.objects.filter(kind="task_due", created_at__gte=since).values("to")
    waiting = Task.objects.due(today).filter(owner__is_active=True).exclude(owner__in=told).values("owner").annotate(count=Count("pk")).order_by("owner")
    sent = 0
    for row in waiting:
        with transaction.atomic():
            notices.tasks_due(owner=User.objects.get(pk=row["owner"]), count=row["count"], day=today)
            sent += 1
    return sent
