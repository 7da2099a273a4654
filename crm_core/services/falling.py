"""The nightly run over the recycle rules: which accounts fall, which are announced, which cannot fall; the same plan for a dry run."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import Count, Max, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from crm_core import notices
from crm_core.claim_rules import Verdict, midnight
from crm_core.fall_rules import Facts, applies, due, latest_since
from crm_core.models import (
    CONTRACT_KINDS,
    Account,
    FallExemption,
    FallKind,
    Opportunity,
    Outcome,
    Ownership,
    OwnershipEnd,
    Pool,
    PoolEvent,
    PoolEventKind,
    RecycleRule,
    RecycleRun,
    Tag,
    offered_kinds,
)
from crm_core.pool_words import because
from crm_core.services.claiming import note_event
from crm_core.services.ownership import release_account
from foundation.integrity import Refused
from foundation.people.models import User
from foundation.periods import WorkingCalendar, working_calendar
from foundation.reading import read_together

SCAN = 500  # accounts looked at with one set of queries
MOVES = 100  # accounts let go in one transaction
FALL, WARN, STAY = "fall", "warn", "stay"


class CannotRecycle(Refused):
    """The day lies in the future, or another run of it is at work."""


@dataclass(frozen=True)
class Fall:
    """What a rule says of an account on a day: it falls, will fall (its owner is told), or cannot fall and somebody must look."""

    account: Account
    rule: RecycleRule
    outcome: str
    verdict: Verdict
    falls_on: date

    @property
    def why(self) -> str:
        """Rule, values and date in the reader's language."""
        return because(self.verdict.rule, self.verdict.values)


