"""What the account page answers above all else: what was promised, what is open, what is owed, what is next."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils.module_loading import import_string

from crm_core.models import Account, Activity, DuplicatePair, Opportunity, Outcome, Subject, Task
from crm_core.veils import is_own, reads_all_words, reads_task, veiled_words
from foundation.people.models import User
from foundation.reading import read_together

SHOWN = 30
MOST = 200  # deals that are added up


def sums_of(deals: Iterable[Opportunity]) -> list[tuple[str, Decimal]]:
    """What deals amount to, by currency."""
    sums: dict[str, Decimal] = {}
    for deal in deals:
        sums[deal.currency] = sums.get(deal.currency, Decimal(0)) + (deal.amount or 0)
    return sorted(sums.items())


class AnswersReading:
    """Promises, open and won deals, tasks, waiting duplicates and tickets, the nearest date; ``parts`` are read together with the rest of the page."""

    def __init__(self, account: Account, *, by: User, today: date):
        self.account, self.by, self.today = account, by, today
        self.deals = Opportunity.objects.visible_to(by).filter(account=account).select_related("stage").order_by("-stage_since")[:MOST]
        # Tasks follow their account, and this one is in sight.
        self.tasks = Task.objects.open().filter(account=account).select_related("owner").order_by("due_on", "pk")[:20]
        self.promises = Activity.objects.filter(account=account, is_promise=True).select_related("author").order_by("-occurred_at", "-pk")[:3]
        # Whether there is any pair comes first: of which pairs the person sees both rows is a long question.
        pairs = DuplicatePair.objects.undecided() if by.has_perm("crm_core.view_duplicatepair") else DuplicatePair.objects.none()
        self.pairs = pairs.touching(Subject.ACCOUNT, [account.pk]).order_by().values_list("pk", flat=True)[:1]
        self.waiting = [import_string(dotted)(by, account) for dotted in settings.ACCOUNT_WAITING]
        self.parts = (self.deals, self.tasks, self.promises, self.pairs, *(source.rows for source in self.waiting if isinstance(source.rows, QuerySet)))

    def answers(self, profiles: list[Any]) -> dict[str, Any]:
        """For the account page. No contracts or payments are kept yet."""
        account, by = self.account, self.by
        deals, tasks, promises = list(self.deals), list(self.tasks), list(self.promises)
        opened = [deal for deal in deals if deal.stage.outcome == Outcome.OPEN]
        won = [deal for deal in deals if deal.stage.outcome == Outcome.WON]
        own = reads_all_words(by) or is_own(account, by)
        for row in promises:
            row.subject = veiled_words(row.subject, by, own=own or row.author_id == by.pk)
        for task in tasks:
            task.title = veiled_words(task.title, by, own=own or reads_task(task, by))
        seen = DuplicatePair.objects.visible_to(by).undecided().touching(Subject.ACCOUNT, [account.pk]).count() if self.pairs else 0
        return {
            "deals": deals[:SHOWN],
            "open_deals": opened,
            "open_sums": sums_of(opened),
            "won_deals": won,
            "won_sums": sums_of(won),
            "can_bill": bool(profiles),
            "tasks": tasks,
            "late_tasks": [task for task in tasks if task.due_on < self.today],
            "promises": promises,
            "waiting_pairs": seen,
            "waiting": [row for source in self.waiting for row in source.items()],
            "closing": min((deal for deal in opened if deal.close_on), key=lambda deal: deal.close_on or self.today, default=None),
        }


def answers_of(account: Account, *, by: User, profiles: list[Any], today: date) -> dict[str, Any]:
    """The answers alone, for who needs nothing else of the page."""
    reading = AnswersReading(account, by=by, today=today)
    read_together(*reading.parts)
    return reading.answers(profiles)
