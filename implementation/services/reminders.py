"""Daily reminders; each row remembers the day of its last one, so that a second run tells nobody twice."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from foundation.periods import working_calendar
from implementation import notices
from implementation.models import OPEN_STATES, Gate, GateCriterion, RegisterEntry, Waiver

AHEAD = timedelta(days=5)  # first reminder before the day
WAIVER_AHEAD = timedelta(days=7)
AGAIN = timedelta(days=7)  # an overdue row is recalled weekly

Progress = Callable[[int, int, str], None]


def remind_all(*, now: datetime, progress: Progress) -> dict[str, Any]:
    """Every reminder of the day, in three steps; nothing on a day off."""
    today = timezone.localdate(now)
    if not working_calendar().is_workday(today):
        return {"documents": 0, "waivers": 0, "answers": 0, "day_off": True}
    found: dict[str, Any] = {}
    steps = (("documents", _remind_documents), ("waivers", _remind_waivers), ("answers", _remind_answers))
    for number, (name, step) in enumerate(steps, start=1):
        found[name] = step(today, now)
        progress(number, len(steps), _("%(count)s reminders sent") % {"count": sum(found.values())})
    return found


def _claim(row: models.Model, last: date | None, today: date) -> bool:
    """Take the reminder of the day; false when another run was faster."""
    rows = type(row)._default_manager.filter(pk=row.pk, reminded_on=last)
    return bool(rows.update(reminded_on=today))


def _due(again: date) -> Q:
    return Q(reminded_on__isnull=True) | Q(reminded_on__lte=again)


def _remind_documents(today: date, now: datetime) -> int:
    rows = RegisterEntry.objects.filter(rollout__state__in=OPEN_STATES, due_on__lte=today + AHEAD, owed_by__is_active=True).filter(_due(today - AGAIN))
    sent = 0
    for entry in rows.unsigned().select_related("rollout__project_manager", "owed_by"):
        overdue = entry.due_on < today
        with transaction.atomic():
            if _claim(entry, entry.reminded_on, today):
                people = [entry.owed_by, entry.rollout.project_manager] if overdue else [entry.owed_by]
                notices.document_due(entry, to=[person for person in people if person], overdue=overdue, now=now)
                sent += 1
    return sent


def _remind_waivers(today: date, now: datetime) -> int:
    rows = Waiver.objects.standing().of_shut_gates().filter(criterion__gate__phase__rollout__state__in=OPEN_STATES, expires_on__lte=today + WAIVER_AHEAD)
    sent = 0
    for waiver in rows.filter(_due(today - AGAIN)).select_related("owner", "criterion__gate__phase__rollout__project_manager", "criterion__gate__phase__wave"):
        with transaction.atomic():
            if _claim(waiver, waiver.reminded_on, today):
                notices.waiver_expires(waiver, expired=waiver.expires_on < today, now=now)
                sent += 1
    return sent


def _remind_answers(today: date, now: datetime) -> int:
    rows = GateCriterion.objects.filter(
        check_key=GateCriterion.MANUAL,
        answers__isnull=True,
        answerer__is_active=True,
        gate__in=Gate.objects.shut(),
        gate__held_on__lte=today + AHEAD,
        gate__phase__rollout__state__in=OPEN_STATES,
    )
    sent = 0
    for criterion in rows.filter(_due(today - AGAIN)).select_related("answerer", "gate__phase__rollout", "gate__phase__wave"):
        with transaction.atomic():
            if criterion.answerer and _claim(criterion, criterion.reminded_on, today):
                notices.answer_due(criterion, to=criterion.answerer, now=now)
                sent += 1
    return sent
