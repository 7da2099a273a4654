"""The daily and the weekly digest: unread notices and what the apps report, on workdays in the morning."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.mail import get_connection
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone, translation
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from foundation.notices.delivery import Progress, is_for_good
from foundation.notices.mail import absolute, message
from foundation.notices.models import Digest, MailState, Notice, Rhythm
from foundation.people.models import User
from foundation.periods import WorkingCalendar, working_calendar

MOST_LINES = 50


@dataclass(frozen=True)
class DigestLine:
    """One line of a digest, in the language in force when it is made."""

    text: str
    url: str = ""


Source = Callable[[User, datetime], Iterable[DigestLine]]


def rhythms_of(day: date, calendar: WorkingCalendar) -> list[str]:
    """Which digests go out on a day: none on a day off, the weekly one on the first workday of a week."""
    if not calendar.is_workday(day):
        return []
    monday = day - timedelta(days=day.weekday())
    first = not calendar.workdays_between(monday, day - timedelta(days=1)) if day != monday else True
    return [Rhythm.DAILY, Rhythm.WEEKLY] if first else [Rhythm.DAILY]


def send_digests(*, progress: Progress, now: datetime | None = None) -> dict[str, int]:
    """Send each person's digest of the day once, however often this runs; a server that is down is tried again by the job."""
    moment = now or timezone.now()
    day = timezone.localdate(moment)
    due = [(rhythm, user) for rhythm in rhythms_of(day, working_calendar()) for user in _people(rhythm)]
    sent = 0
    for number, (rhythm, user) in enumerate(due, 1):
        sent += send_digest(user=user, rhythm=rhythm, day=day, now=moment)
        progress(number, len(due))
    return {"due": len(due), "sent": sent}


def waiting_for(user: User, rhythm: str) -> QuerySet[Notice]:
    """The unread notices that a person wanted in this digest and has not got yet."""
    return Notice.objects.visible_to(user).unread().filter(rhythm=rhythm, mail_state=MailState.DIGEST)


def _people(rhythm: str) -> QuerySet[User]:
    """People with something waiting for this digest; with sources, for the daily one, everybody who has an address."""
    active = User.objects.filter(is_active=True).exclude(email="").order_by("pk")
    waiting = Q(pk__in=Notice.objects.unread().filter(rhythm=rhythm, mail_state=MailState.DIGEST).values("to_id"))
    if settings.DIGEST_SOURCES and rhythm == Rhythm.DAILY:
        return active
    return active.filter(waiting)


def send_digest(*, user: User, rhythm: str, day: date, now: datetime) -> bool:
    """Send one person's digest unless it is empty or went out already; the row is claimed first and freed when the server fails."""
    span = timedelta(days=7 if rhythm == Rhythm.WEEKLY else 1)
    with transaction.atomic(), translation.override(user.language):
        row, made = Digest.objects.get_or_create(user=user, day=day, rhythm=rhythm)
        if not made and row.sent_at is not None:
            return False
        notices = list(waiting_for(user, rhythm).order_by("-created_at")[: MOST_LINES + 1])
        lines = [line for path in settings.DIGEST_SOURCES for line in _lines(import_string(path), user, now - span)] if rhythm == Rhythm.DAILY else []
        # Claimed by a conditional UPDATE: of two runs one sends; an error rolls the claim back.
        claimed = Digest.objects.filter(pk=row.pk, sent_at__isnull=True).update(sent_at=now, lines=len(notices) + len(lines))
        if not claimed or not (notices or lines):
            return False
        ids = [notice.pk for notice in notices]
        Notice.objects.filter(pk__in=ids).update(mail_state=MailState.SENT, mailed_at=now)
        _mail(user, rhythm, day, notices, lines)
    return True


def _lines(source: Source, user: User, since: datetime) -> list[DigestLine]:
    return list(source(user, since))[:MOST_LINES]


def _mail(user: User, rhythm: str, day: date, notices: list[Notice], lines: list[DigestLine]) -> None:
    subject = _("Your week in the suite") if rhythm == Rhythm.WEEKLY else _("Your day in the suite")
    context: dict[str, Any] = {
        "title": subject,
        "notices": [(notice, absolute(notice.url)) for notice in notices[:MOST_LINES]],
        "lines": [(line, absolute(line.url)) for line in lines],
        "more": len(notices) > MOST_LINES,
        "inbox_link": absolute("/inbox/"),
    }
    with get_connection() as connection:
        mail = message(
            to=user, subject=subject, template="notices/mail/digest", context=context, message_id=f"digest-{rhythm}-{user.pk}-{day}", connection=connection
        )
        try:
            mail.send()
        except Exception as error:
            if not is_for_good(error):
                raise
