"""Handing accounts over: look first at what moves and what stays and why, then all of it in one transaction."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm_core import notices
from crm_core.models import (
    Account,
    Activity,
    Contact,
    DisputeState,
    Handover,
    HandoverItem,
    HandoverPart,
    Opportunity,
    Outcome,
    OwnershipDispute,
    Task,
    possible_owners,
)
from crm_core.services.ownership import department_of, transfer_account
from crm_core.veils import reads_words, veiled_words
from foundation.integrity import Refused
from foundation.people.models import User
from foundation.usage.models import Verb
from foundation.usage.services import record

MOST = 500


class CannotHandOver(Refused):
    """The accounts are not the giver's any more, are disputed, or nobody was chosen."""


class CannotAcknowledge(Refused):
    """The brief is somebody else's, or was acknowledged already."""


@dataclass
class Line:
    """What would happen with one account."""

    account: Account
    moved: dict[str, int] = field(default_factory=dict)
    stayed: list[str] = field(default_factory=list)
    problem: str = ""
    taker: User | None = None

    @property
    def moved_words(self) -> list[str]:
        """What goes along, as people say it."""
        return [f"{HandoverPart(part).label} {count}" for part, count in self.moved.items() if count]


def accounts_of(giver: User, *, by: User, chosen: Iterable[int] | None = None) -> list[Account]:
    """The giver's accounts that the person may hand over, by name; at most 500 at once."""
    rows = Account.objects.visible_to(by).owned_by(giver).select_related("owner", "department").order_by("name_key", "pk")
    if chosen is not None:
        rows = rows.filter(pk__in=list(chosen))
    return list(rows[:MOST])


def preview_handover(*, accounts: Sequence[Account], giver: User, parts: Collection[str]) -> list[Line]:
    """What moves with each account and what stays and why; a constant number of queries."""
    ids = [account.pk for account in accounts]
    lines = {account.pk: Line(account) for account in accounts}
    disputed = set(OwnershipDispute.objects.filter(account__in=ids, state=DisputeState.OPEN).values_list("account_id", flat=True))
    for account in accounts:
        if account.pk in disputed:
            lines[account.pk].problem = _("Its ownership is disputed. Decide the dispute first.")
        elif account.owner_id != giver.pk:
            lines[account.pk].problem = _("It no longer belongs to %(person)s.") % {"person": giver}
    _count_deals(lines, ids, giver, parts)
    _count_rows(lines, Contact.objects.live().filter(account_links__account__in=ids).distinct(), "account_links__account", HandoverPart.CONTACTS, giver, parts)
    _count_rows(lines, Task.objects.open().filter(account__in=ids), "account", HandoverPart.TASKS, giver, parts)
    for dotted in settings.HANDOVER_STAYING:
        for account_pk, sentence in import_string(dotted)(ids).items():
            lines[account_pk].stayed.append(sentence)
    return list(lines.values())


def _count_deals(lines: dict[int, Line], ids: list[int], giver: User, parts: Collection[str]) -> None:
    closed: dict[int, int] = defaultdict(int)
    for deal in Opportunity.objects.live().filter(account__in=ids).select_related("stage", "owner"):
        line = lines[deal.account_id]
        if deal.stage.outcome != Outcome.OPEN:
            closed[deal.account_id] += 1
        elif deal.owner_id != giver.pk:
            line.stayed.append(_("Opportunity “%(deal)s” stays with %(person)s, who owns it.") % {"deal": deal, "person": deal.owner})
        elif HandoverPart.OPPORTUNITIES not in parts:
            line.stayed.append(_("Opportunity “%(deal)s” stays, because it was not chosen.") % {"deal": deal})
        else:
            line.moved[HandoverPart.OPPORTUNITIES] = line.moved.get(HandoverPart.OPPORTUNITIES, 0) + 1
    for pk, count in closed.items():
        words = ngettext(
            "%(count)d closed opportunity keeps the name of who closed it.", "%(count)d closed opportunities keep the name of who closed them.", count
        )
        lines[pk].stayed.append(words % {"count": count})


def _count_rows(lines: dict[int, Line], rows: Any, path: str, part: HandoverPart, giver: User, parts: Collection[str]) -> None:
    others: dict[int, int] = defaultdict(int)
    unchosen: dict[int, int] = defaultdict(int)
    for account, owner in rows.values_list(path, "owner_id"):
        if account not in lines:
            continue
        if owner != giver.pk:
            others[account] += 1
        elif part not in parts:
            unchosen[account] += 1
        else:
            lines[account].moved[part] = lines[account].moved.get(part, 0) + 1
    for found, words in (
        (others, _("%(part)s of others: %(count)d stay with them.")),
        (unchosen, _("%(part)s: %(count)d stay, because they were not chosen.")),
    ):
        for account, count in found.items():
            lines[account].stayed.append(words % {"part": part.label, "count": count})


def spread(lines: Sequence[Line], takers: Sequence[User]) -> None:
    """Deal the accounts out among the successors in turn, those with the most open work first, so that each gets about as much."""
    load = dict.fromkeys((taker.pk for taker in takers), 0)
    people = {taker.pk: taker for taker in takers}
    for line in sorted((line for line in lines if not line.problem), key=lambda line: -sum(line.moved.values())):
        least = min(load, key=lambda pk: load[pk])
        line.taker = people[least]
        load[least] += 1 + sum(line.moved.values())


