"""One timeline over what happened at a customer: activities, deals, owners, finished tasks, contacts."""

from datetime import datetime
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_core.models import Account, Activity, Opportunity, Outcome, Ownership, PoolEventKind, StageMove, Task
from crm_core.pool_words import RULES, because
from foundation.people.models import User

ICONS = {"call": "phone", "visit": "walk", "meeting": "users", "mail": "mail", "message": "message", "note": "note"}
SHOWS = (
    ("", gettext_lazy("Everything")),
    ("activity", gettext_lazy("Activities")),
    ("deal", gettext_lazy("Opportunities")),
    ("task", gettext_lazy("Tasks")),
    ("owner", gettext_lazy("Owners")),
)
PAGE = 50


def account_timeline(account: Account, *, by: User, show: str = "", before: datetime | None = None) -> list[dict[str, Any]]:
    """The latest 50 things at the account that the reader may see, the newest first."""
    items: list[dict[str, Any]] = []
    if show in ("", "activity"):
        items += _activities(Activity.objects.filter(account=account), by, before)
    if show in ("", "deal"):
        items += _moves(StageMove.objects.filter(opportunity__in=Opportunity.objects.visible_to(by).filter(account=account)), before)
    if show in ("", "task"):
        items += _tasks(Task.objects.filter(account=account), before)
    if show in ("", "owner"):
        items += _owners(account, before) + pool_items(account.pool_events.all(), before)
    if show == "" and (before is None or account.created_at < before):
        items.append(
            {"at": account.created_at, "who": account.created_by, "icon": "plus", "title": _("made the account known"), "body": "", "url": "", "key": "created"}
        )
    return sorted(items, key=lambda item: item["at"], reverse=True)[:PAGE]


def opportunity_timeline(opportunity: Opportunity, *, by: User) -> list[dict[str, Any]]:
    """The latest 50 things at a deal."""
    items = _activities(Activity.objects.filter(opportunity=opportunity), by, None)
    items += _moves(opportunity.moves.all(), None) + _tasks(opportunity.tasks.all(), None)
    return sorted(items, key=lambda item: item["at"], reverse=True)[:PAGE]


def contact_timeline(activities: Any, *, by: User) -> list[dict[str, Any]]:
    """What happened with one person."""
    return _activities(activities, by, None)


def _activities(rows: Any, by: User, before: datetime | None) -> list[dict[str, Any]]:
    rows = rows.select_related("author", "contact", "opportunity").order_by("-occurred_at", "-pk")
    if before:
        rows = rows.filter(occurred_at__lt=before)
    items = []
    for row in rows[:PAGE]:
        detail = " · ".join(str(part) for part in (row.get_kind_display(), row.contact, row.opportunity) if part)
        items.append(
            {
                "at": row.occurred_at,
                "who": row.author,
                "icon": ICONS[row.kind],
                "title": row.subject,
                "body": "\n".join(filter(None, [row.body, detail])),
                "url": reverse("crm_core:activity_edit", args=[row.pk]) if row.editable_by(by) else "",
                "badge": _("Promise") if row.is_promise else "",
                "tone": "watch" if row.is_promise else "",
                "key": f"activity-{row.pk}",
            }
        )
    return items


def _moves(rows: Any, before: datetime | None) -> list[dict[str, Any]]:
    rows = rows.select_related("opportunity", "from_stage", "to_stage", "moved_by").order_by("-moved_at", "-pk")
    if before:
        rows = rows.filter(moved_at__lt=before)
    tones = {Outcome.WON: "good", Outcome.LOST: "bad"}
    return [
        {
            "at": row.moved_at,
            "who": row.moved_by,
            "icon": "target-arrow",
            "title": _("%(deal)s: %(stage)s") % {"deal": row.opportunity.name, "stage": row.to_stage}
            if row.from_stage
            else _("opened %(deal)s") % {"deal": row.opportunity.name},
            "body": row.reason or row.opportunity.lost_reason if row.to_stage.outcome != Outcome.OPEN else row.reason,
            "url": reverse("crm_core:opportunity_detail", args=[row.opportunity_id]),
            "tone": tones.get(Outcome(row.to_stage.outcome), ""),
            "key": f"move-{row.pk}",
        }
        for row in rows[:PAGE]
    ]


