"""What the CRM puts on a person's home page and into the digest: tasks due, and accounts going cold."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm_core.models import Account, CollectionSheet, Handover, OwnershipDispute, Task
from crm_core.pool_words import say_day
from crm_core.services.falling import RuleBookReading, falls_of
from foundation.notices.digest import DigestLine
from foundation.people.models import User
from foundation.reading import Asking, counted

COLD_AFTER = timedelta(days=30)
SHOWN = 10


def cold_accounts(user: User, now: datetime) -> Any:
    """One's own accounts without any follow-up for 30 days, the longest silent first."""
    return Account.objects.live().owned_by(user).quiet_since(now - COLD_AFTER).order_by("last_activity_at", "pk")


def waiting_items(user: User) -> Asking[list[dict[str, Any]]]:
    """Tasks of today and overdue ones, and one line for the accounts going cold."""
    if not user.has_perm("crm_core.view_task"):
        return []
    today = timezone.localdate()
    tasks = Task.objects.due(today).filter(owner=user).select_related("account").order_by("due_on", "pk")[:SHOWN]
    sheets = CollectionSheet.objects.owed().fillable_by(user).select_related("round", "person").order_by("round__due_on", "pk")[:SHOWN]
    handovers, disputes = Handover.objects.waiting_for(user).select_related("giver")[:SHOWN], _disputes(user)
    silent, rules = counted(cold_accounts(user, timezone.now()), "owner"), RuleBookReading(today)
    yield [tasks, sheets, handovers, disputes, silent, *rules.parts]
    items: list[dict[str, Any]] = [
        {
            "icon": "checkbox",
            "title": task.title,
            "detail": str(task.account) if task.account else "",
            "url": task.account and reverse("crm_core:account_detail", args=[task.account_id]) or reverse("crm_core:my_day"),
            "due": task.due_on,
            "tone": "bad" if task.due_on < today else "watch",
            "kind": _("Task"),
        }
        for task in tasks
    ]
    if cold := sum(silent):
        title = ngettext("%(count)d account has had no follow-up for 30 days", "%(count)d accounts have had no follow-up for 30 days", cold) % {"count": cold}
        items.append(
            {"icon": "snowflake", "title": title, "detail": "", "url": reverse("crm_core:my_day"), "due": None, "tone": "watch", "kind": _("Accounts")}
        )
    if falls := falls_of(Account.objects.live().owned_by(user), today, rules.book()):
        title = ngettext("%(count)d account is on its way into the pool", "%(count)d accounts are on their way into the pool", len(falls)) % {
            "count": len(falls)
        }
        first = min(fall.falls_on for fall in falls)
        items.append({"icon": "ripple", "title": title, "detail": "", "url": reverse("crm_core:my_day"), "due": first, "tone": "bad", "kind": _("Accounts")})
    return [*_sheet_items(sheets, user, today), *items, *_handover_items(handovers), *_dispute_items(disputes)]


def _sheet_items(sheets: Iterable[CollectionSheet], user: User, today: date) -> list[dict[str, Any]]:
    """Collection sheets that the person owes, and those of people for whom the person stands in."""
    items = []
    for sheet in sheets:
        due = sheet.round.due_on
        words = _("Your customer sheet is due on %(day)s") if due >= today else _("Your customer sheet was due on %(day)s")
        if sheet.open_count:
            words = ngettext(
                "Correct %(count)d row of your customer sheet by %(day)s", "Correct %(count)d rows of your customer sheet by %(day)s", sheet.open_count
            )
        facts = {"day": say_day(due), "count": sheet.open_count}
        tone = "bad" if due < today else "watch"
        items.append(
            {
                "icon": "file-spreadsheet",
                "title": words % facts if sheet.person_id == user.pk else _("For %(person)s: %(what)s") % {"person": sheet.person, "what": words % facts},
                "detail": str(sheet.round),
                "url": sheet.get_absolute_url(),
                "due": due,
                "tone": tone,
                "kind": _("Customer sheet"),
            }
        )
    return items


def _handover_items(rows: Iterable[Handover]) -> list[dict[str, Any]]:
    """Briefs that the person has not acknowledged yet."""
    return [
        {
            "icon": "transfer",
            "title": _("Read and acknowledge the handover from %(giver)s") % {"giver": row.giver},
            "detail": row.reason,
            "url": row.get_absolute_url(),
            "due": timezone.localdate(row.made_at),
            "tone": "watch",
            "kind": _("Handover"),
        }
        for row in rows
    ]


def _disputes(user: User) -> Any:
    """Disputes in which the person has not answered yet, and those the person is to decide."""
    if not user.has_perm("crm_core.dispute_account"):
        return OwnershipDispute.objects.none()
    rows = OwnershipDispute.objects.open().filter(holder=user, answer="")
    if user.has_perm("crm_core.decide_dispute"):
        rows = OwnershipDispute.objects.visible_to(user).open().exclude(claimant=user).exclude(holder=user, answered_at__isnull=False)
    return rows.select_related("account", "claimant").order_by("opened_at", "pk")[:SHOWN]


def _dispute_items(rows: Iterable[OwnershipDispute]) -> list[dict[str, Any]]:
    return [
        {
            "icon": "gavel",
            "title": _("Who owns %(account)s?") % {"account": row.account.name},
            "detail": str(row.claimant),
            "url": row.get_absolute_url(),
            "due": None,
            "tone": "watch",
            "kind": _("Dispute"),
        }
        for row in rows
    ]


def digest_lines(user: User, since: datetime) -> list[DigestLine]:
    """The same for the digest, one line per subject."""
    if not user.has_perm("crm_core.view_task"):
        return []
    url, lines = reverse("crm_core:my_day"), []
    if due := Task.objects.due(timezone.localdate()).filter(owner=user).count():
        lines.append(DigestLine(ngettext("%(count)d task is due", "%(count)d tasks are due", due) % {"count": due}, url))
    if sheet := CollectionSheet.objects.owed().filter(person=user).select_related("round").order_by("round__due_on").first():
        lines.append(DigestLine(_("Your customer sheet is due on %(day)s") % {"day": say_day(sheet.round.due_on)}, sheet.get_absolute_url()))
    if cold := cold_accounts(user, timezone.now()).count():
        words = ngettext("%(count)d account has had no follow-up for 30 days", "%(count)d accounts have had no follow-up for 30 days", cold)
        lines.append(DigestLine(words % {"count": cold}, url))
    return lines
