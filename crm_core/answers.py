"""What the account page answers above all else: what was promised, what is open, what is owed, what is next."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from crm_core.models import Account, DuplicatePair, Opportunity, Outcome, Subject, Task
from crm_core.veils import is_own, sees_all, veiled_words
from foundation.people.models import User

SHOWN = 30


def sums_of(deals: Iterable[Opportunity]) -> list[tuple[str, Decimal]]:
    """What deals amount to, by currency."""
    sums: dict[str, Decimal] = {}
    for deal in deals:
        sums[deal.currency] = sums.get(deal.currency, Decimal(0)) + (deal.amount or 0)
    return sorted(sums.items())


def answers_of(account: Account, *, by: User, profiles: list[Any], today: date) -> dict[str, Any]:
    """For the account page: promises, open and won deals, tasks, waiting duplicates and tickets, the nearest date. No contracts or payments are kept yet."""
    deals = list(Opportunity.objects.visible_to(by).filter(account=account).select_related("stage", "owner").order_by("-stage_since")[:SHOWN])
    opened = [deal for deal in deals if deal.stage.outcome == Outcome.OPEN]
    won = [deal for deal in deals if deal.stage.outcome == Outcome.WON]
    tasks = list(Task.objects.visible_to(by).open().filter(account=account).select_related("owner", "opportunity").order_by("due_on", "pk")[:20])
    promises = list(account.activities.filter(is_promise=True).select_related("author").order_by("-occurred_at", "-pk")[:3])
    own = sees_all(by, "contact") or is_own(account, by)
    for row in promises:
        row.subject = veiled_words(row.subject, by, own=own or row.author_id == by.pk)
    pairs = DuplicatePair.objects.visible_to(by).undecided().touching(Subject.ACCOUNT, [account.pk]) if by.has_perm("crm_core.view_duplicatepair") else None
    closing = min((deal for deal in opened if deal.close_on), key=lambda deal: deal.close_on or today, default=None)
    return {
        "deals": deals,
        "open_deals": opened,
        "open_sums": sums_of(opened),
        "won_deals": won,
        "won_sums": sums_of(won),
        "can_bill": bool(profiles),
        "tasks": tasks,
        "late_tasks": [task for task in tasks if task.due_on < today],
        "promises": promises,
        "waiting_pairs": pairs.count() if pairs is not None else 0,
        "waiting": [row for dotted in settings.ACCOUNT_WAITING for row in import_string(dotted)(by, account)],
        "closing": closing,
    }
