from collections import defaultdict
from datetime import date, datetime, time

from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from crm_core import notices
from crm_core.models import CollectionSheet, Task
from crm_core.services.heads import nearest_heads
from foundation.notices.models import Notice
from foundation.people.models import User
from foundation.periods import is_workday, next_workday


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


REMIND_BEFORE = 2  # working days before the day on which a sheet is due


def remind_of_sheets(*, today: date) -> int:
    """Remind of collection sheets two working days ahead, on the last working day and on every one after it; when the day has passed the manager is told too."""
    if not is_workday(today):
        return 0
    owed = CollectionSheet.objects.owed().filter(person__is_active=True).select_related("person", "round__department", "department").order_by("pk")
    sent, late = 0, []
    for sheet in owed:
        if _is_day_to_remind(sheet, today):
            with transaction.atomic():
                if CollectionSheet.objects.owed().filter(pk=sheet.pk).exclude(reminded_on=today).update(reminded_on=today):
                    notices.sheet_due(sheet=sheet, today=today)
                    sent += 1
        if sheet.escalated_on is None and sheet.round.due_on < today:
            late.append(sheet)
    _tell_managers(late, today)
    return sent


def _is_day_to_remind(sheet: CollectionSheet, today: date) -> bool:
    """Once ahead, then from the last working day on."""
    due_on = sheet.round.due_on
    if sheet.reminded_on == today or next_workday(today) > due_on:
        return sheet.reminded_on != today
    soon = today
    for _step in range(REMIND_BEFORE):
        soon = next_workday(soon)
    return sheet.reminded_on is None and due_on <= soon


def _tell_managers(sheets: list[CollectionSheet], today: date) -> None:
    """One notice per manager and round; a sheet is told of once, until its round is extended."""
    told: dict[tuple[int, int], tuple[User, list[CollectionSheet]]] = {}
    heads: dict[tuple[int, int], list[User]] = defaultdict(list)
    for sheet in sheets:
        key = (sheet.department_id, sheet.person_id)
        heads[key] = heads[key] or nearest_heads(sheet.department, permission="crm_core.collect_sheet", day=today, without=[sheet.person_id])
        for person in heads[key] or [sheet.round.created_by]:
            told.setdefault((person.pk, sheet.round_id), (person, []))[1].append(sheet)
    with transaction.atomic():
        CollectionSheet.objects.filter(pk__in=[sheet.pk for sheet in sheets]).update(escalated_on=today)
        for person, found in told.values():
            notices.sheets_late(sheets=found, to=[person])