@transaction.atomic
def hand_over(*, giver: User, shares: dict[User, list[Account]], parts: Collection[str], reason: str, brief: str, by: User, now: datetime) -> list[Handover]:
    """Give accounts to their successors, all or nothing; one handover with its brief for each successor."""
    accounts = [account for given in shares.values() for account in given]
    if not accounts:
        raise CannotHandOver(_("Choose at least one account."))
    if len(accounts) > MOST:
        raise CannotHandOver(_("At most %(count)d accounts can be handed over at once.") % {"count": MOST})
    # People before accounts, as every change of hands does it: otherwise a transfer at the same moment waits for us while we wait for it.
    list(User.objects.select_for_update(no_key=True).filter(pk__in=[taker.pk for taker in shares]).order_by("pk").values_list("pk", flat=True))
    list(Account.objects.select_for_update().filter(pk__in=[account.pk for account in accounts]).order_by("pk").values_list("pk", flat=True))
    fresh = {row.pk: row for row in Account.objects.live().filter(pk__in=[account.pk for account in accounts]).select_related("owner", "department")}
    lines = {line.account.pk: line for line in preview_handover(accounts=list(fresh.values()), giver=giver, parts=parts)}
    for account in accounts:
        line = lines.get(account.pk)
        if line is None or line.problem:
            raise CannotHandOver(_("%(account)s: %(problem)s") % {"account": account, "problem": line.problem if line else _("It is not here any more.")})
    made = []
    for taker, given in shares.items():
        if given:
            made.append(_hand_to(taker, [lines[account.pk] for account in given], giver=giver, parts=parts, reason=reason, brief=brief, by=by, now=now))
    return made


def _hand_to(taker: User, lines: list[Line], *, giver: User, parts: Collection[str], reason: str, brief: str, by: User, now: datetime) -> Handover:
    if taker == giver:
        raise CannotHandOver(_("%(person)s owns these accounts already.") % {"person": giver})
    if not possible_owners(by).filter(pk=taker.pk).exists():
        raise CannotHandOver(_("You cannot give accounts to %(person)s: not a sales person within your reach.") % {"person": taker})
    handover = Handover.objects.create(
        giver=giver, taker=taker, department=department_of(taker), reason=reason[:200], brief=brief, parts=sorted(parts), made_by=by, made_at=now
    )
    for line in lines:
        transfer_account(account=line.account, owner=taker, by=by, now=now, reason=reason, take_along=frozenset(parts), tell=False)
    HandoverItem.objects.bulk_create(
        [HandoverItem(handover=handover, account=line.account, moved=line.moved, stayed=line.stayed) for line in lines], batch_size=200
    )
    record(by=by, feature="crm.handover.create", verb=Verb.UPDATE, obj=handover, now=now)
    notices.handed_over(handover=handover, count=len(lines))
    return handover


@transaction.atomic
def acknowledge_handover(*, handover: Handover, by: User, now: datetime, question: str = "") -> Handover:
    """The successor has read the brief; a question goes to the former owner and to who made the handover."""
    if handover.taker_id != by.pk:
        raise CannotAcknowledge(_("Only %(person)s can acknowledge this handover.") % {"person": handover.taker})
    if not Handover.objects.filter(pk=handover.pk, acknowledged_at__isnull=True).update(acknowledged_at=now, question=question[:500]):
        raise CannotAcknowledge(_("This handover was acknowledged already."))
    handover.refresh_from_db()
    record(by=by, feature="crm.handover.acknowledge", verb=Verb.CONFIRM, obj=handover, now=now)
    notices.handover_acknowledged(handover=handover)
    return handover


def brief_of(handover: Handover, *, by: User, limit: int = 50) -> list[dict[str, Any]]:
    """What the successor should know of each account: promises, open deals, next tasks, last contacts; only what the reader may see."""
    items = list(handover.items.filter(account__in=Account.objects.visible_to(by)).select_related("account")[:limit])
    ids = [item.account_id for item in items]
    deals: dict[int, list[Any]] = defaultdict(list)
    for deal in Opportunity.objects.visible_to(by).filter(account__in=ids, stage__outcome=Outcome.OPEN).select_related("stage").order_by("close_on", "pk"):
        deals[deal.account_id].append(deal)
    tasks: dict[int, list[Any]] = defaultdict(list)
    for task in Task.objects.visible_to(by).open().filter(account__in=ids).order_by("due_on", "pk"):
        tasks[task.account_id or 0].append(task)
    promises: dict[int, list[Any]] = defaultdict(list)
    for row in Activity.objects.visible_to(by).filter(is_promise=True, account__in=ids).select_related("author").order_by("-occurred_at")[: limit * 3]:
        row.subject = veiled_words(row.subject, by, own=reads_words(by, author=row.author_id, owner=handover.taker_id))
        promises[row.account_id].append(row)
    return [{"item": item, "deals": deals[item.account_id], "tasks": tasks[item.account_id][:3], "promises": promises[item.account_id][:3]} for item in items]
