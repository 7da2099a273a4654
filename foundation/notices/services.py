"""Telling people: rows in the transaction of what happened, e-mail after commit by a job."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from foundation.jobs.models import Job
from foundation.jobs.services import enqueue
from foundation.notices.kinds import NoticeKind, kind_of
from foundation.notices.models import CalendarDay, Channel, MailState, Notice, Preference, Rhythm
from foundation.people.models import Delegation, User
from foundation.reading import Asking, counted
from foundation.text import SPACES

MAILS_PER_JOB = 100
Text = str | Callable[[], Any] | Any


@transaction.atomic
def notify(
    *,
    to: Iterable[User],
    kind: str,
    subject: Text,
    body: Text = "",
    url: str = "",
    by: User | None = None,
    include_self: bool = False,
    now: datetime | None = None,
) -> list[Notice]:
    """Tell people something, each in the own language; whoever stands in for an absent person gets a copy.

    ``subject`` and ``body`` are lazy translations, or functions without arguments that build the text (called once per
    language), or plain strings. ``url`` is a path of this suite. The person who did it (``by``) is not told of it unless
    ``include_self``. People who switched the kind off get nothing.
    """
    known = kind_of(kind)
    if url and (not url.startswith("/") or url.startswith("//")):
        raise ValueError("A notice links to a page of this suite.")
    moment = now or timezone.now()
    people = {user.pk: user for user in to if user.is_active and (include_self or by is None or user.pk != by.pk)}
    copies = list(_deputies(people, moment))
    chosen = _preferences(known, {*people, *(deputy.pk for deputy, _for in copies)})
    rows, texts = [], {}
    for user, absent in [*((user, None) for user in people.values()), *copies]:
        channel, rhythm = chosen.get(user.pk, (known.channel, known.rhythm))
        if channel == Channel.NONE:
            continue
        if user.language not in texts:
            with translation.override(user.language):
                texts[user.language] = (one_line(_text(subject)), str(_text(body)))
        rows.append(
            Notice(
                to=user,
                kind=kind,
                subject=texts[user.language][0],
                body=texts[user.language][1],
                url=url,
                language=user.language,
                by=by,
                on_behalf_of=absent,
                created_at=moment,
                rhythm=rhythm,
                mail_state=_mail_state(user, channel, rhythm),
            )
        )
    Notice.objects.bulk_create(rows)
    _mail_later([row.pk for row in rows if row.mail_state == MailState.WAITING], moment)
    return rows


def _text(text: Text) -> Any:
    return text() if callable(text) else text


def one_line(text: Any) -> str:
    """A subject: no line breaks (they would forge mail headers), no double spaces, at most 200 characters."""
    line = SPACES.sub(" ", "".join(char if char.isprintable() else " " for char in str(text))).strip()
    return line if len(line) <= 200 else line[:199] + "…"


def _mail_state(user: User, channel: str, rhythm: str) -> str:
    if channel != Channel.EMAIL or not user.email:
        return MailState.NONE
    return MailState.WAITING if rhythm == Rhythm.IMMEDIATE else MailState.DIGEST


def _deputies(people: dict[int, User], moment: datetime) -> Iterator[tuple[User, User]]:
    """Who stands in today for any of the people, and is not told anyway; once per deputy."""
    rows = Delegation.objects.on(timezone.localdate(moment)).filter(principal_id__in=list(people), deputy__is_active=True).select_related("deputy")
    seen = set(people)
    for row in rows.order_by("pk"):
        if row.deputy_id not in seen:
            seen.add(row.deputy_id)
            yield row.deputy, people[row.principal_id]


def _preferences(kind: NoticeKind, user_ids: set[int]) -> dict[int, tuple[str, str]]:
    """What people chose for the kind; a kind that must be heard reaches at least the inbox."""
    rows = Preference.objects.filter(kind=kind.key, user_id__in=user_ids).values_list("user_id", "channel", "rhythm")
    return {user: (Channel.INBOX if kind.must and channel == Channel.NONE else channel, rhythm) for user, channel, rhythm in rows}


def _mail_later(notice_ids: list[int], moment: datetime) -> None:
    for start in range(0, len(notice_ids), MAILS_PER_JOB):
        part = notice_ids[start : start + MAILS_PER_JOB]
        with translation.override(settings.LANGUAGE_CODE):
            enqueue(task="foundation.notices.tasks.send_mail", by=None, title=_("Send e-mail"), payload={"notices": part}, now=moment)


def unread_count(user: User) -> Asking[int]:
    """How many notices a person has not read."""
    rows = counted(Notice.objects.visible_to(user).unread(), "to")
    yield [rows]
    return sum(rows)


def mark_read(*, notices: Any, by: User, now: datetime) -> int:
    """Mark a person's own notices as read; returns how many were not."""
    return notices.visible_to(by).unread().update(read_at=now)


@transaction.atomic
def choose(*, user: User, choices: dict[str, tuple[str, str]]) -> None:
    """Keep a person's preferences per kind; what equals the default needs no row."""
    for key, (channel, rhythm) in choices.items():
        kind = kind_of(key)
        if (channel, rhythm) == (kind.channel, kind.rhythm):
            Preference.objects.filter(user=user, kind=key).delete()
        else:
            Preference.objects.update_or_create(user=user, kind=key, defaults={"channel": Channel(channel), "rhythm": Rhythm(rhythm)})


def tell_set_aside(job: Job) -> None:
    """Tell the starter that a job was set aside; named by ``settings.JOB_ASIDE_HOOK``."""
    if job.by is not None:
        notify(to=[job.by], kind="job_set_aside", subject=lambda: _("Set aside after errors: %(title)s") % {"title": job.title}, url=f"/jobs/{job.pk}/")


@transaction.atomic
def add_calendar_day(*, day: date, is_workday: bool, name: str, by: User) -> CalendarDay:
    """Enter a company exception to the public calendar."""
    row = CalendarDay(day=day, is_workday=is_workday, name=name, changed_by=by)
    row._history_user = by  # type: ignore[attr-defined]
    row.save()
    return row


@transaction.atomic
def remove_calendar_day(*, row: CalendarDay, by: User) -> None:
    """Take a company exception back; the history keeps it, with who took it."""
    row._history_user = by  # type: ignore[attr-defined]
    row.delete()