def _tasks(rows: Any, before: datetime | None) -> list[dict[str, Any]]:
    rows = rows.filter(done_at__isnull=False).select_related("owner").order_by("-done_at")
    if before:
        rows = rows.filter(done_at__lt=before)
    return [
        {
            "at": row.done_at,
            "who": row.owner,
            "icon": "checkbox",
            "title": _("finished “%(task)s”") % {"task": row.title},
            "body": "",
            "url": "",
            "key": f"task-{row.pk}",
        }
        for row in rows[:PAGE]
    ]


POOL_ICONS = {"return": "arrow-back-up", "recycle": "ripple", "move": "arrows-exchange", "warn": "bell", "refuse": "hand-stop", "stay": "alert-triangle"}
POOL_TONES = {"recycle": "watch", "warn": "watch", "refuse": "bad", "stay": "bad"}


def pool_items(rows: Any, before: datetime | None, *, claims: bool = False) -> list[dict[str, Any]]:
    """Falls, reminders and refusals with rule, values and date; what the ledger of owners says already is left out unless asked for."""
    rows = rows.select_related("user", "by", "pool").order_by("-at", "-pk")
    if not claims:
        rows = rows.exclude(kind__in=[PoolEventKind.CLAIM, PoolEventKind.ASSIGN])
    if before:
        rows = rows.filter(at__lt=before)
    texts = {
        PoolEventKind.CLAIM: _("%(person)s claimed it from %(pool)s"),
        PoolEventKind.ASSIGN: _("it was given from %(pool)s to %(person)s"),
        PoolEventKind.RETURN: _("it went from %(person)s back into %(pool)s"),
        PoolEventKind.RECYCLE: _("it fell from %(person)s into %(pool)s"),
        PoolEventKind.MOVE: _("it was moved into %(pool)s"),
        PoolEventKind.WARN: _("%(person)s was reminded that it will fall into %(pool)s"),
        PoolEventKind.REFUSE: _("%(person)s could not claim it"),
        PoolEventKind.STAY: _("it could not fall into %(pool)s"),
    }
    items = []
    for row in rows[:PAGE]:
        said = {"person": row.user or "-", "pool": row.pool or "-"}
        why = f"{RULES[row.rule]}{_(': ')}{because(row.rule, row.values)}" if row.rule in RULES else row.reason
        items.append(
            {
                "at": row.at,
                "who": row.by if row.by_id != row.user_id else None,
                "icon": POOL_ICONS.get(row.kind, "hand-grab"),
                "title": texts[PoolEventKind(row.kind)] % said,
                "body": why,
                "url": "",
                "tone": POOL_TONES.get(row.kind, ""),
                "key": f"pool-{row.pk}",
            }
        )
    return items


def _owners(account: Account, before: datetime | None) -> list[dict[str, Any]]:
    rows = Ownership.objects.filter(account=account).select_related("owner", "by").order_by("-starts_at", "-pk")
    if before:
        rows = rows.filter(Q(starts_at__lt=before) | Q(ends_at__lt=before))
    items = []
    for row in rows[:PAGE]:
        title = _("%(owner)s became the owner (%(how)s)") % {"owner": row.owner, "how": row.get_how_display()}
        items.append({"at": row.starts_at, "who": row.by, "icon": "user-check", "title": title, "body": row.reason, "url": "", "key": f"owner-{row.pk}"})
        if row.ends_at and row.end_reason:
            title = _("the time of %(owner)s as owner ended") % {"owner": row.owner}
            items.append({"at": row.ends_at, "who": None, "icon": "user-minus", "title": title, "body": row.end_reason, "url": "", "key": f"ended-{row.pk}"})
    return items