@dataclass
class RuleBook:
    """The rules in force on a day, read once: with their pools, departments, tags and the working calendar."""

    day: date
    rules: list[RecycleRule]
    typed_tags: Sequence[Tag] = ()  # of a rule that is not saved yet
    read: tuple[dict[int, list[str]], dict[int, list[int]]] | None = None  # further departments by pool, exempting tags by rule
    paths: dict[int, tuple[str, ...]] = field(default_factory=dict)
    tags: dict[int, frozenset[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for rule in self.rules:
            key = id(rule)
            more = self.read[0][rule.pool_id] if self.read else [one.path for one in rule.pool.more_departments.all()]
            self.paths[key] = (rule.pool.department.path, *more)
            saved = self.read[1][rule.pk] if self.read else rule.exempt_tags.values_list("pk", flat=True) if rule.pk else ()
            self.tags[key] = frozenset(saved if rule.pk else (tag.pk for tag in self.typed_tags))

    @cached_property
    def calendar(self) -> WorkingCalendar:
        """Read only where a rule counts working days."""
        return working_calendar() if any(rule.in_workdays for rule in self.rules) else WorkingCalendar()

    def looks_at(self, rule: RecycleRule, account: Account) -> bool:
        """Whether the account belongs to the departments and kinds of the rule's pool."""
        return account.department.path.startswith(self.paths[id(rule)]) and (not rule.pool.kinds or account.kind in rule.pool.kinds)

    def candidates(self, rule: RecycleRule) -> Q:
        """Owned accounts that may fall or be announced by the rule; wider than the truth, narrow enough for an index."""
        where = Q()
        for path in self.paths[id(rule)]:
            where |= Q(department__path__startswith=path)
        if kinds := rule.kinds or rule.pool.kinds:
            where &= Q(kind__in=kinds)
        if rule.kind == FallKind.OWNER_LEFT:
            return where & Q(owner__is_active=False)
        if rule.kind == FallKind.NO_ACTIVITY:
            last = latest_since(self.day + timedelta(days=rule.remind_days), rule.days, calendar=self.calendar if rule.in_workdays else None)
            where &= Q(last_activity_at__isnull=True) | Q(last_activity_at__lt=midnight(last + timedelta(days=1)))
        return where


def contract_dates() -> Callable[[list[int]], dict[int, date | None]] | None:
    """The function that ``settings.CONTRACT_DATES`` names: from account numbers to the end of the last contract (None: open end)."""
    return import_string(settings.CONTRACT_DATES) if settings.CONTRACT_DATES else None


class RuleBookReading:
    """The active rules of active pools with what they speak of, to be read together with other things."""

    def __init__(self, day: date, *, pools: models.QuerySet[Pool] | None = None):
        self.day = day
        rows = RecycleRule.objects.filter(is_active=True, pool__is_active=True, kind__in=offered_kinds()).select_related("pool__department")
        self.rules = rows if pools is None else rows.filter(pool__in=pools)
        self.departments = Pool.more_departments.through.objects.values_list("pool", "department__path").order_by("pk")
        self.tags = RecycleRule.exempt_tags.through.objects.values_list("recyclerule", "tag").order_by("pk")
        self.parts = (self.rules, self.departments, self.tags)

    def book(self) -> RuleBook:
        """The rules as they were read."""
        more: dict[int, list[str]] = defaultdict(list)
        for pool, path in self.departments:
            more[pool].append(path)
        tags: dict[int, list[int]] = defaultdict(list)
        for rule, tag in self.tags:
            tags[rule].append(tag)
        return RuleBook(self.day, list(self.rules), read=(more, tags))


def rule_book(day: date, *, pools: models.QuerySet[Pool] | None = None) -> RuleBook:
    """The active rules of active pools."""
    reading = RuleBookReading(day, pools=pools)
    read_together(*reading.parts)
    return reading.book()


def plan_falls(book: RuleBook, *, after: int = 0, accounts: models.QuerySet[Account] | None = None) -> Iterator[tuple[int, list[Fall]]]:
    """Chunk by chunk in the order of account numbers: the last number looked at, and what the rules say; a constant number of queries per chunk."""
    if not book.rules:
        return
    where = Q()
    for rule in book.rules:
        where |= book.candidates(rule)
    rows = (Account.objects.live() if accounts is None else accounts).filter(where, owner__isnull=False)
    while True:
        chunk = list(_with_facts(rows.filter(pk__gt=after).order_by("pk"))[:SCAN])
        if not chunk:
            return
        after = chunk[-1].pk
        yield after, list(_judge(book, chunk))


def _with_facts(rows: models.QuerySet[Account]) -> models.QuerySet[Account]:
    live = Ownership.objects.live().filter(account=OuterRef("pk"), owner=OuterRef("owner")).order_by("-starts_at")
    deals = Opportunity.objects.live().filter(account=OuterRef("pk")).order_by().values("account")
    opened = Opportunity.objects.live().filter(account=OuterRef("pk"), stage__outcome=Outcome.OPEN).order_by().values("account")
    return rows.select_related("owner", "department").annotate(
        owned_since=Coalesce(Subquery(live.values("starts_at")[:1]), "created_at"),
        last_deal=Subquery(deals.annotate(last=Max("created_at")).values("last")),
        open_deals=Coalesce(Subquery(opened.annotate(n=Count("pk")).values("n")), 0),
    )


def _judge(book: RuleBook, chunk: list[Account]) -> Iterator[Fall]:
    keys = [account.pk for account in chunk]
    spared = FallExemption.objects.on(book.day).filter(account__in=keys).values_list("account", flat=True)
    tagged = Tag.accounts.through.objects.filter(account__in=keys if any(book.tags.values()) else []).values_list("account", "tag")
    read_together(spared, tagged)
    exempt, tags = set(spared), defaultdict[int, set[int]](set)
    for number, tag in tagged:
        tags[number].add(tag)
    hook = contract_dates() if any(rule.kind in CONTRACT_KINDS for rule in book.rules) else None
    contracts = hook(keys) if hook else {}
    for account in chunk:
        if account.pk not in exempt:
            facts = facts_of(account, tags=frozenset(tags[account.pk]), contracts=contracts)
            if fall := first_fall(book, account, facts):
                yield fall


def facts_of(account: Any, *, tags: frozenset[int], contracts: dict[int, date | None]) -> Facts:
    """What the rules ask of an account, from the row with its annotations."""

    def day(moment: datetime | None) -> date | None:
        return timezone.localdate(moment) if moment else None

    return Facts(
        kind=account.kind,
        level=account.level,
        owned_since=timezone.localdate(account.owned_since),
        last_activity=day(account.last_activity_at),
        last_opportunity=day(account.last_deal),
        open_deals=account.open_deals,
        owner_left=not account.owner.is_active,
        owner=str(account.owner),
        tags=tags,
        has_contract=account.pk in contracts,
        contract_end=contracts.get(account.pk),
    )


def first_fall(book: RuleBook, account: Account, facts: Facts) -> Fall | None:
    """What happens to the account by the rule that comes first; None when no rule touches it within its time of reminding."""
    found = []
    for order, rule in enumerate(book.rules):
        if not book.looks_at(rule, account) or not applies(rule, facts, book.tags[id(rule)]):
            continue
        if (said := due(rule, facts, today=book.day, calendar=book.calendar)) and said[0] <= book.day + timedelta(days=rule.remind_days):
            found.append((said[0], order, rule, said[1]))
    if not found:
        return None
    falls_on, _order, rule, values = min(found, key=lambda row: row[:2])
    verdict = Verdict(rule.kind, values)
    if falls_on > book.day:
        return Fall(account, rule, WARN, verdict, falls_on)
    if facts.open_deals:
        return Fall(account, rule, STAY, Verdict("open_deals", {"count": facts.open_deals, "kind": rule.kind} | values), falls_on)
    return Fall(account, rule, FALL, verdict, falls_on)


# --- the run of a night ------------------------------------------------------------------------------------


def start_run(*, day: date, now: datetime) -> RecycleRun:
    """The run of a day, made or taken up again where it stopped."""
    if day > timezone.localdate(now):
        raise CannotRecycle(_("The day lies in the future; only a dry run looks ahead."))
    return RecycleRun.objects.get_or_create(day=day, defaults={"started_at": now, "counts": {FALL: 0, WARN: 0, STAY: 0, "missed": 0}})[0]


@transaction.atomic
def run_chunk(*, run: RecycleRun, book: RuleBook, now: datetime) -> bool:
    """Let the next accounts go; False at the end. The place in the run moves in the same transaction, so a kill costs at most a chunk."""
    locked = RecycleRun.objects.select_for_update().get(pk=run.pk)
    if locked.finished_at is not None:
        return False
    step = next(plan_falls(book, after=locked.cursor), None)
    if step is None:
        return False
    last, falls = step
    going = [fall for fall in falls if fall.outcome == FALL]
    if len(going) > MOVES:
        last = going[MOVES - 1].account.pk
        falls = [fall for fall in falls if fall.account.pk <= last]
    counts = _carry_out(falls, now)
    locked.counts = {key: locked.counts.get(key, 0) + counts.get(key, 0) for key in {*locked.counts, *counts}}
    locked.cursor = last
    locked.save(update_fields=["cursor", "counts"])
    run.cursor, run.counts = locked.cursor, locked.counts
    return True


def _carry_out(falls: Sequence[Fall], now: datetime) -> dict[str, int]:
    counts: dict[str, int] = defaultdict(int)
    going = {fall.account.pk: fall for fall in falls if fall.outcome == FALL}
    held = {row.pk: row for row in Account.objects.select_for_update(of=("self",)).filter(pk__in=going).order_by("pk")}
    rows = {row.account_id: row for row in Ownership.objects.live().filter(account__in=going).select_related("owner")}
    for pk, fall in going.items():
        account, row = held.get(pk), rows.get(pk)
        # somebody followed up, or the account changed hands, after the plan was made
        same = account is not None and (account.owner_id, account.last_activity_at) == (fall.account.owner_id, fall.account.last_activity_at)
        if account is None or not same or not _let_go(fall, account, row, now):
            counts["missed"] += 1
            continue
        counts[FALL] += 1
    for outcome, kind in ((WARN, PoolEventKind.WARN), (STAY, PoolEventKind.STAY)):
        counts[outcome] += _say_once([fall for fall in falls if fall.outcome == outcome], kind, now)
    return counts


def _let_go(fall: Fall, account: Account, row: Ownership | None, now: datetime) -> bool:
    former = fall.account.owner
    if not release_account(account=account, row=row, pool=fall.rule.pool, by=None, now=now, how=OwnershipEnd.RECYCLE, reason=""):
        return False
    note_event(
        PoolEventKind.RECYCLE,
        account=account,
        pool=fall.rule.pool,
        user=former,
        by=None,
        now=now,
        verdict=fall.verdict,
        recycle_rule=fall.rule,
        due_on=fall.falls_on,
    )
    return True


def _say_once(falls: list[Fall], kind: str, now: datetime) -> int:
    """Announce or report each account once per rule and day of falling, however many nights it stands there."""
    keys = [fall.account.pk for fall in falls]
    known = set(PoolEvent.objects.filter(kind=kind, account__in=keys).values_list("account", "recycle_rule", "due_on"))
    fresh = [fall for fall in falls if (fall.account.pk, fall.rule.pk, fall.falls_on) not in known]
    PoolEvent.objects.bulk_create(
        PoolEvent(
            at=now,
            kind=kind,
            pool=fall.rule.pool,
            department_id=fall.rule.pool.department_id,
            account=fall.account,
            account_name=fall.account.name,
            user=fall.account.owner,
            rule=fall.verdict.rule,
            values=fall.verdict.values,
            recycle_rule=fall.rule,
            due_on=fall.falls_on,
        )
        for fall in fresh
    )
    return len(falls) if kind == PoolEventKind.STAY else len(fresh)


@transaction.atomic
def finish_run(*, run: RecycleRun, now: datetime) -> RecycleRun:
    """Close the run and tell each owner once what fell and what will fall; a second call says nothing twice."""
    if RecycleRun.objects.filter(pk=run.pk, finished_at__isnull=True).update(finished_at=now):
        told: dict[tuple[str, int], list[PoolEvent]] = defaultdict(list)
        events = PoolEvent.objects.filter(at__gte=run.started_at, by__isnull=True, kind__in=[PoolEventKind.RECYCLE, PoolEventKind.WARN], user__isnull=False)
        for event in events.select_related("user", "pool").order_by("due_on", "pk").iterator():
            told[event.kind, event.user_id].append(event)  # type: ignore[index]
        for (kind, _user), rows in told.items():
            (notices.accounts_fell if kind == PoolEventKind.RECYCLE else notices.accounts_will_fall)(to=rows[0].user, events=rows)  # type: ignore[arg-type]
    run.refresh_from_db()
    return run


def recycle(*, day: date, now: datetime, progress: Callable[[RecycleRun], None] | None = None) -> RecycleRun:
    """Run a day to its end; safe to call again, after a kill or by mistake."""
    run, book = start_run(day=day, now=now), rule_book(day)
    while run_chunk(run=run, book=book, now=now):
        if progress:
            progress(run)
    return finish_run(run=run, now=now)


# --- looking ahead ------------------------------------------------------------------------------------------


def dry_run(day: date, *, pools: models.QuerySet[Pool] | None = None, most: int = 5_000) -> tuple[list[Fall], bool]:
    """What the run of the day would do, and whether that is all of it; nothing is written."""
    found: list[Fall] = []
    for _last, falls in plan_falls(rule_book(day, pools=pools)):
        found += falls
        if len(found) >= most:
            return found[:most], False
    return found, True


def falls_of(accounts: models.QuerySet[Account], day: date, book: RuleBook | None = None) -> list[Fall]:
    """What will fall of some accounts within the rules' times of reminding: for an owner's day and an account's page."""
    return [fall for _last, falls in plan_falls(book or rule_book(day), accounts=accounts) for fall in falls]


def count_by_owner(falls: Iterable[Fall]) -> list[tuple[User, int]]:
    """Whose accounts fall, the most first."""
    counts: dict[int, int] = defaultdict(int)
    people: dict[int, User] = {}
    for fall in falls:
        owner = fall.account.owner
        if owner is not None:
            people[owner.pk] = owner
            counts[owner.pk] += 1
    return sorted(((people[pk], count) for pk, count in counts.items()), key=lambda pair: (-pair[1], pair[0].name_key))


def count_outcomes(book: RuleBook, *, most: int = 20_000) -> dict[str, Any]:
    """How many accounts would fall, be announced or be kept by open deals; for the rule that is being typed."""
    counts, owners, seen = {FALL: 0, WARN: 0, STAY: 0}, set(), 0
    for _last, falls in plan_falls(book):
        for fall in falls:
            counts[fall.outcome] += 1
            if fall.outcome == FALL:
                owners.add(fall.account.owner_id)
        seen += len(falls)
        if seen >= most:
            break
    return {**counts, "owners": len(owners), "is_all": seen < most}
